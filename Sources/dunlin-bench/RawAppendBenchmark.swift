import Foundation
import GRDBSQLite

/// What SQLite alone takes for the bytes that a workload journals: the measure that the engine's
/// own rate is set against, in the same run on the same disk.
///
/// One connection, one thread, prepared statements, no engine, no hash, no reader. Batches of one
/// size go round the shards, some of them in one transaction, into a table like the journal's.
struct RawAppendBenchmark {
    struct Setting {
        var transitions: Int
        /// Bytes of records for each transition, keys and framing included.
        var bytesPerTransition: Int
        /// Bytes of records in one row.
        var batchBytes: Int
        var batchesPerCommit: Int
        var shards: Int
        /// Kept; `journal-raw.db` in it is replaced.
        var directory: String

        init(
            transitions: Int, bytesPerTransition: Int, batchBytes: Int = 128 * 1024,
            batchesPerCommit: Int = 16, shards: Int = 256, directory: String
        ) {
            self.transitions = transitions
            self.bytesPerTransition = bytesPerTransition
            self.batchBytes = batchBytes
            self.batchesPerCommit = batchesPerCommit
            self.shards = shards
            self.directory = directory
        }
    }

    struct Figures {
        var transitions: Int
        var bytes: Int
        var wallSeconds: Double
        /// User and system time of the whole process.
        var cpuSeconds: Double

        var transitionsPerSecond: Double { Double(self.transitions) / self.wallSeconds }
        var cpuMicrosPerTransition: Double {
            self.cpuSeconds * 1_000_000 / Double(self.transitions)
        }
        var bytesPerSecond: Double { Double(self.bytes) / self.wallSeconds }
    }

    /// SQLite refused something; `code` is its extended result code.
    struct Failure: Error, CustomStringConvertible {
        var step: String
        var code: Int32

        var description: String { "raw append: \(self.step) failed with SQLite code \(self.code)" }
    }

    let setting: Setting

    func run() throws(Failure) -> Figures {
        let path = self.setting.directory + "/journal-raw.db"
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let connection = opened else {
            throw Failure(step: "open", code: code)
        }
        defer {
            sqlite3_close(connection)
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        }
        try Self.execute(
            """
            PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096;
            CREATE TABLE journal(
                id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, hash BLOB NOT NULL,
                records BLOB NOT NULL)
            """, connection)
        return try self.append(connection)
    }

    private func append(_ connection: OpaquePointer) throws(Failure) -> Figures {
        let insert = try Self.prepare("INSERT INTO journal VALUES (?, 1, ?, ?)", connection)
        defer { sqlite3_finalize(insert) }
        let total = self.setting.transitions * self.setting.bytesPerTransition
        let batches = max(1, (total + self.setting.batchBytes - 1) / self.setting.batchBytes)
        var records = (0..<self.setting.batchBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let hash = [UInt8](repeating: 7, count: 32)

        let clock = ContinuousClock()
        let start = (clock.now, processCPUSeconds())
        var written = 0
        while written < batches {
            let group = min(self.setting.batchesPerCommit, batches - written)
            try Self.execute("BEGIN IMMEDIATE", connection)
            for index in written..<written + group {
                let shard = Int64(index % self.setting.shards)
                let op = Int64(index / self.setting.shards + 1)
                records[0] = UInt8(truncatingIfNeeded: index)
                let code = hash.withUnsafeBytes { hash in
                    records.withUnsafeBytes { records in
                        sqlite3_bind_int64(insert, 1, shard << 48 | op)
                        sqlite3_bind_blob(insert, 2, hash.baseAddress, 32, nil)
                        sqlite3_bind_blob(
                            insert, 3, records.baseAddress, Int32(records.count), nil)
                        return sqlite3_step(insert)
                    }
                }
                sqlite3_reset(insert)
                guard code == SQLITE_DONE else { throw Failure(step: "insert", code: code) }
            }
            try Self.execute("COMMIT", connection)
            written += group
        }
        let wall = clock.now - start.0
        return Figures(
            transitions: self.setting.transitions, bytes: batches * self.setting.batchBytes,
            wallSeconds: wall / .seconds(1), cpuSeconds: processCPUSeconds() - start.1)
    }

    private static func prepare(
        _ sql: String, _ connection: OpaquePointer
    ) throws(Failure) -> OpaquePointer {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Failure(step: "prepare", code: code) }
        return statement
    }

    private static func execute(_ sql: String, _ connection: OpaquePointer) throws(Failure) {
        let code = sqlite3_exec(connection, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Failure(step: "execute", code: code) }
    }
}
