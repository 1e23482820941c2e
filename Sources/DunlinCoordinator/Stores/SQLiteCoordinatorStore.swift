package import DunlinPorts
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The coordinator's state in one SQLite file: for a single coordinator.
///
/// Format: `entries(key, value, created, modified)` and one row of `state` with the revision, which
/// every transaction that changes something raises by one, in that transaction.
/// 1. `synchronous=FULL`: what was answered is on the disk.
/// 2. The file is locked while it is open: a second process is refused, so that whoever held the
///    leader's key when the file was opened has ended. Terms of leadership run in memory only.
/// 3. After a failed write the file is not touched again by this process: an fsync that failed
///    once may succeed the next time although the pages are gone.
package final class SQLiteCoordinatorStore: CoordinatorStore {
    private struct Holding {
        var token: LeaderToken
        var endsMs: Int64
        var termMs: Int64
    }

    private struct State {
        var held: [String: Holding] = [:]
        var isBroken = false
    }

    private let queue: DatabaseQueue
    private let monotonicMs: @Sendable () -> Int64
    private let watchers = StoreWatchers()
    private let state = Mutex(State())

    private static let applicationID: Int32 = 0x4475_6E63
    private static let version: Int32 = 1

    /// Opens the file, and creates it when it is not there; its folder must be.
    ///
    /// `monotonicMs`: Real time in milliseconds since some start.
    package init(
        path: String, monotonicMs: @escaping @Sendable () -> Int64
    ) throws(CoordinatorStoreError) {
        self.monotonicMs = monotonicMs
        var configuration = Configuration()
        configuration.label = "dunlin.coordinator"
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA cell_size_check = ON;
                    """)
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { try Self.settle($0) }
            self.queue = queue
        } catch {
            throw Self.sorted(error, changes: false)
        }
    }

    package func read(prefix: String) async throws(CoordinatorStoreError) -> StoredEntries {
        try await self.run(changes: false) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT key, value, created, modified FROM entries
                    WHERE key >= ? AND substr(key, 1, length(?)) = ? ORDER BY key
                    """, arguments: [prefix, prefix, prefix])
            let entries = rows.map(Self.entry)
            return StoredEntries(entries: entries, revision: try Self.revision(db))
        }
    }

    package func commit(
        _ transaction: StoreTransaction
    ) async throws(CoordinatorStoreError) -> StoreOutcome {
        try transaction.check()
        let outcome = try await self.run(changes: true) { db in
            var outcome: StoreOutcome?
            try db.inTransaction(.immediate) {
                let done = try Self.commit(transaction, db)
                outcome = done
                if case .conflict = done { return .rollback }
                return .commit
            }
            guard let outcome else { throw DatabaseError(resultCode: .SQLITE_ERROR) }
            return outcome
        }
        if case .committed = outcome { self.watchers.tell(transaction.changes.map(\.key)) }
        return outcome
    }

    package func watch(prefix: String, onChange: @escaping @Sendable () -> Void) async {
        await self.watchers.watch(prefix: prefix, onChange: onChange)
    }

    package func campaign(
        _ candidacy: Candidacy
    ) async throws(CoordinatorStoreError) -> LeaderToken? {
        let now = self.monotonicMs()
        let isHeld = self.state.withLock { ($0.held[candidacy.key]?.endsMs ?? now) > now }
        if isHeld { return nil }
        let key = candidacy.key
        let former = try await self.read(prefix: key)[key]
        // Taking the key over makes it anew, so that the former holder's token no longer compares.
        if let former {
            _ = try await self.commit(
                StoreTransaction(
                    conditions: [.modified(key: key, revision: former.modRevision)],
                    changes: [.delete(key: key)]))
        }
        let taken = try await self.commit(
            StoreTransaction(
                conditions: [.absent(key: key)],
                changes: [.put(key: key, value: candidacy.value)]))
        guard case .committed(let revision) = taken else { return nil }
        let token = LeaderToken(key: key, createRevision: revision, lease: 0)
        self.state.withLock {
            $0.held[key] = Holding(
                token: token, endsMs: now + candidacy.termMs, termMs: candidacy.termMs)
        }
        return token
    }

    package func renew(_ token: LeaderToken) async throws(CoordinatorStoreError) -> Bool {
        let now = self.monotonicMs()
        return self.state.withLock { state in
            guard var held = state.held[token.key], held.token == token, held.endsMs > now else {
                return false
            }
            held.endsMs = now + held.termMs
            state.held[token.key] = held
            return true
        }
    }

    package func resign(_ token: LeaderToken) async throws(CoordinatorStoreError) {
        _ = try await self.commit(
            StoreTransaction(
                conditions: [token.condition], changes: [.delete(key: token.key)]))
        self.state.withLock { state in
            if state.held[token.key]?.token == token { state.held[token.key] = nil }
        }
    }

    package func check() async throws(CoordinatorStoreError) {
        _ = try await self.run(changes: false) { try Self.revision($0) }
    }

    /// Waits for what is under way and closes the file.
    package func close() {
        try? self.queue.close()
    }
}

extension SQLiteCoordinatorStore {
    /// Runs `body` on the file's own queue, after all who asked before.
    private func run<Answer: Sendable>(
        changes: Bool, _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(CoordinatorStoreError) -> Answer {
        guard !self.state.withLock({ $0.isBroken }) else {
            throw CoordinatorStoreError(
                .broken, "The coordinator's file failed before. Restart the process.")
        }
        let result: Result<Answer, CoordinatorStoreError> = await withCheckedContinuation {
            continuation in
            self.queue.asyncWriteWithoutTransaction { db in
                do {
                    continuation.resume(returning: .success(try body(db)))
                } catch {
                    continuation.resume(returning: .failure(Self.sorted(error, changes: changes)))
                }
            }
        }
        if case .failure(let error) = result, error.code == .broken || error.code == .unknownOutcome
        {
            self.state.withLock { $0.isBroken = true }
        }
        return try result.get()
    }

    private static func commit(
        _ transaction: StoreTransaction, _ db: Database
    ) throws -> StoreOutcome {
        let revision = try Self.revision(db)
        let keys = Set(transaction.conditions.map(\.key)).union(transaction.changes.map(\.key))
        var found: [String: StoredEntry] = [:]
        for key in keys {
            found[key] = try Row.fetchOne(
                db, sql: "SELECT key, value, created, modified FROM entries WHERE key = ?",
                arguments: [key]
            ).map(Self.entry)
        }
        let holds = transaction.conditions.allSatisfy { condition in
            switch condition {
            case .absent(let key): found[key] == nil
            case .modified(let key, let revision): found[key]?.modRevision == revision
            case .created(let key, let revision): found[key]?.createRevision == revision
            }
        }
        guard holds else {
            let compared = Set(transaction.conditions.map(\.key))
            let entries = found.values.filter { compared.contains($0.key) }.sorted {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }
            return .conflict(StoredEntries(entries: entries, revision: revision))
        }
        let next = Int64(revision) + 1
        var isChanged = false
        for change in transaction.changes {
            switch change {
            case .put(let key, let value):
                isChanged = true
                try db.execute(
                    sql: """
                        INSERT INTO entries(key, value, created, modified) VALUES(?, ?, ?, ?)
                        ON CONFLICT(key) DO UPDATE
                        SET value = excluded.value, modified = excluded.modified
                        """, arguments: [key, Data(value), next, next])
            case .delete(let key) where found[key] != nil:
                isChanged = true
                try db.execute(sql: "DELETE FROM entries WHERE key = ?", arguments: [key])
            case .delete: break
            }
        }
        guard isChanged else { return .committed(revision: revision) }
        try db.execute(sql: "UPDATE state SET revision = ?", arguments: [next])
        return .committed(revision: UInt64(next))
    }

    private static func entry(_ row: Row) -> StoredEntry {
        let value: Data = row[1]
        let created: Int64 = row[2]
        let modified: Int64 = row[3]
        return StoredEntry(
            key: row[0], value: [UInt8](value), createRevision: UInt64(clamping: created),
            modRevision: UInt64(clamping: modified))
    }

    private static func revision(_ db: Database) throws -> UInt64 {
        guard let revision = try Int64.fetchOne(db, sql: "SELECT revision FROM state") else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        return UInt64(clamping: revision)
    }

    /// Creates the schema in an empty file; refuses a file that is not of this format.
    private static func settle(_ db: Database) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if id == Self.applicationID, version == Self.version { return }
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard id == 0, version == 0, tables == 0 else {
            throw CoordinatorStoreError(
                .broken, "The coordinator's file is of another program or version.")
        }
        try db.inTransaction(.immediate) {
            try db.execute(
                sql: """
                    CREATE TABLE entries(
                        key TEXT PRIMARY KEY NOT NULL,
                        value BLOB NOT NULL,
                        created INTEGER NOT NULL,
                        modified INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE state(revision INTEGER NOT NULL);
                    INSERT INTO state(revision) VALUES(1);
                    PRAGMA application_id = \(Self.applicationID);
                    PRAGMA user_version = \(Self.version);
                    """)
            return .commit
        }
    }

    /// Sorts whatever GRDB threw. Its message and SQL are left behind: they may hold values.
    private static func sorted(_ error: any Error, changes: Bool) -> CoordinatorStoreError {
        if let known = error as? CoordinatorStoreError { return known }
        guard let database = error as? DatabaseError else {
            return CoordinatorStoreError(
                changes ? .unknownOutcome : .unavailable, "The coordinator's file did not answer.")
        }
        switch database.resultCode {
        case .SQLITE_FULL:
            return CoordinatorStoreError(
                .full, "The coordinator's disk is full: make room for its file.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return CoordinatorStoreError(
                .unavailable, "Another process has the coordinator's file open.")
        case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return CoordinatorStoreError(
                .broken,
                "The coordinator's file cannot be read or written. Check its disk, and restore "
                    + "the file from a backup if it is damaged.")
        case .SQLITE_CANTOPEN:
            return CoordinatorStoreError(
                .broken, "The coordinator's file cannot be opened. Check its folder.")
        default:
            return CoordinatorStoreError(
                changes ? .unknownOutcome : .unavailable, "The coordinator's file failed.")
        }
    }
}
