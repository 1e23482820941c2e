/// Ladders by class of the latest decline.
package struct LadderSet: Sendable, Equatable {
    /// For classes that have no ladder of their own.
    package var standard: RetryLadder
    package var byClass: [DeclineClass: RetryLadder]

    package init(standard: RetryLadder, byClass: [DeclineClass: RetryLadder] = [:]) {
        self.standard = standard
        self.byClass = byClass
    }

    package subscript(_ declineClass: DeclineClass) -> RetryLadder {
        self.byClass[declineClass] ?? self.standard
    }
}

/// When in the day and week of the customer's own clock attempts may fall.
package struct RetryCalendar: Sendable, Equatable {
    /// Local minutes since midnight to which rungs of a day and more are moved, on the day that
    /// they fall on; `nil` keeps the time of day of the first failure.
    package var minuteOfDay: Int64?
    /// Saturdays and Sundays are left out: what falls on them waits for Monday.
    package var weekdaysOnly: Bool

    package init(minuteOfDay: Int64? = nil, weekdaysOnly: Bool = false) {
        self.minuteOfDay = minuteOfDay
        self.weekdaysOnly = weekdaysOnly
    }

    package var isPlain: Bool { self.minuteOfDay == nil && !self.weekdaysOnly }
}

/// What customers may ask for by themselves; operators are not bound by it.
package struct CustomerWishes: Sendable, Equatable {
    /// Longest snooze, in milliseconds.
    package var snoozeMaxMs: Int64
    /// Latest day of a promise or of a last instalment, in milliseconds from now.
    package var promiseMaxMs: Int64
    /// Most instalments; 1 allows a promise only, 0 none.
    package var partsMax: UInt32

    package init(
        snoozeMaxMs: Int64 = 14 * Milliseconds.day, promiseMaxMs: Int64 = 14 * Milliseconds.day,
        partsMax: UInt32 = 1
    ) {
        self.snoozeMaxMs = snoozeMaxMs
        self.promiseMaxMs = promiseMaxMs
        self.partsMax = partsMax
    }
}

/// How open invoices of one account become cases.
package enum CaseBundling: UInt8, Sendable, CaseIterable {
    /// A case for each invoice.
    case perInvoice = 0
    /// One case for all invoices of a currency: one message each time, charges still one by one.
    case perCurrency = 1
}
