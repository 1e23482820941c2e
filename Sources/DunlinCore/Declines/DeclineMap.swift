/// The versioned table that turns a gateway's codes into a ``Decline``. Part of a bundle.
///
/// Look-up order: network advice code, which overrides delay and advice; then the gateway's code;
/// then the network's response code; then ``unmapped``.
package struct DeclineMap: Sendable {
    /// One row: what a code means.
    package struct Rule: Hashable, Sendable {
        package var declineClass: DeclineClass
        package var advice: RetryAdvice
        /// Shortest wait before the next attempt, in milliseconds; 0 for none.
        package var minimumDelayMs: Int64
        /// Most further tries with this credential; 0 for no limit of its own.
        package var furtherTriesMax: UInt32

        package init(
            declineClass: DeclineClass, advice: RetryAdvice, minimumDelayMs: Int64 = 0,
            furtherTriesMax: UInt32 = 0
        ) {
            self.declineClass = declineClass
            self.advice = advice
            self.minimumDelayMs = minimumDelayMs
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

        package init(
            declineClass: DeclineClass? = nil, advice: RetryAdvice? = nil, minimumDelayMs: Int64 = 0
        ) {
            self.declineClass = declineClass
            self.advice = advice
            self.minimumDelayMs = minimumDelayMs
        }
    }

    /// By the gateway's own code.
    package var byCode: [String: Rule]
    /// By the network's response code, where the gateway's code says less.
    package var byNetworkCode: [String: Rule]
    /// By the response code where one network means something else by it than ``byNetworkCode``.
    package var byNetworkCodeOf: [PaymentNetwork: [String: Rule]]
    /// By the network's advice code.
    package var byAdviceCode: [String: AdviceRule]
    /// For codes that are in no table.
    package var unmapped: Rule

    package init(
        byCode: [String: Rule] = [:], byNetworkCode: [String: Rule] = [:],
        byNetworkCodeOf: [PaymentNetwork: [String: Rule]] = [:],
        byAdviceCode: [String: AdviceRule] = [:],
        unmapped: Rule = Rule(
            declineClass: .unmapped, advice: .wait, minimumDelayMs: 72 * Milliseconds.hour,
            furtherTriesMax: 2)
    ) {
        self.byCode = byCode
        self.byNetworkCode = byNetworkCode
        self.byNetworkCodeOf = byNetworkCodeOf
        self.byAdviceCode = byAdviceCode
        self.unmapped = unmapped
    }

    /// Understands one refusal.
    ///
    /// `network`: Whose response code it is, where that is known.
    package func decline(for codes: DeclineCodes, network: PaymentNetwork = .unknown) -> Decline {
        var rule = self.byCode[codes.code]
        if rule == nil || rule?.declineClass == .softGeneric, !codes.networkCode.isEmpty {
            let own = network == .unknown ? nil : self.byNetworkCodeOf[network]
            rule = own?[codes.networkCode] ?? self.byNetworkCode[codes.networkCode] ?? rule
        }
        let base = rule ?? self.unmapped
        var decline = Decline(
            declineClass: base.declineClass, advice: base.advice,
            minimumDelayMs: base.minimumDelayMs, furtherTriesMax: base.furtherTriesMax,
            code: codes.code, networkCode: codes.networkCode, adviceCode: codes.adviceCode)
        guard !codes.adviceCode.isEmpty, let advised = self.byAdviceCode[codes.adviceCode] else {
            return decline
        }
        decline.declineClass = advised.declineClass ?? decline.declineClass
        // An advice may forbid more than the code does, never less.
        if let advice = advised.advice, decline.advice != .never { decline.advice = advice }
        decline.minimumDelayMs = max(decline.minimumDelayMs, advised.minimumDelayMs)
        return decline
    }
}
