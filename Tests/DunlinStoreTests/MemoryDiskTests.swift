import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

/// The faults that a simulated disk can be asked for.
@Suite struct MemoryDiskTests {
    let disk = MemoryDisk(commits: .whenAsked)

    @Test func `a crash loses what waits and answers none of it`() throws {
        let answers = Mutex<[UInt64]>([])
        func append(_ op: UInt64) {
            self.disk.journal.append(batch(shard: 1, op: op)) { _ in
                answers.withLock { $0.append(op) }
            }
        }
        append(1)
        append(2)
        append(3)
        #expect(self.disk.journal.commit(1) == 1)
        self.disk.crash(survivors: 1)
        #expect(self.disk.journal.commit() == 0)
        #expect(answers.withLock { $0 } == [1])
        #expect(try self.disk.journal.heads().map(\.op) == [2])
    }

    @Test func `a failed group stalls its shards until the next op comes again`() throws {
        let answers = Mutex<[String]>([])
        func append(_ shard: UInt32, _ op: UInt64) {
            self.disk.journal.append(batch(shard: shard, op: op)) { result in
                answers.withLock {
                    $0.append("\(shard).\(op) \(result.code?.rawValue ?? "ok")")
                }
            }
        }
        self.disk.journal.failNext(with: StoreError(.full, operation: "append batch"))
        append(1, 1)
        self.disk.journal.commit()
        append(1, 2)
        append(2, 1)
        append(1, 1)
        append(1, 2)
        self.disk.journal.commit()
        // A shard without a batch may start anywhere, but not after a refusal.
        #expect(
            answers.withLock { $0 } == ["1.1 full", "1.2 full", "2.1 ok", "1.1 ok", "1.2 ok"])
    }
}
