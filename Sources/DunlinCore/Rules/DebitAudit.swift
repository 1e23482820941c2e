/// One attempt against the demands of schemes and countries, for ``PermitAudit``: day by day, in
/// the words of the rules.
struct DebitAudit {
    let intent: AttemptIntended
    let network: PaymentNetwork
    let at: Timestamp
    /// The case's plan before the attempt.
    let plan: CasePlan
    /// When providers took our words about debits of the case.
    let toldAt: [Timestamp]
    /// The merchant tells as soon as a debit is planned.
    let isToldByMerchant: Bool
    /// Of this obligation with this method, oldest first.
    let presentations: [AttemptMark]
    let rules: RuleBook
    let agreedNoticeDays: UInt32?

    /// The rows that were in force for the attempt.
    func rules(in book: RuleBook) -> [SchemeRule] {
        book.schemes.filter { rule in
            if self.at.ms < rule.effectiveFrom.ms { return false }
            if let end = rule.effectiveUntil, self.at.ms >= end.ms { return false }
            if let own = rule.network, own != self.network { return false }
            if let own = rule.currency, own != self.intent.currency { return false }
            return true
        }
    }

    func meets(_ rule: SchemeRule) -> Bool {
        switch rule.demand {
        case .customerAbove(let minor): return self.intent.amountMinor <= minor
        case .returnCodes(let codes):
            guard let last = self.presentations.last else { return true }
            return codes.contains { ReturnCode($0) == last.returnCode }
        case .representations(let max):
            return self.presentations.isEmpty || self.presentations.count - 1 < Int(max)
        case .sameAmount:
            guard let first = self.presentations.first else { return true }
            return first.amountMinor == self.intent.amountMinor
                && first.currency == self.intent.currency
        case .submission(let submission):
            guard let calendar = self.calendar(submission.calendar) else { return false }
            let local = calendar.zone.local(self.at)
            return calendar.isBankingDay(local.dayNumber) == true
                && local.hour * 60 + local.minute < submission.cutOffMinute
        case .withinDays(let days):
            guard let first = self.presentations.first else { return true }
            guard let collection = self.collection else { return false }
            return collection.day - collection.calendar.zone.local(first.at).dayNumber
                <= Int64(days)
        case .withinMonths(let months):
            guard let first = self.presentations.first else { return true }
            guard let collection = self.collection else { return false }
            return self.isWithin(
                months: Int64(months), from: collection.calendar.zone.local(first.at),
                to: collection.day)
        case .notice(let notice): return self.meets(notice)
        }
    }

    private func meets(_ notice: SchemeRule.Notice) -> Bool {
        if !notice.isForFirst, self.presentations.isEmpty { return true }
        // Who was told of another method was not told of this debit.
        let isTold = self.plan.noticeAt.ms != 0 && self.plan.noticeMethod == self.intent.method
        let told = isTold ? self.plan.noticeAt : self.at
        if !notice.isByIssuer, !self.isToldByMerchant {
            // A promise to tell tells nobody: what counts is that a provider took the message.
            guard isTold, self.plan.noticeState == .accepted, self.toldAt.contains(told) else {
                return false
            }
        }
        switch notice.span {
        case .ms(let ms): return self.at.ms - told.ms >= ms
        case .days(let days):
            guard let collection = self.collection else { return false }
            let needed =
                notice.mayBeShorter
                ? min(days, self.agreedNoticeDays.map { Int64($0) } ?? days)
                : days
            return collection.day - collection.calendar.zone.local(told).dayNumber >= needed
        case .bankingDays(let days):
            guard let collection = self.collection else { return false }
            var passed: Int64 = 0
            var day = collection.calendar.zone.local(told).dayNumber
            while day < collection.day {
                day += 1
                if collection.calendar.isBankingDay(day) == true { passed += 1 }
            }
            return passed >= days
        }
    }

    private func isWithin(months: Int64, from first: CivilTime, to day: Int64) -> Bool {
        let last = CivilTime(day: day)
        let distance = (last.year - first.year) * 12 + last.month - first.month
        if distance != months { return distance < months }
        // The same day of the month, or the month's last where it is shorter.
        return last.day <= first.day
    }

    private func calendar(_ name: String) -> BankCalendar? {
        self.rules.calendars.first { $0.name == name }
    }

    /// The day on which the bank collects, counted from the day of the attempt.
    private var collection: (day: Int64, calendar: BankCalendar)? {
        for rule in self.rules(in: self.rules) {
            guard case .submission(let submission) = rule.demand,
                let calendar = self.calendar(submission.calendar)
            else { continue }
            var day = calendar.zone.local(self.at).dayNumber
            var rest = submission.leadDays
            while rest > 0 {
                day += 1
                guard let isOpen = calendar.isBankingDay(day) else { return nil }
                if isOpen { rest -= 1 }
            }
            return (day, calendar)
        }
        return nil
    }
}
