import Crypto
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The key from the configuration that wraps the sealing keys of accounts: 32 bytes.
///
/// Its text form is base64, in the configuration or alone in a file that others cannot read.
package struct NodeKey: Sendable {
    /// Bytes of a node key.
    package static let byteCount = 32
    /// Largest key file that is read, in bytes.
    package static let fileBytesMax = 4096

    /// The first four bytes of SHA-256 over the key: says which key wrapped something, and lets
    /// nobody guess it.
    let id: [UInt8]
    let symmetricKey: SymmetricKey

    /// `base64`: 32 bytes in base64; spaces and line ends around it are ignored.
    /// Throws ``SealingError/Code/invalidNodeKey``.
    package init(base64: some StringProtocol) throws(SealingError) {
        let text = base64.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let decoded = Data(base64Encoded: text), decoded.count == Self.byteCount else {
            throw SealingError(
                .invalidNodeKey,
                "The node key must be 32 bytes in base64; make one with: openssl rand -base64 32")
        }
        self.init(bytes: Array(decoded))
    }

    /// `path`: A file that holds nothing but the key in base64.
    /// Throws ``SealingError/Code/invalidNodeKey``, also when everybody may read the file.
    package init(contentsOfFile path: String) throws(SealingError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw SealingError(
                .invalidNodeKey, "The node key's file does not exist or cannot be reached.")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw SealingError(
                .invalidNodeKey, "Everybody may open the node key's file; run: chmod 600 FILE")
        }
        guard status.st_size <= Self.fileBytesMax,
            let text = try? String(contentsOfFile: path, encoding: .utf8)
        else {
            throw SealingError(.invalidNodeKey, "The node key's file cannot be read as text.")
        }
        try self.init(base64: text)
    }

    /// A new key.
    ///
    /// `random`: Gives so many bytes fit for keys.
    package init(random: (Int) -> [UInt8]) {
        self.init(bytes: random(Self.byteCount))
    }

    /// The key as text, for a new key file.
    package var base64: String {
        self.symmetricKey.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    private init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a node key has 32 bytes")
        self.id = Array(SHA256.hash(data: bytes).prefix(4))
        self.symmetricKey = SymmetricKey(data: bytes)
    }

    /// A secret of 32 bytes for another purpose, the same for all who have the key: HKDF-SHA256 (RFC
    /// 5869) with the cluster's id as salt. Says nothing about the key.
    package func secret(_ purpose: String, of cluster: UInt64) -> [UInt8] {
        let salt = withUnsafeBytes(of: cluster.bigEndian) { Data($0) }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: self.symmetricKey, salt: salt, info: Data(purpose.utf8),
            outputByteCount: Self.byteCount)
        return derived.withUnsafeBytes { Array($0) }
    }
}
