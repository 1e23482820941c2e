import Dispatch
package import DunlinCore
package import DunlinPorts
import Foundation
import GRDB
import GRDBSQLite

// Lists and totals, as they lie in `views.db` (SQLite, write-ahead log).
//
//     cases     (tenant, account, number) → one row for every case that was ever opened
//     renewals  (tenant, day, shard) → how many renewals failed, how many were paid at once
//     position  shard → the op up to which its batches are in `cases`
//     origin    whose journal it was folded from
//
// Invariants:
//
// (1) A shard's cases are the fold of its committed batches up to its position: both change in one
//     transaction, so a batch counts once, whatever dies.
// (2) Nothing is here that is not in the journal. The file may be deleted at any time the node is
//     down; one that is damaged, foreign or ahead of the journal is made anew.
// (3) Reports are sums over `cases` and `renewals`, so they reconcile to the journal exactly.

/// The views of a data directory. Reading them first reads what the journal has more.
package final class SQLiteViews: ViewStore, Sendable {
    private let file: StoreFile
    private let journal: any JournalStore
    private let committedOps: (@Sendable () -> [UInt32: UInt64])?
    /// Whose cases are shown: in a cluster those of the shards that this node leads.
    private let leads: (@Sendable (EntityKey) -> Bool)?
    /// Folding and reading happen here, one after another, off the caller's executor.
    private let queue = DispatchQueue(label: "dunlin.views", qos: .utility)

    /// Batches that are read at a time.
    private static let chunkBatches = 32
    /// A transaction takes no further batches in when so many cases have changed.
    private static let changedMax = 100_000

    /// Opens `views.db` in the directory, or makes it anew where it cannot be used.
    ///
    /// - Parameters:
    ///   - directory: Whose journal is folded.
    ///   - committedOps: Each shard's last committed op, where batches may be stored that are not
    ///     yet committed; `nil` where storing is committing.
    ///   - leads: Whose cases are shown, where the journal holds copies of what others lead; `nil`
    ///     for all.
    /// - Throws: ``StoreError`` when the journal cannot be read or the file cannot be made.
    package convenience init(
        of directory: DataDirectory, committedOps: (@Sendable () -> [UInt32: UInt64])? = nil,
        leads: (@Sendable (EntityKey) -> Bool)? = nil
    ) throws(StoreError) {
        try self.init(
            path: directory.path, origin: directory.identity.origin, journal: directory.journal,
            committedOps: committedOps, leads: leads)
    }

    package init(
        path: String, origin: ClusterOrigin, journal: any JournalStore,
        committedOps: (@Sendable () -> [UInt32: UInt64])? = nil,
        leads: (@Sendable (EntityKey) -> Bool)? = nil
    ) throws(StoreError) {
        self.journal = journal
        self.committedOps = committedOps
        self.leads = leads
        if let kept = try Self.kept(path, origin, journal.heads()) {
            self.file = kept
        } else {
            self.file = try Self.madeAnew(path, origin)
        }
    }

    package func cases(_ query: CaseQuery) async throws(StoreError) -> [CaseRow] {
        try await self.perform { views throws(StoreError) in
            try views.fold()
            return try views.file.read("list cases") {
                try ViewTables.cases(query, mine: views.mine($0), $0)
            }
        }
    }

    package func report(_ query: ReportQuery) async throws(StoreError) -> [ReportRow] {
        try await self.perform { views throws(StoreError) in
            try views.fold()
            return try views.file.read("sum up cases") {
                try ViewTables.report(query, mine: views.mine($0), $0)
            }
        }
    }

    package func renewals(_ query: ReportQuery) async throws(StoreError) -> [RenewalRow] {
        try await self.perform { views throws(StoreError) in
            try views.fold()
            return try views.file.read("sum up renewals") {
                try ViewTables.renewals(query, mine: views.mine($0), $0)
            }
        }
    }

    @discardableResult
    package func catchUp() async throws(StoreError) -> Int {
        try await self.perform { views throws(StoreError) in try views.fold() }
    }

    /// Waits for what is under way, then closes the file.
    package func close() async throws(StoreError) {
        try await self.perform { views throws(StoreError) in try views.file.close() }
    }

    /// The condition that a case is shown; empty for all.
    private func mine(_ db: Database) -> String {
        guard let leads = self.leads else { return "" }
        db.add(
            function: DatabaseFunction("leads", argumentCount: 2) { values in
                guard let tenant = String.fromDatabaseValue(values[0]),
                    let account = String.fromDatabaseValue(values[1])
                else { return false }
                return leads(EntityKey(tenant: tenant, key: account))
            })
        return "leads(tenant, account)"
    }

    private func perform<T: Sendable>(
        _ work: @escaping @Sendable (SQLiteViews) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let result: Result<T, StoreError> = await withCheckedContinuation { continuation in
            self.queue.async {
                do throws(StoreError) {
                    continuation.resume(returning: .success(try work(self)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Answers how many batches were folded.
    @discardableResult
    private func fold() throws(StoreError) -> Int {
        var count = 0
        let limits = self.committedOps?()
        let heads = try self.journal.heads().map { head in
            JournalHead(
                shard: head.shard,
                op: min(head.op, limits.map { $0[head.shard] ?? 0 } ?? head.op), epoch: head.epoch,
                hash: head.hash)
        }
        while true {
            let folded = try self.foldSome(upTo: heads)
            guard folded > 0 else { break }
            count += folded
            if self.file.logBytes > 64 << 20 { self.file.copyLog(SQLITE_CHECKPOINT_PASSIVE) }
        }
        return count
    }

    /// Folds batches of all shards in one transaction, until enough cases have changed: their rows
    /// lie side by side whatever their shards are, so each page is written once for all of them.
    private func foldSome(upTo heads: [JournalHead]) throws(StoreError) -> Int {
        let journal = self.journal
        return try self.file.write("fold views") { db in
            var changed: [ViewCase.ID: ViewCase] = [:]
            var renewals = RenewalTally()
            var count = 0
            for head in heads {
                var position = try ViewTables.position(ofShard: head.shard, db)
                let first = position
                while position < head.op, changed.count < Self.changedMax {
                    let batches = try journal.batches(
                        shard: head.shard, fromOp: position + 1, limit: Self.chunkBatches
                    ).prefix { $0.op <= head.op }
                    guard let newest = batches.last else { break }
                    for batch in batches {
                        try Self.fold(batch, into: &changed, &renewals, db)
                    }
                    position = newest.op
                    count += batches.count
                }
                if position > first {
                    try ViewTables.setPosition(ofShard: head.shard, to: position, db)
                }
            }
            let rows = changed.values.sorted { $0.id.precedes($1.id) }
            for row in rows { try ViewTables.store(row, db) }
            try renewals.store(db)
            return count
        }
    }

    private static func fold(
        _ batch: JournalBatch, into changed: inout [ViewCase.ID: ViewCase],
        _ renewals: inout RenewalTally, _ db: Database
    ) throws {
        var reader = BatchReader(batch.records)
        do {
            while let record = try reader.next() {
                guard case .account(let recorded) = record.content else { continue }
                renewals.take(recorded, of: record.key, shard: batch.shard)
                let number = recorded.event.viewedCase
                guard number != 0 else { continue }
                let id = ViewCase.ID(
                    tenant: record.key.tenant, account: record.key.key, number: number)
                if case .caseOpened(let opened) = recorded.event {
                    changed[id] = ViewCase(opened, of: record.key, at: recorded.at)
                    continue
                }
                if changed[id] == nil { changed[id] = try ViewTables.load(id, db) }
                changed[id]?.apply(recorded.event, at: recorded.at)
            }
        } catch is DunlinCore.RecordError {
            // `dunlin verify` says which record.
            throw StoreError(.corrupt, operation: "decode a batch for the views")
        }
    }

    /// The file as it is; `nil` when it cannot be used and may go.
    private static func kept(
        _ path: String, _ origin: ClusterOrigin, _ heads: [JournalHead]
    ) throws(StoreError) -> StoreFile? {
        do throws(StoreError) {
            let file = try Self.open(path, origin)
            guard try Self.isAhead(file, of: heads) else { return file }
            try file.close()
            return nil
        } catch {
            guard error.code == .corrupt || error.code == .incompatible else { throw error }
            return nil
        }
    }

    private static func madeAnew(
        _ path: String, _ origin: ClusterOrigin
    ) throws(StoreError) -> StoreFile {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(path)/\(FileFormat.views.name)\(suffix)")
        }
        return try Self.open(path, origin)
    }

    private static func open(
        _ path: String, _ origin: ClusterOrigin
    ) throws(StoreError) -> StoreFile {
        let file = try StoreFile(.views, directory: path, mayCreate: true)
        let wanted = "\(origin.cluster)/\(origin.generation)"
        let found = try file.write("read the views' origin") { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO origin(id, name) VALUES (1, ?)", arguments: [wanted])
            return try String.fetchOne(db, sql: "SELECT name FROM origin")
        }
        guard found == wanted else { throw StoreError(.incompatible, operation: "open views.db") }
        return file
    }

    /// The journal was put back from an older copy.
    private static func isAhead(
        _ file: StoreFile, of heads: [JournalHead]
    ) throws(StoreError) -> Bool {
        let stored = Dictionary(heads.map { ($0.shard, $0.op) }) { first, _ in first }
        return try file.read("compare views with the journal") { db in
            let statement = try db.cachedStatement(sql: "SELECT shard, op FROM position")
            defer { statement.reset() }
            while try statement.next("compare views with the journal") {
                let shard = UInt32(truncatingIfNeeded: statement.integer(0))
                if UInt64(bitPattern: statement.integer(1)) > stored[shard] ?? 0 { return true }
            }
            return false
        }
    }
}

extension ViewCase.ID {
    /// In the order of the table, so that its pages are written once.
    fileprivate func precedes(_ other: ViewCase.ID) -> Bool {
        if self.tenant != other.tenant { return self.tenant < other.tenant }
        if self.account != other.account { return self.account < other.account }
        return self.number < other.number
    }
}
