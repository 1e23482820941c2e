package import DunlinCore
package import DunlinPorts
import GRDB
import GRDBSQLite

// Snapshot rows, as they lie in `rows.db` (SQLite, write-ahead log, 8 KiB pages).
//
//     rows      (shard, tenant, kind, key) → due, body; in the order of their key
//               due   milliseconds since 1970, NULL for none; indexed by (shard, due) where set
//               body  the entity's snapshot, dunlin.v1.AccountSnapshot for an account
//     folded    shard → op
//
// Invariants:
//
// (1) A shard's rows are the entities as they were after its folded op: rows and op change in one
//     transaction.
// (2) A shard's folded op never falls, and never passes what is committed; the caller sees to the
//     second.
// (3) The file may be lost: folding the whole journal makes it again.

/// The snapshot rows of a data directory. Any thread may read; folds wait for one another.
package final class SQLiteRows: RowStore, Sendable {
    private let file: StoreFile

    /// Bytes of write-ahead log after which a fold copies it into the database file.
    private static let checkpointBytes = 64 << 20

    init(file: StoreFile) {
        self.file = file
    }

    package func fold(
        shard: UInt32, rows: [EntityRow], foldedOp: UInt64
    ) throws(StoreError) {
        try self.file.write("fold rows") { db in
            let upsert = try db.cachedStatement(
                sql: """
                    INSERT INTO rows(tenant, kind, key, shard, due, body)
                    VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET due = excluded.due, body = excluded.body
                    """)
            upsert.bind(Int64(shard), at: 4)
            for row in rows { try Self.put(row, upsert) }
            let mark = try db.cachedStatement(
                sql: """
                    INSERT INTO folded(shard, op) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET op = excluded.op WHERE excluded.op > op
                    """)
            mark.bind(Int64(shard), at: 1)
            mark.bind(Int64(bitPattern: foldedOp), at: 2)
            try mark.run("fold rows")
        }
        guard self.file.logBytes > Self.checkpointBytes else { return }
        // What is not copied now is copied after a later fold.
        self.file.copyLog(SQLITE_CHECKPOINT_RESTART)
    }

    package func rows(shard: UInt32, keys: [EntityKey]) throws(StoreError) -> [EntityRow?] {
        try self.file.read("read rows") { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT due, body FROM rows
                    WHERE tenant = ? AND kind = ? AND key = ? AND shard = ?
                    """)
            defer { statement.reset() }
            statement.bind(Int64(shard), at: 4)
            return try keys.map { key in
                try statement.withEntity(key, from: 1) { statement throws(StoreError) in
                    defer { statement.reset() }
                    guard try statement.next("read rows") else { return nil }
                    return EntityRow(
                        key: key, dueAt: Timestamp(ms: statement.integer(0)),
                        body: statement.bytes(1))
                }
            }
        }
    }

    package func dueKeys(
        shard: UInt32, after last: DueKey?, before until: Timestamp, limit: Int
    ) throws(StoreError)
        -> [DueKey]
    {
        let last = last ?? DueKey(before: Timestamp(ms: .min))
        return try self.file.read("read due rows") { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT tenant, kind, key, due FROM rows
                    WHERE shard = ?4 AND due >= ?5 AND due < ?6
                        AND (due, tenant, kind, key) > (?5, ?1, ?2, ?3)
                    ORDER BY due, tenant, kind, key LIMIT ?7
                    """)
            defer { statement.reset() }
            statement.bind(Int64(shard), at: 4)
            statement.bind(last.dueAt.ms, at: 5)
            statement.bind(until.ms, at: 6)
            statement.bind(Int64(max(0, limit)), at: 7)
            return try statement.withEntity(last.key, from: 1) { statement throws(StoreError) in
                defer { statement.reset() }
                var found: [DueKey] = []
                while try statement.next("read due rows") {
                    let key = try Self.key(statement)
                    found.append(DueKey(key: key, dueAt: Timestamp(ms: statement.integer(3))))
                }
                return found
            }
        }
    }

    package func scan(shard: UInt32, _ body: (EntityRow) -> Bool) throws(StoreError) {
        try self.file.read("scan rows") { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT tenant, kind, key, due, body FROM rows
                    WHERE shard = ? ORDER BY tenant, kind, key
                    """)
            defer { statement.reset() }
            statement.bind(Int64(shard), at: 1)
            while try statement.next("scan rows") {
                let row = EntityRow(
                    key: try Self.key(statement), dueAt: Timestamp(ms: statement.integer(3)),
                    body: statement.bytes(4))
                guard body(row) else { break }
            }
        }
    }

    package func foldedOps() throws(StoreError) -> [UInt32: UInt64] {
        try self.file.read("read folded ops") { db in
            let statement = try db.cachedStatement(sql: "SELECT shard, op FROM folded")
            defer { statement.reset() }
            var ops: [UInt32: UInt64] = [:]
            while try statement.next("read folded ops") {
                let shard = UInt32(truncatingIfNeeded: statement.integer(0))
                ops[shard] = UInt64(bitPattern: statement.integer(1))
            }
            return ops
        }
    }

    func close() throws(StoreError) {
        try self.file.close()
    }

    @inline(__always)
    private static func put(_ row: EntityRow, _ upsert: Statement) throws(StoreError) {
        if row.dueAt.ms == 0 {
            upsert.bindNull(at: 5)
        } else {
            upsert.bind(row.dueAt.ms, at: 5)
        }
        try upsert.withEntity(row.key, from: 1) { upsert throws(StoreError) in
            try upsert.run("fold rows", binding: row.body, at: 6)
        }
    }

    private static func key(_ statement: Statement) throws(StoreError) -> EntityKey {
        guard let kind = EntityKind(rawValue: UInt8(truncatingIfNeeded: statement.integer(1)))
        else { throw StoreError(.corrupt, operation: "read a row's kind") }
        return EntityKey(tenant: statement.text(0), kind: kind, key: statement.text(2))
    }
}
