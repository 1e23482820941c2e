import DunlinCore

extension AccountBench {
    mutating func tell(_ fact: IntakeFacts.Fact, event: String) -> CommandAnswer {
        self.give(.intake(IntakeFacts(eventID: event, occurredAt: self.now, fact: fact)))
    }

    mutating func notice(
        _ kind: CaseNotice.Kind, invoice: String = "in_1", amountMinor: Int64? = nil,
        code: String = "", until: Timestamp = Timestamp(ms: 0), parts: [AgreedPart] = [],
        event: String
    ) -> CommandAnswer {
        self.tell(
            .noticed(
                CaseNotice(
                    kind: kind, obligation: invoice, amountMinor: amountMinor,
                    codes: DeclineCodes(code: code), until: until, parts: parts)),
            event: event)
    }

    /// A failure with everything that planning asks about.
    mutating func open(
        _ code: String = "insufficient_funds", invoice: String, amountMinor: Int64 = 4200,
        currency: Currency = .eur, interval: BillingInterval = .unknown,
        nextBillingAt: Timestamp = Timestamp(ms: 0), profile: ProfileChange? = nil
    ) -> CommandAnswer {
        var failed = PaymentFailed(
            obligation: Obligation(
                id: invoice, subscription: "sub_1", amountMinor: amountMinor, currency: currency),
            codes: DeclineCodes(code: code))
        failed.interval = interval
        failed.nextBillingAt = nextBillingAt
        return self.give(
            .intake(
                IntakeFacts(
                    eventID: "fail-\(invoice)-\(self.now.ms)", occurredAt: self.now,
                    fact: .paymentFailed(failed), profile: profile)))
    }

    func day(_ days: Int64, hours: Int64 = 0) -> Timestamp {
        Self.start.advanced(byMs: days * Milliseconds.day + hours * Milliseconds.hour)
    }

    /// Instants of the attempts so far, as hours after the start.
    var attemptHours: [Int64] {
        self.log.compactMap { record in
            guard case .attemptIntended = record.event else { return nil }
            return (record.at.ms - Self.start.ms) / Milliseconds.hour
        }
    }

    var attemptsAt: [Timestamp] {
        self.log.compactMap { record in
            if case .attemptIntended = record.event { record.at } else { nil }
        }
    }

    /// Messages that left.
    var messages: Int { self.count { if case .messageIntended = $0 { true } else { false } } }
}
