import Crypto
package import DunlinCore
package import DunlinPorts

/// Makes, wraps and unwraps the sealing keys of accounts (DESIGN §11).
///
/// Every account has a random key of its own; destroying it forgets the person, wherever the
/// sealed bytes were copied. At rest the key is wrapped by the node key.
///
/// Wrapped bytes: `1 ‖ node key id (4) ‖ 1 ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)`, 66 in all,
/// ChaCha20-Poly1305 with the additional data `dunlin.key.1 ‖ 0 ‖ tenant ‖ 0 ‖ kind ‖ 0 ‖ key`.
package struct AccountSealer: Sendable {
    static let wrappedBytes = 66
    private static let keyBytes = 32
    private static let nodeKeyIDBytes = 4

    private let current: NodeKey
    private let older: [NodeKey]

    /// `nodeKey`: Wraps new keys.
    /// `olderNodeKeys`: Only unwrap, after the node key was changed.
    package init(nodeKey: NodeKey, olderNodeKeys: [NodeKey] = []) {
        self.current = nodeKey
        self.older = olderNodeKeys
    }

    /// A hash of an address by which accounts of one tenant know that they share it: without the
    /// node key nobody can tell whose it is, or look for one.
    ///
    /// HMAC-SHA-256 under a key of the tenant's own, the first 16 bytes in hexadecimal. The oldest
    /// node key that is configured makes it, so that a change of the node key changes no hash while
    /// the old one is kept.
    package func contactHash(of address: String, on channel: Channel, tenant: String) -> String {
        let nodeKey = self.older.last ?? self.current
        let label = Array("dunlin.contact.1".utf8) + [0] + Array(tenant.utf8)
        let key = SymmetricKey(
            data: Array(HMAC<SHA256>.authenticationCode(for: label, using: nodeKey.symmetricKey)))
        // A number is one person's, whether it is called or written to.
        let text = (channel.isTelephone ? "tel:" : channel.name + ":") + Self.plain(address)
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        for byte in HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).prefix(16) {
            hex += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: hex, as: UTF8.self)
    }

    /// The address without what makes no other address of it: case and spaces.
    private static func plain(_ address: String) -> String {
        String(address.lowercased().unicodeScalars.filter { !$0.properties.isWhitespace })
    }

    /// A new key for an account, and the form in which it is kept.
    ///
    /// `random`: Gives so many bytes fit for keys.
    package func makeKey(
        for entity: EntityKey, random: (Int) -> [UInt8]
    ) -> (key: AccountKey, wrapped: WrappedKey) {
        let bytes = random(Self.keyBytes)
        precondition(bytes.count == Self.keyBytes, "a sealing key has 32 bytes")
        let key = AccountKey(entity: entity, symmetricKey: SymmetricKey(data: bytes))
        return (key, self.wrap(key, random: random))
    }

    /// Unwraps an account's key as the key store answered it.
    ///
    /// `wrapped`: `nil` where the key was destroyed or never existed.
    /// Throws ``SealingError/Code/forgotten`` for `nil`; ``SealingError/Code/unknownNodeKey``,
    /// ``SealingError/Code/damaged`` or ``SealingError/Code/unsupportedVersion``.
    package func unwrap(
        _ wrapped: [UInt8]?, for entity: EntityKey
    ) throws(SealingError) -> AccountKey {
        guard let wrapped else { throw .forgotten }
        guard let version = wrapped.first else { throw .damaged }
        guard version == AccountKey.formatVersion else {
            throw .unsupportedVersion
        }
        guard wrapped.count == Self.wrappedBytes else { throw .damaged }
        let id = wrapped[1..<1 + Self.nodeKeyIDBytes]
        guard let nodeKey = ([self.current] + self.older).first(where: { $0.id == Array(id) })
        else {
            throw SealingError(
                .unknownNodeKey,
                "A sealing key was wrapped by a node key that is not configured here: add it to"
                    + " the older node keys.")
        }
        let bytes = try openBox(
            wrapped[(1 + Self.nodeKeyIDBytes)...], key: nodeKey.symmetricKey,
            authenticating: entityBytes(entity, label: "dunlin.key.1"))
        return AccountKey(entity: entity, symmetricKey: SymmetricKey(data: bytes))
    }

    /// Wraps a key by the current node key, for instance after the node key was changed.
    package func wrap(_ key: AccountKey, random: (Int) -> [UInt8]) -> WrappedKey {
        let box = key.symmetricKey.withUnsafeBytes { bytes in
            sealBox(
                Array(bytes), key: self.current.symmetricKey,
                nonce: random(AccountKey.nonceBytes),
                authenticating: entityBytes(key.entity, label: "dunlin.key.1"))
        }
        return WrappedKey(
            entity: key.entity, wrapped: [AccountKey.formatVersion] + self.current.id + box)
    }
}
