/// What one try to deliver means.
enum SMTPVerdict: Equatable {
    case accepted
    /// The recipient's server refused for good.
    case refused(reason: String)
    /// The same will not work later either: the configuration or the server is at fault.
    case failed(reason: String)
    /// It may work in a while.
    case again(reason: String)

    /// How the transfer itself ended, apart from what the server said.
    enum Transport: Equatable {
        case complete
        case timedOut
        case unreachable
        /// The certificate or the handshake was not good.
        case untrusted
        /// TLS is required and the server does not offer it.
        case unencrypted
        case loginDenied
        /// The server's answer ended it: the exchange tells.
        case answered
    }

    init(_ transport: Transport, _ exchange: SMTPExchange) {
        switch transport {
        case .complete: self = .accepted
        case .untrusted: self = .failed(reason: "smtp-untrusted")
        case .unencrypted: self = .failed(reason: "smtp-no-starttls")
        case .loginDenied where !(400...499).contains(exchange.code):
            self = .failed(reason: "smtp-login-denied")
        case .timedOut: self = .again(reason: "smtp-timeout")
        case .unreachable: self = .again(reason: "smtp-unreachable")
        case .answered, .loginDenied: self = Self.byAnswer(exchange)
        }
    }

    private static func byAnswer(_ exchange: SMTPExchange) -> SMTPVerdict {
        guard exchange.code >= 500 else {
            return .again(
                reason: exchange.code >= 400 ? "smtp-\(exchange.code)" : "smtp-broken-off")
        }
        switch exchange.verb {
        case .recipient:
            let reason = "smtp-\(exchange.code)"
            return .refused(reason: Self.isDead(exchange) ? "dead:\(reason)" : reason)
        case .data, .content:
            return .refused(reason: "smtp-\(exchange.code)")
        case .mail, .authenticate, .startTLS, .hello, .other:
            return .failed(reason: "smtp-\(exchange.verb.rawValue)-\(exchange.code)")
        case .greeting:
            return .again(reason: "smtp-\(exchange.code)")
        }
    }

    /// The mailbox does not exist and will not: RFC 3463's X.1.1, X.1.2, X.1.3, X.1.6, X.1.10
    /// (RFC 7505) and X.2.1. Without such a code, 550 and 551 of RFC 5321 say so.
    private static func isDead(_ exchange: SMTPExchange) -> Bool {
        guard !exchange.enhanced.isEmpty else {
            return exchange.code == 550 || exchange.code == 551
        }
        return Self.deadCodes.contains(exchange.enhanced)
    }

    private static let deadCodes: Set<[Int]> = [
        [5, 1, 1], [5, 1, 2], [5, 1, 3], [5, 1, 6], [5, 1, 10], [5, 2, 1],
    ]
}
