/// What a refusal means for what may be done next: the normal form of every gateway's codes.
///
/// Raw values are in records and never change; names are in policy files.
package enum DeclineClass: UInt8, Sendable, CaseIterable {
    case unmapped = 0
    case softFunds = 1
    case softVelocity = 2
    case softGeneric = 3
    case riskHold = 4
    case lifecycle = 5
    case issuerPolicy = 6
    case technicalIssuer = 7
    case technicalNetwork = 8
    case technicalGateway = 9
    case merchantConfiguration = 10
    case badCredential = 11
    case hardBlocked = 12
    case hardFraud = 13
    case hardLost = 14
    case hardStolen = 15
    case hardClosed = 16
    case hardRevoked = 17
    case wrongProduct = 18
    case notPermitted = 19
    case customerAction = 20
    case authenticationRequired = 21
    case duplicate = 22
    case merchantBlock = 23
    case budgetBlock = 24
    case stopPayment = 25
    case dispute = 26
    case noMethod = 27
    /// The payer has died: a full stop. Nobody is written to, nothing is tried or taken away.
    case deceased = 28

    /// The name used in policy files, JSON and metrics: `softFunds`.
    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// A failure of the machinery, not an answer about the money. It does not move the ladder.
    package var isTechnical: Bool {
        switch self {
        case .technicalIssuer, .technicalNetwork, .technicalGateway: true
        default: false
        }
    }

    /// The customer told their bank that they end the agreement: revoked, or payment stopped.
    /// They are asked whether to keep or to cancel, never to pay.
    package var endsAgreement: Bool { self == .hardRevoked || self == .stopPayment }
}

/// What the rules let us do after a decline, before any network budget is looked at.
package enum RetryAdvice: UInt8, Sendable, CaseIterable {
    /// The credential is dead: never again with it.
    case never = 0
    /// Again only after the credential changed (new expiry, new card).
    case afterCredentialChange = 1
    /// Again only after the customer authenticated (3-D Secure).
    case afterAuthentication = 2
    /// Again after a minimum delay.
    case wait = 3
    /// Once more after a minimum delay, then never with this credential.
    case once = 4
    /// The merchant's or gateway's configuration is at fault: an operator must act first.
    case afterOperator = 5
    /// Look at the obligation's true state first: it may be paid already.
    case afterLookUp = 6
    /// A machinery failure: back off and repeat, without using the ladder.
    case backOff = 7

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// One refusal, as it was said and as we understood it. All of it is journaled.
package struct Decline: Hashable, Sendable {
    package var declineClass: DeclineClass
    package var advice: RetryAdvice
    /// Shortest wait before the next attempt with this credential, from the decline map or from
    /// the network's advice code, in milliseconds. Zero means none.
    package var minimumDelayMs: Int64
    /// Most further tries with this credential that the map allows; 0 means that it sets none.
    package var furtherTriesMax: UInt32
    /// The gateway's own code (`insufficient_funds`). Empty when it gave none.
    package var code: String
    /// The network's response code (`51`). Empty when it is not known.
    package var networkCode: String
    /// The network's advice code (Mastercard MAC `27`, or a gateway's word). Empty when none.
    package var adviceCode: String

    package init(
        declineClass: DeclineClass, advice: RetryAdvice, minimumDelayMs: Int64 = 0,
        furtherTriesMax: UInt32 = 0, code: String = "", networkCode: String = "",
        adviceCode: String = ""
    ) {
        self.declineClass = declineClass
        self.advice = advice
        self.minimumDelayMs = minimumDelayMs
        self.furtherTriesMax = furtherTriesMax
        self.code = code
        self.networkCode = networkCode
        self.adviceCode = adviceCode
    }
}

/// The codes of a refusal exactly as a gateway or billing system reported them.
///
/// Each is at most ``DeclineCodes/codeBytesMax`` bytes; longer ones are cut at intake.
package struct DeclineCodes: Hashable, Sendable {
    package static let codeBytesMax = 64

    /// `insufficient_funds`. Empty when none was given.
    package var code: String
    /// `51`. Empty when none was given.
    package var networkCode: String
    /// `27`, or a gateway's own word such as `do_not_try_again`. Empty when none was given.
    package var adviceCode: String
    /// The request did not reach the network: it counts in no network budget.
    package var notSentToNetwork: Bool

    package init(
        code: String, networkCode: String = "", adviceCode: String = "",
        notSentToNetwork: Bool = false
    ) {
        self.code = code
        self.networkCode = networkCode
        self.adviceCode = adviceCode
        self.notSentToNetwork = notSentToNetwork
    }
}
