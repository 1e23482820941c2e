package import DunlinCore

/// What an import would bring, told before anything is sent.
package struct ImportForecast: Sendable, Equatable {
    /// A range of ages, in whole days.
    package struct Age: Sendable, Equatable {
        package var fromDays: Int64
        /// `nil` for all above.
        package var untilDays: Int64?
        package var count: Int
    }

    /// Failed payments by currency, sorted by its code.
    package struct Total: Sendable, Equatable {
        package var currency: Currency
        package var count: Int
        package var minor: Int64
    }

    package var events: Int
    package var accounts: Int
    /// How many of each fact, in the order of ``EventJSON/Kind``.
    package var kinds: [(kind: EventJSON.Kind, count: Int)]
    package var totals: [Total]
    /// Of failed payments.
    package var ages: [Age]
    /// Failed payments older than ``lateMaxMs``: their ladder starts at the import.
    package var late: Int
    /// Failed payments older than every window of a network's rules: no attempt before them is
    /// counted any more.
    package var beyondBudgets: Int
    /// Failed payments in the future of `now`.
    package var future: Int

    /// A failure older than this starts its ladder at the import (`intake.late_max`).
    package static let lateMaxMs = 24 * Milliseconds.hour
    private static let agesDays: [Int64] = [0, 1, 7, 28, 90]

    package init(_ events: [IntakeEvent], now: Timestamp) {
        self.events = events.count
        self.accounts = Set(events.map(\.key)).count
        self.kinds = EventJSON.Kind.allCases.compactMap { kind in
            let count = events.filter { EventJSON.Kind($0.facts.fact) == kind }.count
            return count == 0 ? nil : (kind, count)
        }
        self.ages = zip(Self.agesDays, Self.agesDays.dropFirst().map { $0 } + [nil]).map {
            Age(fromDays: $0, untilDays: $1, count: 0)
        }
        self.totals = []
        self.late = 0
        self.beyondBudgets = 0
        self.future = 0
        for event in events {
            guard case .paymentFailed(let failed) = event.facts.fact else { continue }
            self.add(failed, ageMs: now.ms.decreased(by: event.facts.occurredAt.ms))
        }
        self.totals.sort { $0.currency < $1.currency }
    }

    private mutating func add(_ failed: PaymentFailed, ageMs: Int64) {
        let days = max(0, ageMs) / Milliseconds.day
        if let index = self.ages.lastIndex(where: { $0.fromDays <= days }) {
            self.ages[index].count += 1
        }
        if ageMs > Self.lateMaxMs { self.late += 1 }
        if ageMs > AttemptMark.keptForMs { self.beyondBudgets += 1 }
        if ageMs < 0 { self.future += 1 }
        let currency = failed.obligation.currency
        let index = self.totals.firstIndex { $0.currency == currency }
        if let index {
            self.totals[index].count += 1
            self.totals[index].minor.increase(by: failed.obligation.amountMinor)
        } else {
            self.totals.append(
                Total(currency: currency, count: 1, minor: failed.obligation.amountMinor))
        }
    }

    package static func == (left: ImportForecast, right: ImportForecast) -> Bool {
        left.json == right.json
    }

    package var json: JSONValue {
        [
            "events": .integer(self.events), "accounts": .integer(self.accounts),
            "types": .object(
                self.kinds.map { .init(name: $0.kind.rawValue, value: .integer($0.count)) }),
            "amounts": .array(
                self.totals.map {
                    [
                        "currency": .string($0.currency.code), "count": .integer($0.count),
                        "amount_minor": .integer($0.minor),
                    ]
                }),
            "ages": .array(
                self.ages.map {
                    [
                        "from_days": .integer($0.fromDays),
                        "until_days": $0.untilDays.map { .integer($0) },
                        "count": .integer($0.count),
                    ]
                }),
            "late": .integer(self.late), "beyond_budgets": .integer(self.beyondBudgets),
            "future": .integer(self.future),
        ]
    }
}

extension EventJSON.Kind {
    /// The type that is spelled for the fact.
    package init(_ fact: IntakeFacts.Fact) {
        switch fact {
        case .paymentFailed: self = .paymentFailed
        case .paymentSucceeded: self = .paymentSucceeded
        case .paymentMethodUpdated: self = .paymentMethodUpdated
        case .paymentMethodRemoved: self = .paymentMethodRemoved
        case .subscriptionCanceled: self = .subscriptionCanceled
        case .obligationVoided: self = .obligationVoided
        case .externalAttempt: self = .externalAttempt
        case .profileUpdated: self = .profileUpdated
        case .noticed(let notice):
            switch notice.kind {
            case .fundsAvailable: self = .fundsAvailable
            case .refunded: self = .paymentRefunded
            case .disputed: self = .paymentDisputed
            case .disputeWon: self = .disputeWon
            case .disputeLost: self = .disputeLost
            case .returned: self = .paymentReturned
            case .promised: self = .promiseMade
            case .snoozed: self = .snoozed
            }
        case .paymentPending: self = .paymentPending
        case .consentChanged: self = .consentChanged
        case .messageReplied: self = .messageReplied
        case .messageReceipt(let receipt):
            switch receipt.kind {
            case .opened: self = .messageOpened
            case .clicked: self = .messageClicked
            case .bounced, .softBounced: self = .messageBounced
            case .complained: self = .messageComplained
            }
        case .upcomingCharge: self = .upcomingCharge
        case .upcomingChargeCanceled: self = .upcomingChargeCanceled
        case .accountFlagged: self = .accountFlagged
        }
    }
}
