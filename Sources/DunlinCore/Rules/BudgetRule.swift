/// How many attempts a network, or our own caution, allows within a window.
package struct BudgetRule: Sendable, Equatable {
    /// How the window is laid.
    package enum Window: Sendable, Equatable {
        /// The last `ms` milliseconds before the attempt.
        case rolling(ms: Int64)
        /// The UTC calendar day of the attempt.
        case calendarDay
    }

    /// Unique in its book; part of permits. Counted from 1.
    package var number: UInt32
    /// For people: `visa-reattempts-30d`.
    package var name: String
    /// `nil` applies to every network.
    package var network: PaymentNetwork?
    /// Also for cards whose network is not known.
    package var appliesToUnknown: Bool
    /// `nil` applies to every currency.
    package var currency: Currency?
    package var window: Window
    package var attemptsMax: UInt32
    /// Count only attempts of the same amount and currency.
    package var sameAmount: Bool
    /// Count only attempts of the same initiator.
    package var sameInitiator: Bool
    /// The original attempt counts too, not only reattempts.
    package var countsOriginal: Bool
    /// Our own head-room rather than the network's rule: failures of the machinery, which are
    /// repeated apart from declines, do not use it up.
    package var isSoftCap: Bool
    /// First instant at which the row holds.
    package var effectiveFrom: Timestamp
    /// First instant at which it no longer holds; `nil` while it does.
    package var effectiveUntil: Timestamp?
    /// Where the number comes from.
    package var source: String

    package init(
        number: UInt32, name: String, network: PaymentNetwork?, appliesToUnknown: Bool = false,
        currency: Currency? = nil, window: Window, attemptsMax: UInt32, sameAmount: Bool = false,
        sameInitiator: Bool = false,
        countsOriginal: Bool = false, isSoftCap: Bool = false,
        effectiveFrom: Timestamp = Timestamp(ms: 0), effectiveUntil: Timestamp? = nil,
        source: String
    ) {
        self.number = number
        self.name = name
        self.network = network
        self.appliesToUnknown = appliesToUnknown
        self.currency = currency
        self.window = window
        self.attemptsMax = attemptsMax
        self.sameAmount = sameAmount
        self.sameInitiator = sameInitiator
        self.countsOriginal = countsOriginal
        self.isSoftCap = isSoftCap
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.source = source
    }
}

extension BudgetRule {
    package func isInForce(at instant: Timestamp) -> Bool {
        guard self.effectiveFrom <= instant else { return false }
        guard let end = self.effectiveUntil else { return true }
        return instant < end
    }

    /// Whether the row speaks about cards of that network.
    package func applies(to network: PaymentNetwork) -> Bool {
        guard let own = self.network else { return true }
        return own == network || (network == .unknown && self.appliesToUnknown)
    }
}
