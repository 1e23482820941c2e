package import DunlinPorts
import GRDB
import GRDBSQLite

// The journal, as it lies in `journal.db` (SQLite, write-ahead log, 16 KiB pages).
//
//     journal   id       shard << 48 | op, the row's key: one shard's batches lie together, in order
//               shard    id >> 48, and op = id & (2^48 - 1), computed for people who look inside
//               epoch    of the primary that proposed the batch, an unsigned 64-bit number
//               hash     32 bytes, SHA-256 over (previous hash ‖ shard ‖ op ‖ epoch ‖ records)
//               records  dunlin.v1.Batch
//     meta      name → value: who the directory belongs to, and what callers keep there
//
// Invariants:
//
// (1) A completion says `success` only after a COMMIT with synchronous=FULL returned SQLITE_OK.
// (2) Batches of one shard are stored in order and without gaps: one whose op is not the stored
//     op plus one is refused before anything is written. So a batch that is stored says that
//     all before it are.
//     A cut takes the newest away, in the same order, and the next append follows what is left.
// (3) The sealing keys of a batch are durable in keys.db before its transaction begins.
// (4) A batch that was refused with `full` or `busy` is not stored, not even after a crash: the
//     frame with the commit mark was never complete.
// (5) After any other failure of a COMMIT nothing more is written: the file may hold the group or
//     not, and only a restart can tell.
// (6) Only the writer's thread writes here and copies the log into the file; readers never wait
//     for it and it never waits for them, but see ``JournalLimits/logBytesMax``.
//
// The writer's states, and what moves it:
//
//     writing    ──full, busy──▶ writing, that group refused and its shards stalled
//     writing    ──I/O error, corruption, unknown commit──▶ dead: `onFatal`, all else refused
//     writing    ──close──▶ closing: what is queued is written ──▶ closed
//
// A stalled shard takes next the batch that was refused, and no other.

/// The journal of a data directory. Any thread may append and read.
package final class SQLiteJournal: JournalStore, Sendable {
    let file: StoreFile
    private let writer: JournalWriter

    /// `onFatal` is called once, on the writer's thread, before the completions that fail with it.
    /// It must stop the process.
    init(
        file: StoreFile, keys: SQLiteKeys, limits: JournalLimits,
        onFatal: @escaping @Sendable (StoreError) -> Void
    ) throws(StoreError) {
        let heads = try Self.heads(of: file)
        self.file = file
        self.writer = JournalWriter(
            file: file, keys: keys, limits: limits, heads: heads, onFatal: onFatal)
        self.writer.start()
    }

    package func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.writer.append(batch, completion: completion)
    }

    package func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.writer.cut(shard: shard, after: op, completion: completion)
    }

    package func batches(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalBatch]
    {
        guard shard < BatchID.shardsMax, fromOp <= BatchID.opMax, limit > 0 else { return [] }
        return try self.file.read("read batches") { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT id, epoch, hash, records FROM journal
                    WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?
                    """)
            defer { statement.reset() }
            statement.bind(BatchID(shard: shard, op: fromOp).rawValue, at: 1)
            statement.bind(BatchID(shard: shard, op: BatchID.opMax).rawValue, at: 2)
            statement.bind(Int64(limit), at: 3)
            var batches: [JournalBatch] = []
            while try statement.next("read batches") { batches.append(Self.batch(statement)) }
            return batches
        }
    }

    package func places(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalHead]
    {
        guard shard < BatchID.shardsMax, fromOp <= BatchID.opMax, limit > 0 else { return [] }
        return try self.file.read("read places") { db in
            let statement = try db.cachedStatement(
                sql:
                    "SELECT id, epoch, hash FROM journal WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
            )
            defer { statement.reset() }
            statement.bind(BatchID(shard: shard, op: fromOp).rawValue, at: 1)
            statement.bind(BatchID(shard: shard, op: BatchID.opMax).rawValue, at: 2)
            statement.bind(Int64(limit), at: 3)
            var places: [JournalHead] = []
            while try statement.next("read places") {
                let id = BatchID(rawValue: statement.integer(0))
                places.append(
                    JournalHead(
                        shard: id.shard, op: id.op,
                        epoch: UInt64(bitPattern: statement.integer(1)), hash: statement.bytes(2)))
            }
            return places
        }
    }

    package func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        guard shard < BatchID.shardsMax, op <= BatchID.opMax else { return nil }
        return try self.file.read("read batch") { db in
            let statement = try db.cachedStatement(
                sql: "SELECT id, epoch, hash, records FROM journal WHERE id = ?")
            defer { statement.reset() }
            statement.bind(BatchID(shard: shard, op: op).rawValue, at: 1)
            return try statement.next("read batch") ? Self.batch(statement) : nil
        }
    }

    package func heads() throws(StoreError) -> [JournalHead] {
        try Self.heads(of: self.file)
    }

    /// What the writer has done so far.
    package var figures: JournalFigures { self.writer.figures }

    /// Writes what is queued, then stops. Batches that come later are refused.
    func close() throws(StoreError) {
        self.writer.close()
        try self.file.close()
    }

    private static func batch(_ statement: Statement) -> JournalBatch {
        let id = BatchID(rawValue: statement.integer(0))
        return JournalBatch(
            shard: id.shard, op: id.op, epoch: UInt64(bitPattern: statement.integer(1)),
            hash: statement.bytes(2), records: statement.bytes(3))
    }

    /// Jumps from each shard's last row to the one before the shard's first: as many look-ups as
    /// there are shards, however long the journal.
    private static func heads(of file: StoreFile) throws(StoreError) -> [JournalHead] {
        try file.read("read heads") { db in
            let statement = try db.cachedStatement(
                sql: """
                    WITH RECURSIVE last(id) AS (
                        SELECT max(id) FROM journal
                        UNION ALL
                        SELECT (SELECT max(id) FROM journal WHERE id < (last.id >> 48) << 48)
                        FROM last WHERE last.id IS NOT NULL
                    )
                    SELECT journal.id, journal.epoch, journal.hash
                    FROM last JOIN journal ON journal.id = last.id ORDER BY journal.id
                    """)
            defer { statement.reset() }
            var heads: [JournalHead] = []
            while try statement.next("read heads") {
                let id = BatchID(rawValue: statement.integer(0))
                heads.append(
                    JournalHead(
                        shard: id.shard, op: id.op,
                        epoch: UInt64(bitPattern: statement.integer(1)), hash: statement.bytes(2)))
            }
            return heads
        }
    }
}

/// A batch's key in the file: shard in the upper 16 bits, op in the lower 48.
struct BatchID {
    static let shardsMax: UInt32 = 4096
    static let opMax: UInt64 = 1 << 48 - 1

    let rawValue: Int64

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(shard: UInt32, op: UInt64) {
        self.rawValue = Int64(shard) << 48 | Int64(op)
    }

    var shard: UInt32 { UInt32(truncatingIfNeeded: self.rawValue >> 48) }
    var op: UInt64 { UInt64(truncatingIfNeeded: self.rawValue) & Self.opMax }
}
