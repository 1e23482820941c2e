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
        self.count += 1
        if event.event.bringsUnmappedDecline { self.unmappedDeclines.increase() }
        if case .keyDestroyed = event.event { self.destroysKey = true }
        if self.keepsEvents {
            self.kept.append(consume event)
        } else {
            JournalRecord.append(event, of: account, previous: previous, to: &self.records)
        }
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
    }
}
