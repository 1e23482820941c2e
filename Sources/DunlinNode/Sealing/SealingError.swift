/// Why something personal could not be sealed or opened.
package struct SealingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller can act on; also the metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// The account has no key: it was erased, or never had one. Nothing can be opened again.
        case forgotten
        /// The wrapped key names a node key that this node was not given.
        case unknownNodeKey
        /// The bytes are not what was sealed, or were sealed for another account or channel.
        case damaged
        /// Written by a newer program.
        case unsupportedVersion
        /// The configured node key is not 32 bytes in base64, or its file cannot be used.
        case invalidNodeKey
        /// Longer than ``AccountKey/clearBytesMax``.
        case tooLong
    }

    package let code: Code
    /// What was wrong and what to do. No key, no address, no id.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code.rawValue): \(self.message)" }

    static let forgotten = SealingError(
        .forgotten, "The account has no sealing key: its personal fields are gone for good.")
    static let damaged = SealingError(
        .damaged, "The sealed bytes do not belong to this account and channel, or were altered.")
    static let unsupportedVersion = SealingError(
        .unsupportedVersion, "The sealed bytes are of a newer format: upgrade this node.")
}
