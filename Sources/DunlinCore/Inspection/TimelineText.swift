/// A timeline as lines for people: one for each record, with the time since the first.
///
///     +0d 00:00  case opened: 42.00 EUR, insufficient_funds (softFunds) · next attempt …
///     +3d 00:00  attempt 1 intended: 42.00 EUR, by the ladder
///     +3d 00:00  attempt 1 declined: insufficient_funds (softFunds) · next attempt …
package struct TimelineText {
    private let origin: Timestamp
    private let namesCases: Bool
    /// What the lines so far have said about each case.
    private var said: [(caseNumber: UInt32, update: CaseUpdate)] = []

    private init(origin: Timestamp, namesCases: Bool) {
        self.origin = origin
        self.namesCases = namesCases
    }

    package static func lines(_ timeline: Timeline) -> [String] {
        guard let first = timeline.entries.first else { return [] }
        let numbers = timeline.entries.compactMap(\.record.event.caseNumber)
        let namesCases = numbers.contains { $0 != numbers.first }
        var text = TimelineText(origin: first.record.at, namesCases: namesCases)
        var lines: [String] = []
        if let start = timeline.startsAfter {
            lines.append("earlier records lie in the archive, up to \(start.op)/\(start.index)")
        }
        for entry in timeline.entries { lines.append(text.line(entry.record)) }
        return lines
    }

    private mutating func line(_ record: RecordedEvent) -> String {
        let offset = SpanText.offset(ms: record.at.ms.decreased(by: self.origin.ms))
        let padding = String(repeating: " ", count: max(0, 9 - offset.utf8.count))
        let number = record.event.caseNumber
        let name = self.namesCases ? number.map { "case \($0): " } ?? "" : ""
        let what = Self.words(record.event)
        let then = record.event.update.map { self.changes($0) } ?? ""
        return "\(offset)\(padding)  \(name)\(what)\(then)"
    }

    /// What the update changes beside the event itself: the next attempt, the phase, the flags.
    private mutating func changes(_ update: CaseUpdate) -> String {
        let index = self.said.firstIndex { $0.caseNumber == update.caseNumber }
        let before = index.map { self.said[$0].update }
        var parts: [String] = []
        if let before, before.phase != update.phase { parts.append("now \(update.phase.name)") }
        if before?.plan.attemptAt != update.plan.attemptAt
            || before?.plan.attemptReason != update.plan.attemptReason
        {
            parts += Self.nextAttempt(update)
        }
        if let terms = update.amendment.first?.particulars {
            parts += terms.news(since: before?.amendment.first?.particulars)
        }
        let added = update.flags.subtracting(before?.flags ?? [])
        if added.contains(.foreignRetries) { parts.append("somebody else retries, too") }
        if let index {
            // What was said of particulars stays said.
            let amendment = self.said[index].update.amendment
            self.said[index].update = update
            if update.amendment.isEmpty { self.said[index].update.amendment = amendment }
        } else {
            self.said.append((update.caseNumber, update))
        }
        return parts.map { " · \($0)" }.joined()
    }

    private static func nextAttempt(_ update: CaseUpdate) -> [String] {
        let plan = update.plan
        guard plan.attemptAt.ms == 0 else {
            return ["next attempt \(plan.attemptAt) \(plan.attemptReason.words)"]
        }
        guard update.phase.isOpen, plan.attemptReason.isRefusal else { return [] }
        return ["no further attempt: \(plan.attemptReason.words)"]
    }

    private static func words(_ event: AccountEvent) -> String {
        switch event {
        case .caseOpened(let opened):
            let amount = Money(
                minor: opened.obligation.openMinor, currency: opened.obligation.currency)
            let before = opened.marks.count > 1 ? ", \(opened.marks.count - 1) tries before" : ""
            let again = opened.isReturn ? " again, the payment was returned" : ""
            return "case opened\(again): \(amount) for \(opened.obligation.id), "
                + "\(opened.decline.words)\(before)"
        case .attemptIntended(let attempt):
            let amount = Money(minor: attempt.amountMinor, currency: attempt.currency)
            let backup = attempt.backup.isEmpty ? "" : ", from the backup \(attempt.backup)"
            let least = Money(minor: attempt.floorMinor, currency: attempt.currency)
            let part = attempt.floorMinor == 0 ? "" : ", or part of it, at least \(least),"
            return "attempt \(attempt.attempt) intended: \(amount)\(part) "
                + "\(attempt.reason.words)\(backup)"
        case .attemptSettled(let settled): return Self.words(settled)
        case .attemptWithheld: return "attempt withheld: the tenant only observes"
        case .lookUpIntended(let lookUp):
            return "asking the gateway what became of attempt \(lookUp.attempt)"
        case .attemptReported(let reported): return Self.words(reported)
        case .paymentRecorded(let payment):
            return "paid elsewhere: \(payment.obligation)"
        case .debitPending(let pending):
            let amount = Money(minor: pending.amountMinor, currency: pending.currency)
            return "debit of \(amount) handed in elsewhere is pending at the bank"
        case .caseUpdated(let updated): return updated.reason.words
        case .caseClosed(let closed): return "case closed: \(closed.reason.words)"
        case .methodRecorded(let method):
            return "\(method.words) recorded\(method.isDefault ? " as the default" : "")"
        case .methodRemoved(let number): return "method \(number) removed"
        case .profileChanged: return "profile changed"
        case .messageIntended(let message):
            return "message \(message.name) by \(message.channel.name)\(message.permit.words)"
        case .messageSettled(let settled):
            if settled.wasAccepted { return "message accepted by the provider" }
            let dead = settled.contactIsDead ? "; the address is dead" : ""
            return "message refused: \(settled.reference)\(dead)"
        case .messageSkipped(let skipped):
            let passed = skipped.passed.map { "\($0.channel.name): \($0.reason.words)" }
            let why = passed.isEmpty ? skipped.reason.words : passed.joined(separator: ", ")
            return "message \(skipped.name) not sent: \(why)"
        case .accessChanged(let change):
            let subscription = change.subscription.isEmpty ? "" : " of \(change.subscription)"
            return "access\(subscription) \(change.state.name): \(change.reason.words)"
        case .endActionIntended(let end):
            let plan = end.plan.isEmpty ? "" : " (\(end.plan))"
            return
                "end action: \(end.action.words)\(plan)\(end.isWithheld ? ", only observed" : "")"
        case .effectSettled(let settled):
            let reference = settled.reference.isEmpty ? "" : " (\(settled.reference))"
            let action = UInt8(exactly: settled.argument).flatMap(EndAction.init(rawValue:))
            let which =
                settled.kind == .endAction
                ? action.map { ", \($0.words)," } ?? "" : ""
            return "\(settled.kind.words)\(which) \(settled.verdict.words)\(reference)"
        case .keyCreated: return "sealing key created"
        case .keyDestroyed: return "sealing key destroyed: personal fields are gone"
        case .intakeNoted(let noted):
            let obligation = noted.obligation.isEmpty ? "" : " about \(noted.obligation)"
            return "event\(obligation) noted: \(noted.reason.words)"
        case .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped:
            return event.peopleWords
        case .budgetReportPosted(let report): return report.words
        case .budgetHeard(let heard): return heard.word.words
        }
    }

    private static func words(_ settled: AttemptSettled) -> String {
        let decline = settled.decline.map { ": \($0.words)" } ?? ""
        let lookUp = settled.nextLookUpAt.ms == 0 ? "" : ", asked again \(settled.nextLookUpAt)"
        return switch settled.verdict {
        case .approved: "attempt \(settled.attempt) approved"
        case .declined: "attempt \(settled.attempt) declined\(decline)"
        case .technicalFailure: "attempt \(settled.attempt) failed technically\(decline)"
        case .notSent:
            "attempt \(settled.attempt) not sent: "
                + (settled.notSentReason?.words ?? "it never left")
        case .unknown: "attempt \(settled.attempt) has an unknown outcome\(lookUp)"
        case .pending: "attempt \(settled.attempt) is pending at the gateway\(lookUp)"
        case .parked:
            "attempt \(settled.attempt) parked: a person must say what became of it"
        }
    }

    private static func words(_ reported: AttemptReported) -> String {
        let decline = reported.decline.map { ": \($0.words)" } ?? ""
        let amount = Money(minor: reported.mark.amountMinor, currency: reported.mark.currency)
        if reported.mark.flags.contains(.original) {
            return "another invoice of \(amount) failed and joined the case"
        }
        let verdict = reported.mark.flags.contains(.approved) ? "approved" : "declined"
        let warning =
            reported.warnsOfForeignRetries
            ? " · somebody else retries this invoice: switch one of the two off" : ""
        return "attempt made elsewhere, \(amount) \(verdict)\(decline)\(warning)"
    }
}
