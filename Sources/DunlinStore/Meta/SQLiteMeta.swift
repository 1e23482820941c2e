package import DunlinPorts
import GRDB

/// Small facts in the table `meta` of `journal.db`: `name → value`.
package final class SQLiteMeta: MetaStore, Sendable {
    private let file: StoreFile

    init(file: StoreFile) {
        self.file = file
    }

    package func value(_ name: String) throws(StoreError) -> [UInt8]? {
        try self.file.read("read a fact") { db in
            let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?")
            defer { statement.reset() }
            var name = name
            return try name.withUTF8 { name in
                statement.bind(text: name, at: 1)
                return try statement.next("read a fact") ? statement.bytes(0) : nil
            }
        }
    }

    package func set(_ name: String, _ value: [UInt8]) throws(StoreError) {
        try self.file.write("set a fact") { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)")
            var name = name
            try name.withUTF8 { name in
                statement.bind(text: name, at: 1)
                try statement.run("set a fact", binding: value, at: 2)
            }
        }
    }
}
