import DunlinPorts
import GRDB
import GRDBSQLite

/// The writing thread's own state: statements, each shard's stored head, the log's growth.
struct JournalSession {
    /// What became of a group.
    struct Outcome {
        /// For each request, in order; `nil` where it is durable.
        var refusals: [StoreError?]
        /// The process must stop.
        var fatal: StoreError?
    }

    private struct Statements {
        var begin: Statement
        var insert: Statement
        var commit: Statement
        var rollback: Statement
    }

    private let file: StoreFile
    private let keys: SQLiteKeys
    private let limits: JournalLimits
    private var statements: Statements?
    /// The stored op of each shard; 0 for none.
    private var stored: [UInt64]
    /// Why a shard's last batch was refused, until the one that follows its head is stored.
    private var stalled: [UInt32: StoreError] = [:]
    private var isDead = false
    /// Bytes written to the log since it was last copied: an estimate from above.
    private var bytesSinceCheckpoint = 0
    private(set) var figures = JournalFigures()

    init(file: StoreFile, keys: SQLiteKeys, limits: JournalLimits, heads: [JournalHead]) {
        self.file = file
        self.keys = keys
        self.limits = limits
        self.stored = [UInt64](repeating: 0, count: Int(BatchID.shardsMax))
        for head in heads where head.shard < BatchID.shardsMax {
            self.stored[Int(head.shard)] = head.op
        }
    }

    /// Writes the group as one transaction, except what must be refused by itself.
    mutating func commit(_ group: [JournalWriter.Request]) -> Outcome {
        if self.figures.isHeldBack { self.checkpoint() }
        var outcome = Outcome(refusals: [StoreError?](repeating: nil, count: group.count))
        if let refusal = self.refusalOfAll {
            for index in group.indices { outcome.refusals[index] = refusal }
            self.stall(group, outcome.refusals)
            return outcome
        }

        var heads = self.stored
        for (index, request) in group.enumerated() {
            outcome.refusals[index] = self.refusal(of: request.batch, heads: &heads)
        }
        let admitted = group.indices.filter { outcome.refusals[$0] == nil }
        guard !admitted.isEmpty else { return outcome }

        do {
            let newKeys = admitted.flatMap { group[$0].batch.newKeys }
            if !newKeys.isEmpty { try self.keys.add(newKeys) }
            try self.write(admitted.lazy.map { group[$0].batch })
            self.stored = heads
            self.count(admitted.lazy.map { group[$0].batch })
        } catch {
            for index in admitted { outcome.refusals[index] = error }
            if error.isFatal || self.isDead {
                self.isDead = true
                outcome.fatal = error
            }
            self.stall(group, outcome.refusals)
        }
        return outcome
    }

    /// Copies the log into the database file once enough was written.
    mutating func checkpointIfDue() {
        guard !self.isDead, self.bytesSinceCheckpoint >= self.limits.checkpointBytes else { return }
        self.checkpoint()
    }

    private var refusalOfAll: StoreError? {
        if self.isDead { return StoreError(.failed, operation: "append to a failed journal") }
        if self.figures.isHeldBack { return StoreError(.busy, operation: "append past a full log") }
        return nil
    }

    /// Why a batch cannot be stored after `heads`; `nil` when it can, and then it is the head.
    private mutating func refusal(
        of batch: JournalBatch, heads: inout [UInt64]
    ) -> StoreError? {
        guard batch.shard < BatchID.shardsMax, batch.op > 0, batch.op <= BatchID.opMax,
            batch.hash.count == 32
        else { return StoreError(.failed, operation: "append a malformed batch") }
        let head = heads[Int(batch.shard)]
        // A shard without a batch may start anywhere: its beginning may be in an archive.
        guard head == 0 || batch.op == head + 1 else {
            return self.stalled[batch.shard]
                ?? StoreError(.failed, operation: "append a batch out of order")
        }
        heads[Int(batch.shard)] = batch.op
        self.stalled[batch.shard] = nil
        return nil
    }

    private mutating func stall(_ group: [JournalWriter.Request], _ refusals: [StoreError?]) {
        for (request, refusal) in zip(group, refusals) {
            self.stalled[request.batch.shard] = refusal
        }
    }

    private mutating func write(_ batches: some Sequence<JournalBatch>) throws(StoreError) {
        let prepared = self.statements
        let (statements, failure) = try self.file.withWriter("append batches") { db in
            let statements = try prepared ?? Self.prepare(db)
            return (statements, Self.transact(batches, db, statements))
        }
        self.statements = statements
        guard let failure else { return }
        if failure.isUnknown { self.isDead = true }
        throw failure.error
    }

    private struct Failure {
        var error: StoreError
        /// The file may hold the group or not.
        var isUnknown: Bool
    }

    private static func transact(
        _ batches: some Sequence<JournalBatch>, _ db: Database, _ statements: Statements
    ) -> Failure? {
        do throws(StoreError) {
            try statements.begin.run("begin batches")
            for batch in batches { try Self.insert(batch, statements.insert) }
        } catch {
            return Failure(error: error, isUnknown: Self.isLeftOpen(db, statements))
        }
        do throws(StoreError) {
            try statements.commit.run("commit batches")
            return nil
        } catch {
            let isLeftOpen = Self.isLeftOpen(db, statements)
            let isKnown = error.code == .full || error.code == .busy
            return Failure(error: error, isUnknown: isLeftOpen || !isKnown)
        }
    }

    /// Rolls back; true when there still is a transaction afterwards.
    private static func isLeftOpen(_ db: Database, _ statements: Statements) -> Bool {
        // SQLite rolls back by itself after some errors, and says so.
        guard sqlite3_get_autocommit(db.sqliteConnection) == 0 else { return false }
        do throws(StoreError) {
            try statements.rollback.run("roll back batches")
        } catch {
            return true
        }
        return false
    }

    @inline(__always)
    private static func insert(_ batch: JournalBatch, _ insert: Statement) throws(StoreError) {
        insert.bind(BatchID(shard: batch.shard, op: batch.op).rawValue, at: 1)
        insert.bind(Int64(bitPattern: batch.epoch), at: 2)
        let failure = batch.hash.withUnsafeBytes { hash -> StoreError? in
            insert.bind(hash, at: 3)
            return batch.records.withUnsafeBytes { records -> StoreError? in
                insert.bind(records, at: 4)
                do throws(StoreError) {
                    try insert.run("append batch")
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw failure }
    }

    private static func prepare(_ db: Database) throws -> Statements {
        Statements(
            begin: try db.makeStatement(sql: "BEGIN IMMEDIATE"),
            insert: try db.makeStatement(
                sql: "INSERT INTO journal(id, epoch, hash, records) VALUES (?, ?, ?, ?)"),
            commit: try db.makeStatement(sql: "COMMIT"),
            rollback: try db.makeStatement(sql: "ROLLBACK"))
    }

    private mutating func count(_ batches: some Sequence<JournalBatch>) {
        let page = Int(FileFormat.journal.pageBytes)
        self.figures.commits += 1
        for batch in batches {
            self.figures.batches += 1
            self.figures.bytes += UInt64(batch.records.count)
            self.bytesSinceCheckpoint += (batch.records.count / page + 2) * page
        }
    }

    private mutating func checkpoint() {
        self.bytesSinceCheckpoint = 0
        self.figures.checkpoints += 1
        self.copyLog(SQLITE_CHECKPOINT_PASSIVE)
        guard self.figures.logBytes > self.limits.logBytesMax else {
            self.figures.isHeldBack = false
            return
        }
        let stopped = self.file.interruptReaders(olderThan: self.limits.readerAgeMax)
        self.figures.interruptedReaders += UInt64(stopped)
        self.copyLog(SQLITE_CHECKPOINT_TRUNCATE)
        self.figures.isHeldBack = self.figures.logBytes > self.limits.logBytesMax
    }

    /// A failure leaves the log as it is, which is safe; the next copy tries again, and a disk that
    /// is gone shows at the next commit.
    private mutating func copyLog(_ mode: Int32) {
        var frames: Int32 = -1
        var copied: Int32 = -1
        let code = try? self.file.withWriter("copy the log") { db in
            sqlite3_wal_checkpoint_v2(db.sqliteConnection, nil, mode, &frames, &copied)
        }
        guard let code, code == SQLITE_OK || code == SQLITE_BUSY, frames >= 0 else { return }
        self.figures.logBytes = Int(frames) * Int(FileFormat.journal.pageBytes)
    }
}
