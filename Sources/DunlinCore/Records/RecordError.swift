/// Why bytes are not a record or snapshot that this program can use. Nothing of them was kept.
package struct RecordError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller can act on; also the metric label.
    package enum Code: String, Sendable, CaseIterable {
        /// They end in the middle of a field.
        case truncated
        /// They are not protobuf, or not of this schema.
        case malformed
        /// Messages lie in one another deeper than ``ProtoReader/depthMax``.
        case tooDeep
        /// A kind or enumerated number that this program does not know: written by a newer one.
        case unknownKind
        /// A list is longer than ``ProtoReader/listCountMax``.
        case limit
    }

    package let code: Code

    package init(_ code: Code) {
        self.code = code
    }

    static let truncated = RecordError(.truncated)
    static let malformed = RecordError(.malformed)
    static let tooDeep = RecordError(.tooDeep)
    static let unknownKind = RecordError(.unknownKind)
    static let limit = RecordError(.limit)

    package var description: String {
        switch self.code {
        case .truncated: "the record ends in the middle of a field"
        case .malformed: "the record is damaged or of another schema"
        case .tooDeep: "the record's messages are nested too deep"
        case .unknownKind: "the record was written by a newer program: upgrade this one"
        case .limit: "the record holds a list that is too long"
        }
    }
}
