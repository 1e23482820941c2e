/// The versioned table that turns a gateway's codes into a ``Decline``. Part of a bundle.
///
/// Look-up order: the gateway's code, first as the method's network means it; where it is missing
/// or says no more than "declined", the network's response code; a gateway's code that is in no
/// table, as if it were the network's; then ``unmapped``. The network's advice code then changes
/// delay, advice and class: it may forbid more than the code does, never less.
package struct DeclineMap: Sendable, Equatable {
    /// One row: what a code means.
    package struct Rule: Hashable, Sendable {
        package var declineClass: DeclineClass
        package var advice: RetryAdvice
        /// Shortest wait before the next attempt, in milliseconds; 0 for none.
        package var minimumDelayMs: Int64
        /// Shortest wait in banking days of the method's scheme; 0 for none. The longer wins.
        package var minimumBankingDays: UInt32
        /// Most further tries with this credential; 0 for no limit of its own.
        package var furtherTriesMax: UInt32

        package init(
            declineClass: DeclineClass, advice: RetryAdvice, minimumDelayMs: Int64 = 0,
            minimumBankingDays: UInt32 = 0, furtherTriesMax: UInt32 = 0
        ) {
            self.declineClass = declineClass
            self.advice = advice
            self.minimumDelayMs = minimumDelayMs
            self.minimumBankingDays = minimumBankingDays
            self.furtherTriesMax = furtherTriesMax
        }
    }

    /// What an advice code changes about the row that the code itself selects.
    package struct AdviceRule: Hashable, Sendable {
        /// `nil` keeps the row's class.
        package var declineClass: DeclineClass?
        /// `nil` keeps the row's advice.
        package var advice: RetryAdvice?
        /// A lower bound that is added to the row's: the longer wins. Milliseconds.
        package var minimumDelayMs: Int64
        /// Most further tries; 0 for no limit of its own. The smaller wins.
        package var furtherTriesMax: UInt32
        /// What it means instead beside these response codes.
        package var with: [String: AdviceRule]

        package init(
            declineClass: DeclineClass? = nil, advice: RetryAdvice? = nil,
            minimumDelayMs: Int64 = 0, furtherTriesMax: UInt32 = 0,
            with: [String: AdviceRule] = [:]
        ) {
            self.declineClass = declineClass
            self.advice = advice
            self.minimumDelayMs = minimumDelayMs
            self.furtherTriesMax = furtherTriesMax
            self.with = with
        }
    }

    /// `yyyymmdd` of the newest file that it was made of; 0 when none says.
    package var version: UInt32
    /// By the gateway's own code.
    package var byCode: [String: Rule]
    /// By the gateway's own code where one network's methods mean something else by it.
    package var byCodeOf: [PaymentNetwork: [String: Rule]]
    /// By the network's response code, where the gateway's code says less.
    package var byNetworkCode: [String: Rule]
    /// By the response code where one network means something else by it than ``byNetworkCode``.
    package var byNetworkCodeOf: [PaymentNetwork: [String: Rule]]
    /// By the network's advice code.
    package var byAdviceCode: [String: AdviceRule]
    /// For codes that are in no table.
    package var unmapped: Rule

    package init(
        version: UInt32 = 0, byCode: [String: Rule] = [:],
        byCodeOf: [PaymentNetwork: [String: Rule]] = [:], byNetworkCode: [String: Rule] = [:],
        byNetworkCodeOf: [PaymentNetwork: [String: Rule]] = [:],
        byAdviceCode: [String: AdviceRule] = [:],
        unmapped: Rule = Rule(
            declineClass: .unmapped, advice: .wait, minimumDelayMs: 72 * Milliseconds.hour,
            furtherTriesMax: 2)
    ) {
        self.version = version
        self.byCode = byCode
        self.byCodeOf = byCodeOf
        self.byNetworkCode = byNetworkCode
        self.byNetworkCodeOf = byNetworkCodeOf
        self.byAdviceCode = byAdviceCode
        self.unmapped = unmapped
    }

    /// What a refusal means, and how many banking days must pass at least.
    package struct Reading: Hashable, Sendable {
        package var decline: Decline
        package var bankingDays: UInt32
    }

    /// Understands one refusal.
    ///
    /// `network`: Whose response code it is, where that is known.
    package func reading(
        of codes: DeclineCodes, network: PaymentNetwork = .unknown
    ) -> Reading {
        var rule = self.rule(code: codes.code, of: network)
        if rule == nil || rule?.declineClass == .softGeneric, !codes.networkCode.isEmpty {
            rule = self.rule(networkCode: codes.networkCode, of: network) ?? rule
        }
        if rule == nil, codes.networkCode.isEmpty, !codes.code.isEmpty {
            rule = self.rule(networkCode: codes.code, of: network)
        }
        let base = rule ?? self.unmapped
        var decline = Decline(
            declineClass: base.declineClass, advice: base.advice,
            minimumDelayMs: base.minimumDelayMs, furtherTriesMax: base.furtherTriesMax,
            code: codes.code, networkCode: codes.networkCode, adviceCode: codes.adviceCode)
        if !codes.adviceCode.isEmpty { self.advise(&decline) }
        return Reading(decline: decline, bankingDays: base.minimumBankingDays)
    }

    /// Understands one refusal, leaving banking days aside.
    package func decline(
        for codes: DeclineCodes, network: PaymentNetwork = .unknown
    ) -> Decline {
        self.reading(of: codes, network: network).decline
    }

    private func rule(code: String, of network: PaymentNetwork) -> Rule? {
        if network != .unknown, let own = self.byCodeOf[network]?[code] { return own }
        return self.byCode[code]
    }

    private func rule(networkCode: String, of network: PaymentNetwork) -> Rule? {
        if network != .unknown, let own = self.byNetworkCodeOf[network]?[networkCode] {
            return own
        }
        return self.byNetworkCode[networkCode]
    }

    private func advise(_ decline: inout Decline) {
        guard let general = self.byAdviceCode[decline.adviceCode] else { return }
        let advised = general.with[decline.networkCode] ?? general
        decline.declineClass = advised.declineClass ?? decline.declineClass
        if let advice = advised.advice, advice.strictness >= decline.advice.strictness {
            decline.advice = advice
        }
        decline.minimumDelayMs = max(decline.minimumDelayMs, advised.minimumDelayMs)
        if advised.furtherTriesMax > 0 {
            decline.furtherTriesMax =
                decline.furtherTriesMax == 0
                ? advised.furtherTriesMax : min(decline.furtherTriesMax, advised.furtherTriesMax)
        }
    }

    /// Lays rows of another file over these: a row of the same code is replaced.
    package mutating func overlay(_ other: DeclineMap, unmapped: Rule?) {
        self.version = max(self.version, other.version)
        self.byCode.merge(other.byCode) { $1 }
        self.byNetworkCode.merge(other.byNetworkCode) { $1 }
        self.byAdviceCode.merge(other.byAdviceCode) { $1 }
        self.byCodeOf.merge(other.byCodeOf) { $0.merging($1) { $1 } }
        self.byNetworkCodeOf.merge(other.byNetworkCodeOf) { $0.merging($1) { $1 } }
        if let unmapped { self.unmapped = unmapped }
    }
}

extension RetryAdvice {
    /// How much an advice forbids: an advice code never allows what the code itself forbids.
    fileprivate var strictness: Int {
        switch self {
        case .backOff: 0
        case .wait: 1
        case .once: 2
        case .afterLookUp: 3
        case .afterCredentialChange, .afterAuthentication: 4
        case .afterOperator: 5
        case .never: 6
        }
    }
}

/// Whose refusals a decline map of its own is for; an empty name stands for all.
package struct DeclineScope: Hashable, Sendable {
    /// `stripe`, as in a tenant's configuration.
    package var gateway: String
    package var tenant: String

    package init(gateway: String = "", tenant: String = "") {
        self.gateway = gateway
        self.tenant = tenant
    }
}
