/// Whether this process can do its work.
package enum Health: Sendable, Equatable {
    case ready
    /// Not yet, and why, as a sentence for an operator.
    case starting(String)
    /// No longer, and why.
    case draining(String)
    /// It lives but cannot work, and what to do.
    case failing(String)

    /// As `GET /healthz` answers.
    package var json: JSONValue {
        switch self {
        case .ready: ["status": "ready"]
        case .starting(let reason): ["status": "starting", "reason": .string(reason)]
        case .draining(let reason): ["status": "draining", "reason": .string(reason)]
        case .failing(let reason): ["status": "failing", "reason": .string(reason)]
        }
    }
}
