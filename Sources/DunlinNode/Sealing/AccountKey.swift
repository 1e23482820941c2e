import Crypto
package import DunlinCore
import Foundation

/// One account's sealing key, unwrapped: seals addresses at intake and opens them just before a
/// message leaves. Lives only in memory, for as long as a batch is worked on.
///
/// Sealed bytes: `1 ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, ChaCha20-Poly1305 (RFC 8439), where the
/// leading byte is the format's version. The additional data is
/// `dunlin.contact.1 ‖ 0 ‖ tenant ‖ 0 ‖ kind ‖ 0 ‖ key ‖ 0 ‖ channel`, so that bytes that were moved
/// to another account or channel do not open.
package struct AccountKey: Sendable {
    /// Longest text that is sealed, in bytes of UTF-8.
    package static let clearBytesMax = 4096
    static let formatVersion: UInt8 = 1
    static let nonceBytes = 12
    static let tagBytes = 16

    package let entity: EntityKey
    let symmetricKey: SymmetricKey

    /// Seals an address. Equal addresses give different bytes.
    ///
    /// `random`: Gives so many bytes fit for nonces.
    /// Throws ``SealingError/Code/tooLong``.
    package func seal(
        _ address: String, channel: Channel, random: (Int) -> [UInt8]
    ) throws(SealingError) -> [UInt8] {
        let clear = Array(address.utf8)
        guard clear.count <= Self.clearBytesMax else {
            throw SealingError(.tooLong, "An address may have at most 4096 bytes.")
        }
        return sealBox(
            clear, key: self.symmetricKey, nonce: random(Self.nonceBytes),
            authenticating: self.associatedBytes(channel))
    }

    /// Opens what ``seal(_:channel:random:)`` made for the same account and channel.
    ///
    /// Throws ``SealingError/Code/damaged`` or ``SealingError/Code/unsupportedVersion``.
    package func open(_ sealed: [UInt8], channel: Channel) throws(SealingError) -> String {
        let clear = try openBox(
            sealed[...], key: self.symmetricKey, authenticating: self.associatedBytes(channel))
        guard let text = String(validating: clear, as: UTF8.self) else {
            throw .damaged
        }
        return text
    }

    private func associatedBytes(_ channel: Channel) -> [UInt8] {
        entityBytes(self.entity, label: "dunlin.contact.1") + [0] + Array(channel.name.utf8)
    }
}

/// `label ‖ 0 ‖ tenant ‖ 0 ‖ kind ‖ 0 ‖ key`.
func entityBytes(_ entity: EntityKey, label: String) -> [UInt8] {
    var bytes = Array(label.utf8)
    for part in [entity.tenant, entity.kind.name, entity.key] {
        bytes.append(0)
        bytes.append(contentsOf: part.utf8)
    }
    return bytes
}

/// `version ‖ nonce ‖ ciphertext ‖ tag`.
func sealBox(
    _ clear: [UInt8], key: SymmetricKey, nonce: [UInt8], authenticating associated: [UInt8]
) -> [UInt8] {
    guard nonce.count == AccountKey.nonceBytes, let nonce = try? ChaChaPoly.Nonce(data: nonce),
        let box = try? ChaChaPoly.seal(clear, using: key, nonce: nonce, authenticating: associated)
    else { preconditionFailure("a nonce has 12 bytes, a key 32") }
    return [AccountKey.formatVersion] + Array(box.combined)
}

/// Opens what ``sealBox(_:key:nonce:authenticating:)`` made.
func openBox(
    _ sealed: ArraySlice<UInt8>, key: SymmetricKey, authenticating associated: [UInt8]
) throws(SealingError) -> [UInt8] {
    guard let version = sealed.first else { throw .damaged }
    guard version == AccountKey.formatVersion else {
        throw .unsupportedVersion
    }
    guard sealed.count > AccountKey.nonceBytes + AccountKey.tagBytes,
        let box = try? ChaChaPoly.SealedBox(combined: sealed.dropFirst()),
        let clear = try? ChaChaPoly.open(box, using: key, authenticating: associated)
    else { throw .damaged }
    return Array(clear)
}
