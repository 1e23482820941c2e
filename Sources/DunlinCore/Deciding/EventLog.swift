/// The events of one turn, written as records while they are decided: a shard wants the bytes.
///
/// Events themselves are kept only for who asks for them: an event is large, and moving it into a
/// list and out again costs as much as writing it.
struct EventLog {
    private(set) var count: UInt32 = 0
    private(set) var kept: [RecordedEvent] = []
    private let keepsEvents: Bool
    private var records: [UInt8] = []

    init(keepsEvents: Bool) {
        self.keepsEvents = keepsEvents
    }

    var isEmpty: Bool { self.count == 0 }

    mutating func append(
        _ event: RecordedEvent, of account: EntityKey, previous: RecordPosition
    ) {
        self.count += 1
        if self.keepsEvents {
            self.kept.append(event)
        } else {
            JournalRecord.append(event, of: account, previous: previous, to: &self.records)
        }
    }

    /// Moves the records to the end of `batch`, and answers how many there were.
    mutating func move(into batch: inout [UInt8]) -> UInt32 {
        batch.append(contentsOf: self.records)
        let count = self.count
        self.clear()
        return count
    }

    mutating func clear() {
        guard self.count > 0 else { return }
        self.count = 0
        self.records.removeAll(keepingCapacity: true)
        self.kept.clear()
    }
}
