/// Limits of the journal's file and writer.
package struct JournalLimits: Sendable {
    /// Bytes of batches that are queued or being written; more are refused with code `busy`.
    package var queuedBytesMax: Int
    /// Bytes of batches in one transaction; what is queued beyond waits for the next.
    package var groupBytesMax: Int
    /// After a group of at least so many bytes, more is under way: the writer gathers it for
    /// ``gatherMicros`` before it commits again, since an fsync costs as much for one batch as for
    /// ten. Where little is written nothing waits.
    package var gatherBytesMin: Int
    /// How long the writer gathers, in microseconds.
    package var gatherMicros: UInt32
    /// Bytes of write-ahead log after which the writer copies it into the database file.
    package var checkpointBytes: Int
    /// Bytes of write-ahead log past which old readers are interrupted, and batches refused with
    /// code `busy` while that does not help: `wal.bytes_max`.
    package var logBytesMax: Int
    /// A reader may hold back the log for this long once ``logBytesMax`` is passed.
    package var readerAgeMax: Duration

    package init(
        queuedBytesMax: Int = 64 << 20, groupBytesMax: Int = 16 << 20,
        gatherBytesMin: Int = 16 << 10, gatherMicros: UInt32 = 1500,
        checkpointBytes: Int = 64 << 20, logBytesMax: Int = 1 << 30,
        readerAgeMax: Duration = .seconds(10)
    ) {
        self.queuedBytesMax = queuedBytesMax
        self.groupBytesMax = groupBytesMax
        self.gatherBytesMin = gatherBytesMin
        self.gatherMicros = gatherMicros
        self.checkpointBytes = checkpointBytes
        self.logBytesMax = logBytesMax
        self.readerAgeMax = readerAgeMax
    }
}

/// What the journal's writer has done since it was opened.
package struct JournalFigures: Sendable, Equatable {
    /// Transactions.
    package var commits: UInt64 = 0
    package var batches: UInt64 = 0
    /// Bytes of records.
    package var bytes: UInt64 = 0
    package var checkpoints: UInt64 = 0
    /// Reads that were stopped because they held back the log.
    package var interruptedReaders: UInt64 = 0
    /// Bytes of write-ahead log at the last checkpoint, not yet free to be overwritten.
    package var logBytes: Int = 0
    /// Batches are refused because something holds back the log and will not let go.
    package var isHeldBack: Bool = false

    package init() {}
}
