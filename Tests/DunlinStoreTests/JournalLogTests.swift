import DunlinCore
import DunlinPorts
import GRDB
import Synchronization
import Testing

@testable import DunlinStore

/// The write-ahead log stays bounded, whoever reads.
@Suite struct JournalLogTests {
    static let limits = JournalLimits(
        checkpointBytes: 256 << 10, logBytesMax: 2 << 20, readerAgeMax: .zero)

    @Test func `the writer copies the log by itself`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open(limits: Self.limits)
        defer { try? directory.close() }
        for op in UInt64(1)...100 {
            _ = await directory.journal.append(batch(shard: 1, op: op, bytes: 100_000))
        }
        #expect(directory.journal.file.logBytes < 1 << 20)
        #expect(directory.journal.figures.checkpoints >= 10)
        #expect(directory.journal.figures.interruptedReaders == 0)
    }

    @Test func `a reader of ours that holds back the log is stopped`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open(limits: Self.limits)
        let journal = directory.journal
        for op in UInt64(1)...3 { _ = await journal.append(batch(shard: 1, op: op)) }

        let answers = Mutex<[StoreError.Code?]>([])
        let error = #expect(throws: StoreError.self) {
            try journal.file.read("hold back the log") { db in
                let slow = try db.makeStatement(sql: "SELECT id FROM journal")
                #expect(try slow.next("hold back the log"))
                for op in UInt64(4)...60 {
                    journal.append(batch(shard: 1, op: op, bytes: 100_000)) { result in
                        answers.withLock { $0.append(result.code) }
                    }
                }
                let deadline = ContinuousClock.now + .seconds(60)
                while journal.figures.interruptedReaders == 0, .now < deadline {}
                while try slow.next("hold back the log") {}
            }
        }
        #expect(error?.code == .busy)
        try directory.close()
        // Each is stored, or refused for the moment with nothing written; none fails.
        #expect(answers.withLock { $0.count } == 57)
        #expect(answers.withLock { $0.allSatisfy { $0 == nil || $0 == .busy } })
        #expect(journal.figures.interruptedReaders > 0)
    }

    @Test func `a foreign reader leads to back-pressure, not to a full disk`() async throws {
        let folder = try TemporaryFolder()
        let directory = try folder.open(limits: Self.limits)
        defer { try? directory.close() }
        let journal = directory.journal
        _ = await journal.append(batch(shard: 1, op: 1))

        let foreign = try DatabaseQueue(path: directory.path + "/journal.db")
        let op = try await foreign.read { db in
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM journal")
            return Self.appendUntilBusy(journal)
        }
        #expect(op < 200)
        #expect(journal.figures.isHeldBack)
        #expect(journal.file.logBytes < 4 << 20)

        #expect(await journal.append(batch(shard: 1, op: op, bytes: 100_000)).code == nil)
        // The figures follow the answer: the log is copied when nobody waits any more.
        let deadline = ContinuousClock.now + .seconds(60)
        while journal.figures.isHeldBack, .now < deadline { await Task.yield() }
        #expect(!journal.figures.isHeldBack)
        let stored = try journal.batches(shard: 1, fromOp: 1, limit: .max)
        #expect(stored.map(\.op) == Array(1...op))
    }

    /// Answers the op that was refused.
    private static func appendUntilBusy(_ journal: SQLiteJournal) -> UInt64 {
        let refused = Mutex<UInt64?>(nil)
        let done = Mutex<UInt64>(1)
        var op: UInt64 = 1
        while refused.withLock({ $0 }) == nil, op < 200 {
            op += 1
            let current = op
            journal.append(batch(shard: 1, op: current, bytes: 100_000)) { result in
                if case .failure = result { refused.withLock { $0 = $0 ?? current } }
                done.withLock { $0 = current }
            }
            while done.withLock({ $0 }) < current {}
        }
        return refused.withLock { $0 } ?? op
    }
}
