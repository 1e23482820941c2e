import DunlinCore
import DunlinPorts
import DunlinStore
import Foundation
import GRDB
import Testing

/// Who may open a data directory, and what they are told otherwise.
@Suite struct DataDirectoryTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    @Test func `a reopened directory is as it was left`() async throws {
        let row = EntityRow(key: account("a"), dueAt: Timestamp(ms: 5), body: [1])
        let key = WrappedKey(entity: account("a"), wrapped: [4, 5])
        let first = try self.folder.open()
        _ = await first.journal.append(batch(shard: 2, op: 1, newKeys: [key]))
        try first.rows.fold(shard: 2, rows: [row], foldedOp: 1)
        try first.meta.set("fact", [7])
        try first.close()

        var other = TemporaryFolder.identity
        other.origin = ClusterOrigin(cluster: 1, generation: 9)
        let second = try self.folder.open(creating: other)
        defer { try? second.close() }
        #expect(second.identity == TemporaryFolder.identity)
        #expect(try second.journal.batch(shard: 2, op: 1) == batch(shard: 2, op: 1))
        #expect(try second.rows.rows(shard: 2, keys: [account("a")]) == [row])
        #expect(try second.keys.keys([account("a")]) == [[4, 5]])
        #expect(try second.meta.value("fact") == [7])
        #expect(await second.journal.append(batch(shard: 2, op: 2)).code == nil)
    }

    @Test func `a second opener is refused and told who holds it`() throws {
        let first = try self.folder.open()
        let error = #expect(throws: DirectoryError.self) { try self.folder.open() }
        #expect(error?.code == .inUse)
        #expect(error?.message.contains("process \(getpid())") == true)

        try first.close()
        try self.folder.open().close()
    }

    @Test func `another number of shards is refused`() throws {
        try self.folder.open().close()
        var other = TemporaryFolder.identity
        other.shardCount = 64
        let error = #expect(throws: DirectoryError.self) { try self.folder.open(creating: other) }
        #expect(error?.code == .shardCountMismatch)
        #expect(error?.message.contains("256") == true)
    }

    @Test func `nothing is created where nothing was asked to be`() throws {
        let error = #expect(throws: DirectoryError.self) { try self.folder.open(creating: nil) }
        #expect(error?.code == .absent)
        #expect(!FileManager.default.fileExists(atPath: self.folder.path + "/data"))
    }

    @Test func `a journal without its keys is refused, without rows it is not`() async throws {
        let first = try self.folder.open()
        _ = await first.journal.append(batch(shard: 1, op: 1))
        try first.close()
        let data = self.folder.path + "/data/"
        try FileManager.default.removeItem(atPath: data + "rows.db")
        let second = try self.folder.open()
        #expect(try second.rows.foldedOps().isEmpty)
        try second.close()

        try FileManager.default.moveItem(atPath: data + "keys.db", toPath: data + "elsewhere")
        let error = #expect(throws: DirectoryError.self) { try self.folder.open() }
        #expect(error?.code == .keysMissing)
        try FileManager.default.moveItem(atPath: data + "elsewhere", toPath: data + "keys.db")
        try self.folder.open().close()
    }

    @Test(arguments: ["PRAGMA user_version = 99", "PRAGMA application_id = 1"])
    func `a file of another version or program is refused`(change: String) throws {
        try self.folder.open().close()
        let database = try DatabaseQueue(path: self.folder.path + "/data/journal.db")
        try database.writeWithoutTransaction { try $0.execute(sql: change) }
        try database.close()
        let error = #expect(throws: DirectoryError.self) { try self.folder.open() }
        #expect(error?.code == .incompatible)
    }

    @Test func `a file that is no database is refused as damaged`() throws {
        try self.folder.open().close()
        let path = self.folder.path + "/data/journal.db"
        try Data(repeating: 0x58, count: 100_000).write(to: URL(filePath: path))
        let error = #expect(throws: DirectoryError.self) { try self.folder.open() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("journal.db") == true)
    }

    @Test func `a damaged page is reported and not read as data`() async throws {
        let first = try self.folder.open()
        for op in UInt64(1)...40 {
            _ = await first.journal.append(batch(shard: 1, op: op, bytes: 3000))
        }
        try first.close()
        let file = try FileHandle(forUpdating: URL(filePath: self.folder.path + "/data/journal.db"))
        // Every page but the first, which has the schema: the table's pages among them.
        let end = try file.seekToEnd()
        for page in stride(from: UInt64(16384), to: end, by: 16384) {
            try file.seek(toOffset: page)
            try file.write(contentsOf: [UInt8](repeating: 0xEE, count: 64))
        }
        try file.close()

        let error = #expect(throws: DirectoryError.self) { try self.folder.open() }
        #expect(error?.code == .corrupt)
    }

    @Test func `a destroyed key is in no file`() async throws {
        let directory = try self.folder.open()
        let secret = Array("a sealing key that must be forgotten".utf8)
        let kept = Array("a sealing key that stays where it is".utf8)
        let keys = [
            WrappedKey(entity: account("gone"), wrapped: secret),
            WrappedKey(entity: account("kept"), wrapped: kept),
        ]
        _ = await directory.journal.append(batch(shard: 1, op: 1, newKeys: keys))
        #expect(try self.filesWith(secret).sorted() == ["keys.db-wal"])

        try directory.keys.destroy(account("gone"))
        #expect(try self.filesWith(secret) == [])
        #expect(try self.filesWith(kept) == ["keys.db"])
        try directory.close()
        #expect(try self.filesWith(secret) == [])
    }

    private func filesWith(_ bytes: [UInt8]) throws -> [String] {
        let data = URL(filePath: self.folder.path + "/data")
        return try FileManager.default.contentsOfDirectory(atPath: data.path).filter { name in
            try Data(contentsOf: data.appending(path: name)).firstRange(of: bytes) != nil
        }
    }
}
