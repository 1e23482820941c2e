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

    private struct Stall {
        /// The only one that is taken next.
        var op: UInt64
        /// What those behind it are told.
        var error: StoreError
    }

    private struct Statements {
        var begin: Statement
        var insert: Statement
        var cut: Statement
        var commit: Statement
        var rollback: Statement
    }

    private let file: StoreFile
    private let keys: SQLiteKeys
    private let limits: JournalLimits
    private var statements: Statements?
    /// The stored op of each shard; 0 for none.
    private var stored: [UInt64]
    /// Shards whose batch was refused, until it comes again.
    private var stalled: [UInt32: Stall] = [:]
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
            for index in group.indices {
                outcome.refusals[index] = refusal
                self.stall(group[index].work, refusal)
            }
            return outcome
        }

        var heads = self.stored
        for (index, request) in group.enumerated() {
            outcome.refusals[index] = self.refusal(of: request.work, heads: &heads)
        }
        let admitted = group.indices.filter { outcome.refusals[$0] == nil }
        guard !admitted.isEmpty else { return outcome }

        do {
            let newKeys = admitted.flatMap { group[$0].work.newKeys }
            if !newKeys.isEmpty { try self.keys.add(newKeys) }
            try self.write(admitted.lazy.map { group[$0].work })
            self.stored = heads
            self.count(admitted.lazy.map { group[$0].work })
        } catch {
            for index in admitted {
                outcome.refusals[index] = error
                self.stall(group[index].work, error)
            }
            if error.isFatal || self.isDead {
                self.isDead = true
                outcome.fatal = error
            }
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

    private mutating func refusal(
        of work: JournalWriter.Work, heads: inout [UInt64]
    ) -> StoreError? {
        switch work {
        case .append(let batch): return self.refusal(of: batch, heads: &heads)
        case .cut(let shard, let op):
            guard shard < BatchID.shardsMax, op <= BatchID.opMax else {
                return StoreError(.failed, operation: "cut an unknown shard")
            }
            heads[Int(shard)] = min(heads[Int(shard)], op)
            self.stalled[shard] = nil
            return nil
        }
    }

    /// Why a batch cannot be stored after `heads`; `nil` when it can, and then it is the head.
    private mutating func refusal(
        of batch: JournalBatch, heads: inout [UInt64]
    ) -> StoreError? {
        guard batch.shard < BatchID.shardsMax, batch.op > 0, batch.op <= BatchID.opMax,
            batch.hash.count == 32
        else { return StoreError(.failed, operation: "append a malformed batch") }
        if let stall = self.stalled[batch.shard] {
            guard batch.op == stall.op else { return stall.error }
        } else {
            let head = heads[Int(batch.shard)]
            // A shard without a batch may start anywhere: its beginning may be in an archive.
            guard head == 0 || batch.op == head + 1 else {
                return StoreError(.failed, operation: "append a batch out of order")
            }
        }
        heads[Int(batch.shard)] = batch.op
        self.stalled[batch.shard] = nil
        return nil
    }

    /// The first refusal counts: what was queued behind it must not be stored before it.
    private mutating func stall(_ work: JournalWriter.Work, _ error: StoreError) {
        guard case .append(let batch) = work, self.stalled[batch.shard] == nil,
            batch.shard < BatchID.shardsMax, batch.op > 0
        else { return }
        let head = self.stored[Int(batch.shard)]
        self.stalled[batch.shard] = Stall(op: head == 0 ? batch.op : head + 1, error: error)
    }

    private mutating func write(_ batches: some Sequence<JournalWriter.Work>) throws(StoreError) {
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
        _ batches: some Sequence<JournalWriter.Work>, _ db: Database, _ statements: Statements
    ) -> Failure? {
        do throws(StoreError) {
            try statements.begin.run("begin batches")
            for work in batches {
                switch work {
                case .append(let batch): try Self.insert(batch, statements.insert)
                case .cut(let shard, let op):
                    statements.cut.bind(BatchID(shard: shard, op: op).rawValue, at: 1)
                    statements.cut.bind(
                        BatchID(shard: shard, op: BatchID.opMax).rawValue, at: 2)
                    try statements.cut.run("cut batches")
                }
            }
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
            cut: try db.makeStatement(sql: "DELETE FROM journal WHERE id > ? AND id <= ?"),
            commit: try db.makeStatement(sql: "COMMIT"),
            rollback: try db.makeStatement(sql: "ROLLBACK"))
    }

    private mutating func count(_ batches: some Sequence<JournalWriter.Work>) {
        let page = Int(FileFormat.journal.pageBytes)
        self.figures.commits += 1
        for case .append(let batch) in batches {
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
        let (code, frames) = self.file.copyLog(mode, waitMs: 250)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY, frames >= 0 else { return }
        self.figures.logBytes = Int(frames) * Int(FileFormat.journal.pageBytes)
    }
}

extension JournalWriter.Work {
    fileprivate var newKeys: [WrappedKey] {
        guard case .append(let batch) = self else { return [] }
        return batch.newKeys
    }
}
