/// The demands of schemes at one candidate instant.
struct SchemeCheck {
    enum Verdict {
        case allowed
        /// The first instant at which this demand may be met.
        case notBefore(Timestamp, PlanReason)
        /// No later instant meets it, unless the row ends.
        case refused(PlanReason, until: Timestamp?)
    }

    /// When a debit that is handed in at the candidate is collected.
    private struct Slot {
        var calendar: BankCalendar
        var submission: SchemeRule.Submission
        var collectionDay: Int64
    }

    private let proposal: AttemptProposal
    private let rows: [SchemeRow]
    private let presentations: Presentations

    init(_ proposal: AttemptProposal, rows: [SchemeRow], marks: [AttemptMark]) {
        self.proposal = proposal
        self.rows = rows
        self.presentations = Presentations(of: proposal, in: marks)
    }

    /// Asks every row that is in force at `candidate`, stopping at the first that is not met.
    func verdict(
        at candidate: Timestamp, proves: Bool, into lines: inout [Permit.Line]
    ) -> Verdict {
        var slot: Slot?
        for row in self.rows where row.rule.isInForce(at: candidate) {
            guard case .submission(let submission) = row.rule.demand else { continue }
            guard let calendar = row.calendar, let (day, minute) = calendar.local(candidate),
                let open = calendar.firstBankingDay(
                    onOrAfter: minute < submission.cutOffMinute ? day : day + 1),
                let collection = calendar.day(open, movedBy: submission.leadDays)
            else { return .refused(.calendarUnknown, until: row.rule.effectiveUntil) }
            guard open == day else {
                return .notBefore(calendar.start(ofDay: open), .bankingDay)
            }
            slot = Slot(calendar: calendar, submission: submission, collectionDay: collection)
        }
        for row in self.rows where row.rule.isInForce(at: candidate) {
            var line = Permit.Line(rule: row.rule.number, used: 0, cap: 0)
            switch self.verdict(row, slot, at: candidate, line: &line) {
            case .allowed: if proves { lines.append(line) }
            case .refused(let reason, _): return .refused(reason, until: row.rule.effectiveUntil)
            case .notBefore(let instant, let reason): return .notBefore(instant, reason)
            }
        }
        return .allowed
    }

    private func verdict(
        _ row: SchemeRow, _ slot: Slot?, at candidate: Timestamp, line: inout Permit.Line
    ) -> Verdict {
        let forbidden = Verdict.refused(.schemeForbids, until: nil)
        switch row.rule.demand {
        case .submission: return .allowed
        case .customerAbove(let minor):
            let isAllowed =
                self.proposal.initiator == .customer || self.proposal.amountMinor <= minor
            return isAllowed ? .allowed : .refused(.needsCustomer, until: nil)
        case .notice(let notice):
            guard notice.isForFirst || self.presentations.isRepeat else { return .allowed }
            return self.verdict(notice, slot, at: candidate)
        case .returnCodes:
            guard let latest = self.presentations.latest else { return .allowed }
            return row.codes.contains(latest.returnCode) ? .allowed : forbidden
        case .representations(let max):
            line.used = self.presentations.repeats
            line.cap = max
            guard self.presentations.isRepeat else { return .allowed }
            return self.presentations.repeats < max ? .allowed : forbidden
        case .sameAmount:
            guard let original = self.presentations.original else { return .allowed }
            let isSame =
                original.amountMinor == self.proposal.amountMinor
                && original.currency == self.proposal.currency
            return isSame ? .allowed : forbidden
        case .withinDays, .withinMonths:
            guard let original = self.presentations.original else { return .allowed }
            guard let slot, let (first, _) = slot.calendar.local(original.at) else {
                return .refused(.calendarUnknown, until: nil)
            }
            let last = Self.lastDay(of: row.rule.demand, from: first)
            line.used = UInt32(clamping: slot.collectionDay - first)
            line.cap = UInt32(clamping: last - first)
            return slot.collectionDay <= last ? .allowed : forbidden
        }
    }

    private static func lastDay(of demand: SchemeRule.Demand, from first: Int64) -> Int64 {
        switch demand {
        case .withinDays(let days): return first + Int64(days)
        case .withinMonths(let months): return CivilTime(day: first).dayNumber(afterMonths: months)
        case .returnCodes, .representations, .sameAmount, .submission, .notice, .customerAbove:
            return first
        }
    }

    private func verdict(
        _ notice: SchemeRule.Notice, _ slot: Slot?, at candidate: Timestamp
    ) -> Verdict {
        let told = self.proposal.noticeAt
        if case .ms(let ms) = notice.span {
            let earliest = told.advanced(byMs: ms)
            return earliest <= candidate ? .allowed : .notBefore(earliest, .notice)
        }
        guard let slot, let (toldOn, _) = slot.calendar.local(told),
            let wanted = self.collectionDay(notice, toldOn: toldOn, slot.calendar),
            let earliest = slot.calendar.firstBankingDay(onOrAfter: wanted)
        else { return .refused(.calendarUnknown, until: nil) }
        if slot.collectionDay >= earliest { return .allowed }
        guard let day = slot.calendar.day(earliest, movedBy: -slot.submission.leadDays) else {
            return .refused(.calendarUnknown, until: nil)
        }
        return .notBefore(slot.calendar.start(ofDay: day), .notice)
    }

    /// The first day of which the customer was told long enough before.
    private func collectionDay(
        _ notice: SchemeRule.Notice, toldOn day: Int64, _ calendar: BankCalendar
    ) -> Int64? {
        switch notice.span {
        case .days(let days):
            let agreed = notice.mayBeShorter ? self.proposal.agreedNoticeDays : nil
            return day + min(days, agreed.map { Int64($0) } ?? days)
        case .bankingDays(let days): return calendar.day(day, movedBy: days)
        case .ms: return day
        }
    }
}

extension CivilTime {
    /// The same day of a later month, or that month's last where it has none.
    fileprivate func dayNumber(afterMonths months: UInt32) -> Int64 {
        let (years, month) = (self.month - 1 + Int64(months)).quotientAndRemainder(dividingBy: 12)
        let first = CivilTime(year: self.year + years, month: month + 1, day: 1).dayNumber
        let next =
            month == 11
            ? CivilTime(year: self.year + years + 1, month: 1, day: 1).dayNumber
            : CivilTime(year: self.year + years, month: month + 2, day: 1).dayNumber
        return min(first + self.day - 1, next - 1)
    }
}
