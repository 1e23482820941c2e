import DunlinCluster
import DunlinWire

extension CallError {
    init(_ error: CoordinatorError) {
        let status: Status =
            switch error.code {
            case .unavailable: error.leader == nil ? .unavailable : .notPrimary
            case .fenced: .fenced
            case .refused: .alreadyExists
            case .notFound: .notFound
            case .invalid: .invalidArgument
            case .failedPrecondition: .failedPrecondition
            case .internalError: .internalError
            }
        self.init(status, error.message, primary: error.leader)
    }
}

extension CoordinatorError {
    init(_ error: CallError) {
        let code: Code =
            switch error.status {
            case .fenced: .fenced
            case .alreadyExists, .permissionDenied, .unauthenticated: .refused
            case .notFound: .notFound
            case .invalidArgument, .outOfRange, .unimplemented: .invalid
            case .failedPrecondition: .failedPrecondition
            case .internalError, .dataLoss: .internalError
            // Whatever it was, it may be sent again: calls of a coordinator compare versions.
            default: .unavailable
            }
        self.init(
            code, error.message, leader: error.status == .notPrimary ? error.primary : nil)
    }
}
