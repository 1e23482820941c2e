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
