import DunlinCore
import DunlinPorts

/// The records of a shard that are decided and not yet handed to the journal, with everything
/// that may leave only once they are durable.
struct OpenBatch {
    let op: UInt64
    var records: [UInt8] = []
    var recordCount: UInt32 = 0
    /// Commands that journaled at least one event.
    var transitions: UInt64 = 0
    /// Refusals by a code that no decline map knows.
    var unmappedDeclines: UInt64 = 0
    var replies: [HeldReply] = []
    var effects: [OpenEffect] = []
    /// What the effects say that go to cards and addresses, in the order of their records.
    var reports: [OpenReport] = []
    var newKeys: [WrappedKey] = []
    /// Accounts that were erased.
    var destroyedKeys: [EntityKey] = []

    /// Room for one more turn, which journals few records: the rest is left free.
    var hasRoom: Bool {
        self.recordCount < UInt32(JournalBatch.recordsMax - Self.turnRecordsMax)
            && self.records.count < JournalBatch.recordsBytesMax - Self.turnBytesMax
    }

    var isEmpty: Bool { self.recordCount == 0 }

    /// Records of one turn that a batch keeps room for.
    static let turnRecordsMax = 128
    /// Bytes of one turn that a batch keeps room for.
    static let turnBytesMax = 32 * 1024

    init(op: UInt64, bytes: Int = 0) {
        self.op = op
        self.records.reserveCapacity(bytes)
    }

    /// The place that the next record will have.
    var nextPosition: RecordPosition { RecordPosition(op: self.op, index: self.recordCount) }

    /// Appends the events of an account's last turn.
    mutating func append(_ log: inout EventLog) {
        if !log.reports.isEmpty {
            for report in log.reports {
                let index = self.recordCount + report.offset
                self.reports.append(
                    OpenReport(id: RecordPosition(op: self.op, index: index), report: report))
            }
        }
        self.recordCount += log.count
        self.unmappedDeclines += log.unmappedDeclines
        self.transitions += 1
        log.move(into: &self.records)
    }

    mutating func append(_ record: JournalRecord) {
        record.append(to: &self.records)
        self.recordCount += 1
    }
}

/// A report that waits for its commit.
struct OpenReport: Sendable {
    /// Its record, and its effect.
    let id: RecordPosition
    let report: PostedReport
}

/// An answer that waits until everything that it reflects is committed.
struct HeldReply: Sendable {
    /// `nil` when it is committed, else why it is not.
    let release: @Sendable (StoreError?) -> Void
}
