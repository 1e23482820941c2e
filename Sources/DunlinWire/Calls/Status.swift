/// How a call ended. 0 to 16 mean what they mean in gRPC; ours begin at 64. Raw values are on the
/// wire.
package enum Status: UInt16, Sendable, CaseIterable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16
    /// Another node is the shard's primary.
    case notPrimary = 64
    /// The caller's epoch is older than the shard's.
    case staleEpoch = 65
    /// This node's incarnation was replaced; it serves nothing.
    case fenced = 66
    /// Whether it was done is not known.
    case inDoubt = 67
    /// Too few copies to keep it; nothing was done.
    case notEnoughReplicas = 68
    /// Served from a copy that may be behind, where the call cannot be.
    case degraded = 69
    /// The disk is full or failed; nothing was done.
    case storageFailed = 70

    /// Nothing was done, and trying again, elsewhere or later, is right without asking anybody.
    package var mayRetry: Bool {
        switch self {
        case .notPrimary, .staleEpoch, .resourceExhausted: true
        default: false
        }
    }

    /// A number from a peer. One that is newer than this program reads as ``unknown``.
    package init(wire number: UInt16) {
        self = Status(rawValue: number) ?? .unknown
    }

    /// As specified and shown: `NOT_PRIMARY`.
    package var name: String {
        var name = ""
        for character in "\(self)" {
            if character.isUppercase { name.append("_") }
            name.append(contentsOf: character.uppercased())
        }
        return self == .internalError ? "INTERNAL" : name
    }
}
