import DunlinCluster
import DunlinWire
import Foundation

/// Pages of a shard's batches in a file; see ``BackupManifest``.
enum PageFile {
    static let pageBytesMax = 4 << 20

    /// Written in order, synced by ``close()``.
    final class Writer {
        private let handle: FileHandle
        private(set) var bytes: UInt64 = 0

        init(_ path: String) throws(Failure) {
            guard
                FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw Failure("\(path) cannot be written.") }
            self.handle = handle
        }

        func add(_ entry: PrepareEntry) throws {
            guard let sender = NodeID("backup") else { return }
            let page = try PrepareCall.request(from: sender, [entry])
            let count = UInt32(page.count)
            try self.handle.write(
                contentsOf: Data((0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) })
            )
            try self.handle.write(contentsOf: Data(page))
            self.bytes += UInt64(page.count) + 4
        }

        func close() throws {
            try self.handle.synchronize()
            try self.handle.close()
        }
    }

    /// Calls `body` with each page in order. Throws a ``Failure`` that names the file.
    static func read(
        _ path: String, _ body: (PrepareEntry) async throws -> Void
    ) async throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Failure("\(path) is missing from the backup.")
        }
        defer { try? handle.close() }
        while let head = try handle.read(upToCount: 4), !head.isEmpty {
            let count = head.reduce(0) { $0 << 8 | Int($1) }
            guard head.count == 4, (1...Self.pageBytesMax).contains(count),
                let page = try handle.read(upToCount: count), page.count == count,
                let entries = try? PrepareCall.entries(packed: Array(page)).entries,
                let entry = entries.first
            else { throw Failure("\(path) is damaged: use another backup.") }
            try await body(entry)
        }
    }
}
