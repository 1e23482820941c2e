import DunlinCore
import Testing

@testable import DunlinNode

@Suite("Hashes of addresses")
struct ContactHashTests {
    private static func key(_ byte: UInt8) -> NodeKey {
        NodeKey { [UInt8](repeating: byte, count: $0) }
    }

    private let sealer = AccountSealer(nodeKey: Self.key(7))

    private func hash(
        _ address: String, on channel: Channel = .email, tenant: String = "main"
    ) -> String {
        self.sealer.contactHash(of: address, on: channel, tenant: tenant)
    }

    @Test("one address has one hash, whatever its case and spaces")
    func sameAddress() {
        #expect(self.hash("Ada@example.org") == self.hash(" ada@EXAMPLE.org"))
        #expect(self.hash("+1 555 0100", on: .sms) == self.hash("+15550100", on: .voice))
        #expect(self.hash("ada@example.org").utf8.count == 32)
    }

    @Test("another address, tenant, kind or node key gives another hash")
    func otherHashes() {
        let own = self.hash("ada@example.org")
        #expect(own != self.hash("bob@example.org"))
        #expect(own != self.hash("ada@example.org", tenant: "acme"))
        #expect(own != self.hash("ada@example.org", on: .sms))
        let other = AccountSealer(nodeKey: Self.key(8))
        #expect(own != other.contactHash(of: "ada@example.org", on: .email, tenant: "main"))
    }

    @Test("a changed node key changes no hash while the old one is kept")
    func keyChange() {
        let rotated = AccountSealer(nodeKey: Self.key(8), olderNodeKeys: [Self.key(7)])
        let after = rotated.contactHash(of: "ada@example.org", on: .email, tenant: "main")
        #expect(after == self.hash("ada@example.org"))
    }
}
