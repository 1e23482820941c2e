/// Why bytes of a peer were not taken. Only the bytes are at fault, so nothing here may trap (Law 9).
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Small and stable: the metric label.
    package enum Code: String, Sendable, CaseIterable {
        // The frame itself: the connection cannot go on.
        case badMagic
        case badHeaderChecksum
        case badChecksum
        case badLength
        case frameTooLong
        case badHeader
        // The conversation: the connection cannot go on.
        case unexpectedFrame
        case handshakeRefused
        case handshakeTimeout
        case windowExceeded
        case tooManyPings
        case slowReader
        case keepAliveTimeout
        // A message: the call is refused, the connection goes on.
        case malformedMessage
        case messageTooDeep
        case tooManyFields
        case messageTooLarge
        case badText
        case badValue
        case missingValue
    }

    package var code: Code
    /// What was wrong: names of fields and limits, never a peer's bytes.
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(self.code.rawValue): \(self.detail)" }
}
