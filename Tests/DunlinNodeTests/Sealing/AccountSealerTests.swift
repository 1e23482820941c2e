import DunlinCore
import DunlinPorts
import Foundation
import Testing

@testable import DunlinNode

@Suite("Sealing of personal fields")
struct AccountSealerTests {
    /// Bytes that differ from call to call, and are the same in every run.
    private final class Bytes {
        private var state: UInt64
        init(seed: UInt64) { self.state = seed }
        func take(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                self.state = splitmix64(self.state)
                return UInt8(truncatingIfNeeded: self.state)
            }
        }
    }

    private let account = EntityKey(tenant: "acme", key: "cus_1")

    @Test(
        "What was sealed opens again, and shows nothing of itself",
        arguments: ["ana@example.com", "", "josé@example.com", String(repeating: "x", count: 4096)])
    func roundTrip(address: String) throws {
        let bytes = Bytes(seed: 1)
        let sealer = AccountSealer(nodeKey: NodeKey(random: bytes.take))
        let (key, wrapped) = sealer.makeKey(for: self.account, random: bytes.take)
        let sealed = try key.seal(address, channel: .email, random: bytes.take)
        let again = try key.seal(address, channel: .email, random: bytes.take)
        #expect(sealed != again)
        #expect(sealed.count == 1 + 12 + address.utf8.count + 16)
        if address.count > 4 { #expect(!sealed.contains(Array(address.utf8))) }
        let unwrapped = try sealer.unwrap(wrapped.wrapped, for: self.account)
        #expect(try unwrapped.open(sealed, channel: .email) == address)
    }

    @Test("Any changed or missing byte is noticed")
    func tampering() throws {
        let bytes = Bytes(seed: 2)
        let sealer = AccountSealer(nodeKey: NodeKey(random: bytes.take))
        let (key, wrapped) = sealer.makeKey(for: self.account, random: bytes.take)
        let sealed = try key.seal("ana@example.com", channel: .email, random: bytes.take)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x40
            #expect(throws: SealingError.self) { try key.open(changed, channel: .email) }
            #expect(throws: SealingError.self) {
                try key.open(Array(sealed[..<index]), channel: .email)
            }
        }
        for index in wrapped.wrapped.indices {
            var changed = wrapped.wrapped
            changed[index] ^= 0x01
            #expect(throws: SealingError.self) { try sealer.unwrap(changed, for: self.account) }
        }
    }

    @Test(
        "A key or an address that was moved to another account does not open",
        arguments: [
            EntityKey(tenant: "acme", key: "cus_2"), EntityKey(tenant: "other", key: "cus_1"),
            EntityKey(tenant: "acme", kind: .contact, key: "cus_1"),
        ])
    func binding(other: EntityKey) throws {
        let bytes = Bytes(seed: 3)
        let sealer = AccountSealer(nodeKey: NodeKey(random: bytes.take))
        let (key, wrapped) = sealer.makeKey(for: self.account, random: bytes.take)
        let sealed = try key.seal("ana@example.com", channel: .email, random: bytes.take)
        #expect(throws: SealingError.damaged) { try sealer.unwrap(wrapped.wrapped, for: other) }
        let moved = AccountKey(entity: other, symmetricKey: key.symmetricKey)
        #expect(throws: SealingError.damaged) { try moved.open(sealed, channel: .email) }
    }

    @Test("A destroyed key is forgotten, not damaged")
    func forgotten() {
        let bytes = Bytes(seed: 4)
        let sealer = AccountSealer(nodeKey: NodeKey(random: bytes.take))
        #expect(throws: SealingError.forgotten) { try sealer.unwrap(nil, for: self.account) }
    }

    @Test("A changed node key still unwraps as an older one, and a wrap moves to the new one")
    func rotation() throws {
        let bytes = Bytes(seed: 5)
        let first = NodeKey(random: bytes.take)
        let second = NodeKey(random: bytes.take)
        let (key, wrapped) = AccountSealer(nodeKey: first).makeKey(
            for: self.account, random: bytes.take)
        let sealed = try key.seal("ana@example.com", channel: .email, random: bytes.take)
        let alone = AccountSealer(nodeKey: second)
        #expect { try alone.unwrap(wrapped.wrapped, for: self.account) } throws: {
            ($0 as? SealingError)?.code == .unknownNodeKey
        }
        let both = AccountSealer(nodeKey: second, olderNodeKeys: [first])
        let moved = both.wrap(
            try both.unwrap(wrapped.wrapped, for: self.account), random: bytes.take)
        let opened = try alone.unwrap(moved.wrapped, for: self.account)
        #expect(try opened.open(sealed, channel: .email) == "ana@example.com")
    }

    @Test("A newer format is told apart from damage")
    func newerFormat() throws {
        let bytes = Bytes(seed: 6)
        let sealer = AccountSealer(nodeKey: NodeKey(random: bytes.take))
        let (key, wrapped) = sealer.makeKey(for: self.account, random: bytes.take)
        let sealed = try key.seal("ana@example.com", channel: .email, random: bytes.take)
        #expect(throws: SealingError.unsupportedVersion) {
            try key.open([2] + sealed.dropFirst(), channel: .email)
        }
        #expect(throws: SealingError.unsupportedVersion) {
            try sealer.unwrap([9] + wrapped.wrapped.dropFirst(), for: self.account)
        }
    }

    @Test(
        "A node key is 32 bytes in base64 and nothing else",
        arguments: ["", "abc", "AAAA", "not base64 at all", String(repeating: "A", count: 60)])
    func badNodeKeys(text: String) {
        #expect { try NodeKey(base64: text) } throws: {
            ($0 as? SealingError)?.code == .invalidNodeKey
        }
    }

    @Test("A key file is read when only its owner may, and refused when everybody may")
    func keyFile() throws {
        let key = NodeKey(random: Bytes(seed: 7).take)
        let path = NSTemporaryDirectory() + "dunlin-node-key-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try (key.base64 + "\n").write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect { try NodeKey(contentsOfFile: path) } throws: {
            ($0 as? SealingError)?.message.contains("chmod 600") == true
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try NodeKey(contentsOfFile: path).base64 == key.base64)
    }
}
