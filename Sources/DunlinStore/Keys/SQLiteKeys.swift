package import DunlinCore
package import DunlinPorts
import GRDB
import GRDBSQLite

/// Sealing keys in `keys.db`: `(tenant, kind, key) → wrapped`.
///
/// Invariants: (1) a key is durable before the records that were sealed with it; one that no
/// record names may be left over from a refused batch, and the next one replaces it. (2) When
/// ``destroy(_:)`` returns, the key's bytes are in no file: the row was overwritten with zeros
/// (`secure_delete`), the log copied and cut to nothing.
package final class SQLiteKeys: KeyStore, Sendable {
    private let file: StoreFile

    init(file: StoreFile) {
        self.file = file
    }

    package func keys(_ entities: [EntityKey]) throws(StoreError) -> [[UInt8]?] {
        try self.file.read("read keys") { db in
            let statement = try db.cachedStatement(
                sql: "SELECT wrapped FROM keys WHERE tenant = ? AND kind = ? AND key = ?")
            defer { statement.reset() }
            return try entities.map { entity in
                try statement.withEntity(entity, from: 1) { statement throws(StoreError) in
                    let found = try statement.next("read keys") ? statement.bytes(0) : nil
                    statement.reset()
                    return found
                }
            }
        }
    }

    /// Durable when it returns.
    func add(_ keys: [WrappedKey]) throws(StoreError) {
        try self.file.write("add keys") { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO keys(tenant, kind, key, wrapped) VALUES (?, ?, ?, ?)")
            for key in keys {
                try statement.withEntity(key.entity, from: 1) { statement throws(StoreError) in
                    try statement.run("add keys", binding: key.wrapped, at: 4)
                }
            }
        }
        try self.copyLog(SQLITE_CHECKPOINT_PASSIVE, past: 4 << 20)
    }

    package func destroy(_ entity: EntityKey) throws(StoreError) {
        try self.file.write("destroy key") { db in
            let statement = try db.cachedStatement(
                sql: "DELETE FROM keys WHERE tenant = ? AND kind = ? AND key = ?")
            try statement.withEntity(entity, from: 1) { statement throws(StoreError) in
                try statement.run("destroy key")
            }
        }
        try self.copyLog(SQLITE_CHECKPOINT_TRUNCATE, past: 0)
    }

    func close() throws(StoreError) {
        try self.file.close()
    }

    /// Throws `busy` when a reader would not let go; asking again ends the work.
    private func copyLog(_ mode: Int32, past bytes: Int) throws(StoreError) {
        guard self.file.logBytes > bytes else { return }
        let code = self.file.copyLog(mode).code
        guard code == SQLITE_OK || mode == SQLITE_CHECKPOINT_PASSIVE else {
            throw StoreError(sqliteCode: code, operation: "copy the log of keys")
        }
    }
}
