/// A ``BudgetRule`` as the gate reads it: numbers only, so that going over rows copies no texts.
struct BudgetRow: Sendable, Equatable {
    let number: UInt32
    let attemptsMax: UInt32
    private let window: BudgetRule.Window
    private let sameAmount: Bool
    private let sameInitiator: Bool
    private let countsOriginal: Bool
    private let isSoftCap: Bool
    private let effectiveFrom: Timestamp
    private let effectiveUntil: Timestamp?

    init(_ rule: BudgetRule) {
        self.number = rule.number
        self.attemptsMax = rule.attemptsMax
        self.window = rule.window
        self.sameAmount = rule.sameAmount
        self.sameInitiator = rule.sameInitiator
        self.countsOriginal = rule.countsOriginal
        self.isSoftCap = rule.isSoftCap
        self.effectiveFrom = rule.effectiveFrom
        self.effectiveUntil = rule.effectiveUntil
    }

    /// What a row counts at one instant.
    struct Count {
        var used: UInt32
        /// The oldest counted mark; the row is as full as before until it has left the window.
        var oldest: Timestamp
    }

    @inline(__always)
    func isInForce(at instant: Timestamp) -> Bool {
        guard self.effectiveFrom <= instant else { return false }
        guard let end = self.effectiveUntil else { return true }
        return instant < end
    }

    /// As ``isInForce(at:)`` for some instant from `instant` on for `ms`.
    func isInForce(at instant: Timestamp, for ms: Int64) -> Bool {
        self.isInForce(at: instant) || self.isInForce(at: instant.advanced(byMs: ms))
    }

    /// `slackMs`: How much later than they say the candidate and each mark may happen.
    func count(
        _ marks: [AttemptMark], for proposal: AttemptProposal, at candidate: Timestamp,
        slackMs: Int64 = 0
    ) -> Count {
        let span = self.span(around: candidate, slackMs: slackMs)
        var count = Count(used: 0, oldest: candidate)
        for mark in marks
        where mark.at > span.after && mark.at < span.before && self.counts(mark, for: proposal) {
            if count.used == 0 || mark.at < count.oldest { count.oldest = mark.at }
            count.used += 1
        }
        return count
    }

    /// Marks strictly between the two share a window with an attempt at `candidate`.
    private func span(
        around candidate: Timestamp, slackMs: Int64
    ) -> (after: Timestamp, before: Timestamp) {
        switch self.window {
        case .rolling(let ms):
            let reach = ms.increased(by: slackMs)
            return (candidate.advanced(byMs: -reach), candidate.advanced(byMs: reach))
        case .calendarDay:
            let first = Self.midnight(of: candidate.advanced(byMs: -slackMs))
            let last = Self.midnight(of: candidate.advanced(byMs: slackMs))
            return (first.advanced(byMs: -1), last.advanced(byMs: Milliseconds.day))
        }
    }

    private func counts(_ mark: AttemptMark, for proposal: AttemptProposal) -> Bool {
        guard mark.method == proposal.method,
            mark.flags.isDisjoint(with: [.approved, .notSentToNetwork]),
            self.countsOriginal || !mark.flags.contains(.original),
            !self.isSoftCap || !mark.flags.contains(.technical)
        else { return false }
        if self.sameAmount,
            mark.amountMinor != proposal.amountMinor || mark.currency != proposal.currency
        {
            return false
        }
        return !self.sameInitiator || mark.initiator == proposal.initiator
    }

    /// The first instant after `candidate` at which a full row may have room, by the oldest mark
    /// leaving the window or by the row's own end.
    ///
    /// `slackMs`: As it was counted with.
    func freeAgain(
        after count: Count, at candidate: Timestamp, slackMs: Int64 = 0
    ) -> Timestamp {
        let free: Timestamp
        switch self.window {
        case .rolling(let ms): free = count.oldest.advanced(byMs: ms.increased(by: slackMs))
        case .calendarDay:
            let midnight = Self.midnight(of: candidate)
            let settled = midnight.advanced(byMs: slackMs)
            free =
                settled > candidate ? settled : midnight.advanced(byMs: Milliseconds.day)
        }
        return self.effectiveUntil.map { min($0, free) } ?? free
    }

    private static func midnight(of instant: Timestamp) -> Timestamp {
        let day = instant.ms.flooredDivision(by: Milliseconds.day)
        let (ms, overflow) = day.multipliedReportingOverflow(by: Milliseconds.day)
        return Timestamp(ms: overflow ? .min : ms)
    }
}
