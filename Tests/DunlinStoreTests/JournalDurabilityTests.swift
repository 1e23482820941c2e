import DunlinCore
import DunlinPorts
import DunlinStore
import Foundation
import GRDB
import Synchronization
import Testing

/// What the journal keeps when its process, its disk or its neighbours fail.
@Suite struct JournalDurabilityTests {
    /// The child appends to eight shards, notes each acknowledged batch in a file, and kills
    /// itself while others are queued or being written. What is noted must be there.
    @Test(arguments: [1, 7, 40, 133, 260])
    func `nothing acknowledged is missing after kill -9`(acknowledged: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, acknowledged] in
            let directory = try DataDirectory(
                path: path + "/data", creating: TemporaryFolder.identity
            ) { _ in exit(3) }
            let notes = open(path + "/notes", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            let count = Atomic<Int>(0)
            for op in UInt64(1)... {
                for shard in UInt32(0)..<8 {
                    directory.journal.append(batch(shard: shard, op: op, bytes: 5000)) { result in
                        guard case .success = result else { return }
                        let line = Array("\(shard) \(op)\n".utf8)
                        _ = write(notes, line, line.count)
                        let (_, now) = count.add(1, ordering: .relaxed)
                        if now == acknowledged { kill(getpid(), SIGKILL) }
                    }
                }
            }
        }

        let text = try String(contentsOfFile: path + "/notes", encoding: .utf8)
        let notes = text.split(separator: "\n").map {
            $0.split(separator: " ").compactMap { UInt64($0) }
        }
        #expect(notes.count >= acknowledged)
        let directory = try folder.open(creating: nil)
        defer { try? directory.close() }
        for note in notes {
            let expected = batch(shard: UInt32(note[0]), op: note[1], bytes: 5000)
            #expect(try directory.journal.batch(shard: expected.shard, op: note[1]) == expected)
        }
        for head in try directory.journal.heads() {
            let stored = try directory.journal.batches(shard: head.shard, fromOp: 1, limit: .max)
            #expect(stored.map(\.op) == Array(1...head.op))
            let next = await directory.journal.append(batch(shard: head.shard, op: head.op + 1))
            #expect(next.code == nil)
        }
    }

    @Test func `a full disk refuses, keeps what it had, and goes on when there is room`()
        async throws
    {
        let folder = try TemporaryFolder()
        let disk = try SmallDisk(folder: folder, megabytes: 4)
        defer { disk.unmount() }
        let ballast = disk.path + "/ballast"
        try Data(repeating: 1, count: 1 << 20).write(to: URL(filePath: ballast))
        let directory = try DataDirectory(
            path: disk.path + "/data", creating: TemporaryFolder.identity
        ) { Issue.record("fatal: \($0)") }

        var op: UInt64 = 0
        var answer = Result<Void, StoreError>.success(())
        while answer.code == nil, op < 200 {
            op += 1
            answer = await directory.journal.append(batch(shard: 1, op: op, bytes: 100_000))
        }
        #expect(answer.code == .full)
        // The batch behind the refused one would leave a gap.
        let behind = await directory.journal.append(batch(shard: 1, op: op + 1, bytes: 10))
        #expect(behind.code == .full)
        #expect(try directory.journal.heads().map(\.op) == [op - 1])

        try FileManager.default.removeItem(atPath: ballast)
        let again = await directory.journal.append(batch(shard: 1, op: op, bytes: 100_000))
        #expect(again.code == nil)
        try directory.close()

        let reopened = try DataDirectory(path: disk.path + "/data", creating: nil) {
            Issue.record("fatal: \($0)")
        }
        defer { try? reopened.close() }
        let stored = try reopened.journal.batches(shard: 1, fromOp: 1, limit: .max)
        #expect(stored == (1...op).map { batch(shard: 1, op: $0, bytes: 100_000) })
    }

    /// A limit on file sizes makes the child's writes fail with EFBIG, which SQLite reports as an
    /// I/O error and not as a full disk.
    @Test func `an I/O error ends the process before the batch is answered`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .exitCode(77)) { [path = path as String] in
            let directory = try DataDirectory(
                path: path + "/data", creating: TemporaryFolder.identity
            ) { error in exit(error.code == .failed ? 77 : 78) }
            let first = await directory.journal.append(batch(shard: 1, op: 1, bytes: 1000))
            guard first.code == nil else { exit(79) }
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 18, rlim_max: 1 << 18)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            _ = await directory.journal.append(batch(shard: 1, op: 2, bytes: 1 << 20))
            exit(80)
        }
        let directory = try folder.open(creating: nil)
        defer { try? directory.close() }
        #expect(try directory.journal.heads().map(\.op) == [1])
    }

    @Test func `what is queued while the file is locked shares one commit`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open()
        let other = try DatabaseQueue(path: directory.path + "/journal.db")
        let answers = Mutex<[Int: StoreError.Code?]>([:])
        try await other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            for index in 0..<50 {
                directory.journal.append(batch(shard: UInt32(index % 5), op: UInt64(index / 5 + 1)))
                {
                    result in answers.withLock { $0[index] = result.code }
                }
            }
            #expect(answers.withLock { $0.isEmpty })
            try db.execute(sql: "ROLLBACK")
        }
        try directory.close()
        #expect(answers.withLock { $0.values.filter { $0 == nil }.count } == 50)
        // The first may have been taken before the others came.
        #expect(directory.journal.figures.commits <= 2)
    }

    @Test func `more than the queue holds is refused at once`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open(limits: JournalLimits(queuedBytesMax: 10_000))
        let other = try DatabaseQueue(path: directory.path + "/journal.db")
        let answers = Mutex<[UInt64: StoreError.Code?]>([:])
        try await other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            for op in UInt64(1)...20 {
                directory.journal.append(batch(shard: 1, op: op, bytes: 1000)) { result in
                    answers.withLock { $0[op] = result.code }
                }
            }
            // 1,000 bytes and what a batch costs besides: seven fit.
            #expect(answers.withLock { $0.keys.sorted() } == Array(8...20))
            try db.execute(sql: "ROLLBACK")
        }
        try directory.close()
        let codes = answers.withLock { given in (UInt64(1)...20).map { given[$0] ?? .failed } }
        #expect(codes == (1...20).map { $0 <= 7 ? nil : .busy })
    }

    @Test func `a closed journal refuses`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open()
        try directory.close()
        #expect(await directory.journal.append(batch(shard: 1, op: 1)).code == .failed)
        #expect(throws: StoreError.self) { try directory.journal.heads() }
    }
}

/// A file system of its own size in memory.
private struct SmallDisk {
    let path: String

    init(folder: TemporaryFolder, megabytes: Int) throws {
        self.path = folder.path + "/small"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: false)
        try #require(
            mount("tmpfs", self.path, "tmpfs", 0, "size=\(megabytes)m") == 0,
            "this test mounts a tmpfs: run it as root")
    }

    func unmount() {
        umount2(self.path, Int32(MNT_DETACH))
    }
}
