/// The events of one turn, written as records while they are decided: a shard wants the bytes.
///
/// Events themselves are kept only for who asks for them: an event is large, and moving it into a
/// list and out again costs as much as writing it.
package struct EventLog {
    package private(set) var count: UInt32 = 0
    /// Refusals among them by a code that no decline map knows.
    package private(set) var unmappedDeclines: UInt64 = 0
    /// The account's sealing key is destroyed by one of them.
    package private(set) var destroysKey = false
    /// Reports to cards and addresses among them: who carries them need not read the journal.
    package private(set) var reports: [PostedReport] = []
    private(set) var kept: [RecordedEvent] = []
    private let keepsEvents: Bool
    private var records: [UInt8] = []

    package init(keepsEvents: Bool = false) {
        self.keepsEvents = keepsEvents
    }

    package var isEmpty: Bool { self.count == 0 }

    mutating func append(
        _ event: consuming RecordedEvent, of account: EntityKey, previous: RecordPosition
    ) {
        if case .budgetReportPosted = event.event { self.note(reportOf: event) }
        self.count += 1
        if event.event.bringsUnmappedDecline { self.unmappedDeclines.increase() }
        if case .keyDestroyed = event.event { self.destroysKey = true }
        if self.keepsEvents {
            self.kept.append(consume event)
        } else {
            JournalRecord.append(event, of: account, previous: previous, to: &self.records)
        }
    }

    /// Apart, so that other events are not copied for it.
    @inline(never)
    private mutating func note(reportOf event: borrowing RecordedEvent) {
        guard case .budgetReportPosted(let report) = event.event else { return }
        self.reports.append(PostedReport(offset: self.count, at: event.at, report: report))
    }

    /// Moves the records to the end of `batch`.
    package mutating func move(into batch: inout [UInt8]) {
        batch.append(contentsOf: self.records)
        self.clear()
    }

    mutating func clear() {
        guard self.count > 0 else { return }
        self.count = 0
        self.unmappedDeclines = 0
        self.destroysKey = false
        self.records.removeAll(keepingCapacity: true)
        self.kept.clear()
        if !self.reports.isEmpty { self.reports.clear() }
    }
}

/// A report to a card or an address as a turn has emitted it. A class, since it is large and few
/// effects have one.
package final class PostedReport: Sendable {
    /// Of its event in the turn, counted from 0.
    package let offset: UInt32
    /// The account's domain time.
    package let at: Timestamp
    package let report: BudgetReport

    init(offset: UInt32, at: Timestamp, report: BudgetReport) {
        self.offset = offset
        self.at = at
        self.report = report
    }
}
