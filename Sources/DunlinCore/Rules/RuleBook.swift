/// The card networks' rules as effective-dated data. Part of a bundle.
package struct RuleBook: Sendable, Equatable {
    /// `yyyymmdd` of the newest row.
    package let version: UInt32
    package let budgets: [BudgetRule]
    /// The rows that speak about a network, by its raw value: most rows speak about others, and
    /// the gate is asked for every attempt.
    private let rowsByNetwork: [[BudgetRow]]

    package init(version: UInt32, budgets: [BudgetRule]) {
        self.version = version
        self.budgets = budgets
        self.rowsByNetwork = PaymentNetwork.allCases.map { network in
            budgets.filter { $0.applies(to: network) }.map { BudgetRow($0) }
        }
    }

    /// The rows that speak about cards of that network, in the book's order.
    func rows(for network: PaymentNetwork) -> [BudgetRow] {
        self.rowsByNetwork[Int(network.rawValue)]
    }
}

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
        window: Window, attemptsMax: UInt32, sameAmount: Bool = false, sameInitiator: Bool = false,
        countsOriginal: Bool = false, isSoftCap: Bool = false,
        effectiveFrom: Timestamp = Timestamp(ms: 0), effectiveUntil: Timestamp? = nil,
        source: String
    ) {
        self.number = number
        self.name = name
        self.network = network
        self.appliesToUnknown = appliesToUnknown
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
