/// A rule that is no budget: what a direct debit scheme, or the law of a currency's country, asks
/// of each attempt. Effective-dated.
package struct SchemeRule: Sendable, Equatable {
    package enum Demand: Sendable, Equatable {
        /// A refused debit may be presented again only after one of these codes.
        case returnCodes([String])
        /// At most so many re-presentations of one obligation with one method.
        case representations(max: UInt32)
        /// A re-presentation is collected at most so many days after the original.
        case withinDays(UInt32)
        /// … at most so many calendar months after the original.
        case withinMonths(UInt32)
        /// A re-presentation is of the original's amount.
        case sameAmount
        case submission(Submission)
        case notice(Notice)
        /// Above this amount, in minor units, only the customer may start a payment.
        case customerAbove(minor: Int64)
    }

    /// When a debit is handed in and when it is then collected.
    package struct Submission: Sendable, Equatable {
        /// Name of the calendar of the book.
        package var calendar: String
        /// Minutes after local midnight until which a banking day takes debits; 1…1440.
        package var cutOffMinute: Int64
        /// Banking days from the day of submission to the day of collection.
        package var leadDays: Int64
        /// Where only the return is known: the debit was presented at most so many banking days
        /// before it.
        package var returnDays: Int64

        package init(calendar: String, cutOffMinute: Int64, leadDays: Int64, returnDays: Int64) {
            self.calendar = calendar
            self.cutOffMinute = cutOffMinute
            self.leadDays = leadDays
            self.returnDays = returnDays
        }
    }

    /// How long before the collection the customer is told of it.
    package struct Notice: Sendable, Equatable {
        package enum Span: Sendable, Equatable {
            case days(Int64)
            case bankingDays(Int64)
            /// Milliseconds before the attempt itself.
            case ms(Int64)
        }

        package var span: Span
        /// Also before the first presentation, not only before later ones.
        package var isForFirst: Bool
        /// The merchant's contract with the customer may name fewer days.
        package var mayBeShorter: Bool
        /// The customer's bank tells them, when the debit is registered with it; the merchant need
        /// not.
        package var isByIssuer: Bool

        package init(
            span: Span, isForFirst: Bool = true, mayBeShorter: Bool = false,
            isByIssuer: Bool = false
        ) {
            self.span = span
            self.isForFirst = isForFirst
            self.mayBeShorter = mayBeShorter
            self.isByIssuer = isByIssuer
        }
    }

    /// Unique in its book, budgets included; part of permits. Counted from 1.
    package var number: UInt32
    /// For people: `ach-return-codes`.
    package var name: String
    /// `nil` applies to every network.
    package var network: PaymentNetwork?
    /// `nil` applies to every currency.
    package var currency: Currency?
    package var demand: Demand
    /// First instant at which the row holds.
    package var effectiveFrom: Timestamp
    /// First instant at which it no longer holds; `nil` while it does.
    package var effectiveUntil: Timestamp?
    /// Where it comes from.
    package var source: String

    package init(
        number: UInt32, name: String, network: PaymentNetwork?, currency: Currency? = nil,
        demand: Demand, effectiveFrom: Timestamp = Timestamp(ms: 0),
        effectiveUntil: Timestamp? = nil, source: String
    ) {
        self.number = number
        self.name = name
        self.network = network
        self.currency = currency
        self.demand = demand
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.source = source
    }

    package func isInForce(at instant: Timestamp) -> Bool {
        guard self.effectiveFrom <= instant else { return false }
        guard let end = self.effectiveUntil else { return true }
        return instant < end
    }

    package func applies(to network: PaymentNetwork, _ currency: Currency) -> Bool {
        (self.network ?? network) == network && (self.currency ?? currency) == currency
    }
}

/// A ``SchemeRule`` as the gate reads it: with its calendar, and codes as numbers.
struct SchemeRow: Sendable, Equatable {
    let rule: SchemeRule
    let codes: [ReturnCode]
    /// Of a submission; `nil` where the book lacks it.
    let calendar: BankCalendar?

    init(_ rule: SchemeRule, calendars: [BankCalendar]) {
        self.rule = rule
        switch rule.demand {
        case .returnCodes(let codes):
            self.codes = codes.map { ReturnCode($0) }
            self.calendar = nil
        case .submission(let submission):
            self.codes = []
            self.calendar = calendars.first { $0.name == submission.calendar }
        case .representations, .withinDays, .withinMonths, .sameAmount, .notice, .customerAbove:
            self.codes = []
            self.calendar = nil
        }
    }
}
