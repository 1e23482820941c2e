import DunlinPorts
import Foundation
import GRDB
import GRDBSQLite

/// One open database file in WAL mode: a serial writing connection and a few reading ones.
///
/// GRDB opens, closes and hands out the connections; hot paths use its statements through
/// SQLite's own functions, so that no blob is copied.
final class StoreFile: Sendable {
    let format: FileFormat
    let path: String
    private let pool: DatabasePool
    private let reading: ReaderRegistry

    /// Opens the file, and creates it when `mayCreate` is set and it is not there.
    ///
    /// Throws code `incompatible` for a file of another program or version, `corrupt` for one that
    /// is no database.
    init(_ format: FileFormat, directory: String, mayCreate: Bool) throws(StoreError) {
        let path = directory + "/" + format.name
        if !mayCreate, !FileManager.default.fileExists(atPath: path) {
            throw StoreError(.failed, operation: "open \(format.name)", nativeCode: SQLITE_CANTOPEN)
        }
        self.format = format
        self.path = path
        self.reading = ReaderRegistry()
        do {
            let pool = try DatabasePool(path: path, configuration: Self.configuration(format))
            try pool.writeWithoutTransaction { db in
                // GRDB chooses NORMAL in WAL mode, which may lose commits on power loss.
                let level = format.isRebuildable ? "NORMAL" : "FULL"
                try db.execute(
                    sql: "PRAGMA synchronous = \(level); PRAGMA wal_autocheckpoint = 0")
                try Self.settle(format, db)
            }
            self.pool = pool
        } catch {
            throw StoreError(error, operation: "open \(format.name)")
        }
    }

    /// Runs `body` in a read transaction on a connection of its own, whatever the writer does.
    func read<T>(
        _ operation: StaticString, _ body: (Database) throws -> T
    ) throws(StoreError) -> T {
        do {
            return try self.pool.read { db in
                let ticket = self.reading.enter(db.sqliteConnection)
                defer { self.reading.leave(ticket) }
                return try body(db)
            }
        } catch {
            throw StoreError(error, operation: "\(operation)")
        }
    }

    /// Runs `body` on the writing connection, after all who asked before. No transaction is begun.
    func withWriter<T>(
        _ operation: StaticString, _ body: (Database) throws -> T
    ) throws(StoreError) -> T {
        do {
            return try self.pool.writeWithoutTransaction(body)
        } catch {
            throw StoreError(error, operation: "\(operation)")
        }
    }

    /// Runs `body` in one transaction, durable when this returns; rolled back when it throws.
    func write<T>(
        _ operation: StaticString, _ body: (Database) throws -> T
    ) throws(StoreError) -> T {
        do {
            return try self.pool.writeWithoutTransaction { db in
                var result: T?
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    return .commit
                }
                guard let result else { throw StoreError(.failed, operation: "\(operation)") }
                return result
            }
        } catch {
            throw StoreError(error, operation: "\(operation)")
        }
    }

    /// Stops the reads that began longer ago than `age`; they end with code `busy`.
    ///
    /// Answers how many there were.
    func interruptReaders(olderThan age: Duration) -> Int {
        self.reading.interrupt(olderThan: age)
    }

    /// Bytes of the write-ahead log on disk.
    var logBytes: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: self.path + "-wal")
        return (attributes?[.size] as? Int) ?? 0
    }

    /// Copies the write-ahead log into the database file, as `sqlite3_wal_checkpoint_v2` does.
    ///
    /// Readers that must let go first are waited for, but not for longer than `waitMs`. Answers
    /// SQLite's extended result code, and how many frames the log still has; -1 when that is not
    /// known.
    @discardableResult
    func copyLog(_ mode: Int32, waitMs: Int32 = 5000) -> (code: Int32, frames: Int32) {
        var frames: Int32 = -1
        let code = try? self.withWriter("copy the log") { db in
            sqlite3_busy_timeout(db.sqliteConnection, waitMs)
            defer { sqlite3_busy_timeout(db.sqliteConnection, 5000) }
            let code = sqlite3_wal_checkpoint_v2(db.sqliteConnection, nil, mode, &frames, nil)
            return code == SQLITE_OK ? code : sqlite3_extended_errcode(db.sqliteConnection)
        }
        return (code ?? SQLITE_ERROR, frames)
    }

    /// Waits for readers and the writer, then closes every connection.
    func close() throws(StoreError) {
        for attempt in 1...Self.closeTriesMax {
            do {
                // The writing connection must be the last to go: it copies and deletes the log.
                self.pool.invalidateReadOnlyConnections()
                try self.pool.close()
                return
            } catch {
                let failure = StoreError(error, operation: "close \(self.format.name)")
                // A reader lets go of its statement a moment after it has answered.
                guard failure.code == .busy, attempt < Self.closeTriesMax else { throw failure }
                usleep(Self.closeWaitMicroseconds)
            }
        }
    }

    /// How often closing is tried, and how long between two tries: two seconds in all.
    private static let closeTriesMax = 100
    private static let closeWaitMicroseconds: UInt32 = 20_000

    private static func configuration(_ format: FileFormat) -> Configuration {
        var configuration = Configuration()
        configuration.label = "dunlin.\(format.name)"
        configuration.maximumReaderCount = format.readersMax
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            let isReader = sqlite3_db_readonly(db.sqliteConnection, "main") == 1
            try db.execute(
                sql: """
                    PRAGMA page_size = \(format.pageBytes);
                    PRAGMA cell_size_check = ON;
                    PRAGMA cache_size = -\(isReader ? format.readerCacheKiB : format.cacheKiB);
                    PRAGMA journal_size_limit = 67108864;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA secure_delete = \(format.secureDelete ? "ON" : "OFF");
                    """)
        }
        return configuration
    }

    /// Creates the schema in an empty file; refuses a file that is not of this format.
    private static func settle(_ format: FileFormat, _ db: Database) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if id == format.applicationID, version == format.version { return }
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard id == 0, version == 0, tables == 0 else {
            throw StoreError(.incompatible, operation: "open \(format.name)")
        }
        try db.inTransaction(.immediate) {
            try db.execute(
                sql: format.schema + """

                    PRAGMA application_id = \(format.applicationID);
                    PRAGMA user_version = \(format.version);
                    """)
            return .commit
        }
    }
}
