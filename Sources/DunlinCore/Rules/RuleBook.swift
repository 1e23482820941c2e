/// The rules of networks, schemes and countries as effective-dated data. Part of a bundle.
package struct RuleBook: Sendable, Equatable {
    /// `yyyymmdd` of the newest row.
    package let version: UInt32
    package let budgets: [BudgetRule]
    package let schemes: [SchemeRule]
    package let calendars: [BankCalendar]
    /// The rows that speak about a network in every currency, by its raw value: most rows speak
    /// about others, and the gate is asked for every attempt.
    private let plain: [Rows]
    /// The same for each currency that has rows of its own.
    private let bound: [(currency: Currency, rows: [Rows])]

    /// What the gate asks about one network and currency.
    struct Rows: Sendable, Equatable {
        var budgets: [BudgetRow]
        var schemes: [SchemeRow]
    }

    package init(
        version: UInt32, budgets: [BudgetRule], schemes: [SchemeRule] = [],
        calendars: [BankCalendar] = []
    ) {
        self.version = version
        self.budgets = budgets
        self.schemes = schemes
        self.calendars = calendars
        func rows(_ currency: Currency?) -> [Rows] {
            PaymentNetwork.allCases.map { network in
                let own = budgets.filter {
                    $0.applies(to: network) && ($0.currency == nil || $0.currency == currency)
                }
                let demands = schemes.filter {
                    ($0.network ?? network) == network
                        && ($0.currency == nil || $0.currency == currency)
                }
                return Rows(
                    budgets: own.map { BudgetRow($0) },
                    schemes: demands.map { SchemeRow($0, calendars: calendars) })
            }
        }
        self.plain = rows(nil)
        let named = Set(budgets.compactMap(\.currency) + schemes.compactMap(\.currency)).sorted()
        self.bound = named.map { ($0, rows($0)) }
    }

    /// The same rules with each calendar's zone as the catalog has it.
    package func placed(in zones: ZoneCatalog) -> RuleBook {
        RuleBook(
            version: self.version, budgets: self.budgets, schemes: self.schemes,
            calendars: self.calendars.map { calendar in
                var placed = calendar
                placed.zone = zones.zone(calendar.zoneName)
                return placed
            })
    }

    /// The rows that speak about a payment, in the book's order.
    func rows(for network: PaymentNetwork, _ currency: Currency) -> Rows {
        for own in self.bound where own.currency == currency {
            return own.rows[Int(network.rawValue)]
        }
        return self.plain[Int(network.rawValue)]
    }

    /// Whether more than budgets speaks about a payment: its obligation and its notice then matter.
    func hasSchemes(for network: PaymentNetwork, _ currency: Currency) -> Bool {
        !self.rows(for: network, currency).schemes.isEmpty
    }

    /// Whether the merchant must tell the customer of a debit before it is handed in at `instant`.
    func asksForNotice(
        _ proposal: AttemptProposal, at instant: Timestamp, marks: [AttemptMark]
    ) -> Bool {
        for row in self.rows(for: proposal.network, proposal.currency).schemes {
            guard case .notice(let notice) = row.rule.demand, !notice.isByIssuer,
                row.rule.isInForce(at: instant)
            else { continue }
            if notice.isForFirst || Presentations(of: proposal, in: marks).isRepeat { return true }
        }
        return false
    }

    /// When the bank takes the money of a debit that is handed in at `instant`; `instant` itself
    /// for cards and where the calendar does not say.
    package func collection(of network: PaymentNetwork, handedInAt instant: Timestamp) -> Timestamp
    {
        guard let scheme = self.submission(for: network, at: instant) else { return instant }
        return scheme.calendar.instant(instant, movedBy: scheme.submission.leadDays)
    }

    /// How a debit of that network is handed in at `instant`; `nil` for cards.
    func submission(
        for network: PaymentNetwork, at instant: Timestamp
    ) -> (calendar: BankCalendar, submission: SchemeRule.Submission)? {
        for row in self.plain[Int(network.rawValue)].schemes
        where row.rule.isInForce(at: instant) {
            if case .submission(let submission) = row.rule.demand, let calendar = row.calendar {
                return (calendar, submission)
            }
        }
        return nil
    }

    package static func == (left: RuleBook, right: RuleBook) -> Bool {
        // The rest is made of these.
        left.version == right.version && left.budgets == right.budgets
            && left.schemes == right.schemes && left.calendars == right.calendars
    }
}
