import DunlinPorts
import DunlinWire

// What a node says and what the wire says, one for one.

extension Status {
    /// The status that carries `code`; ``Status/nodeErrorCode`` leads back.
    init(_ code: NodeError.Code) {
        switch code {
        case .invalid: self = .invalidArgument
        case .notFound: self = .notFound
        case .denied: self = .permissionDenied
        case .overloaded: self = .resourceExhausted
        case .storage: self = .storageFailed
        case .unknownOutcome: self = .inDoubt
        case .unavailable: self = .unavailable
        case .failedPrecondition: self = .failedPrecondition
        case .deadlineExceeded: self = .deadlineExceeded
        case .internalError: self = .internalError
        case .notPrimary: self = .notPrimary
        }
    }

    fileprivate var nodeErrorCode: NodeError.Code {
        switch self {
        case .invalidArgument, .outOfRange: .invalid
        case .notFound: .notFound
        case .permissionDenied, .unauthenticated: .denied
        case .resourceExhausted, .notEnoughReplicas: .overloaded
        case .storageFailed: .storage
        case .inDoubt, .aborted: .unknownOutcome
        case .notPrimary, .staleEpoch: .notPrimary
        case .unavailable, .fenced, .degraded, .cancelled: .unavailable
        case .failedPrecondition, .unimplemented, .alreadyExists: .failedPrecondition
        case .deadlineExceeded: .deadlineExceeded
        case .ok, .unknown, .internalError, .dataLoss: .internalError
        }
    }
}

extension CallError {
    init(_ error: NodeError) {
        self.init(Status(error.code), error.message)
    }
}

extension NodeError {
    /// `changes`: The call may have changed something, so an answer that was lost on the way back
    /// leaves that in doubt.
    init(_ error: CallError, changes: Bool) {
        let lostItsAnswer = error.status == .unavailable || error.status == .cancelled
        guard changes, lostItsAnswer, !error.wasNotSent else {
            self.init(error.status.nodeErrorCode, error.message)
            return
        }
        self.init(
            .unknownOutcome,
            "\(error.message) Whether it was done is not known. Send it again: repeats are "
                + "recognised.")
    }

    /// The peer's answer, or our own request, was not as specified.
    init(answer error: WireError) {
        self.init(.internalError, "The node's answer was not understood: \(error.detail).")
    }

    init(request error: WireError) {
        self.init(.invalid, "The request cannot be sent: \(error.detail).")
    }
}
