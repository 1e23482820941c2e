import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

@testable import DunlinNode

/// What a node promises about its journal, with a disk whose every commit the test decides.
@Suite("A node on a disk that a test drives", .timeLimit(.minutes(1)))
struct NodeLifeTests {
    /// What callers were told, by any of their tasks.
    private final class Answers: Sendable {
        private let results = Mutex<[IntakeResult]>([])
        var all: [IntakeResult] { self.results.withLock { $0 } }
        func add(_ results: [IntakeResult]) { self.results.withLock { $0 += results } }
    }

    @Test("A reply leaves with the commit and not before")
    func repliesAfterCommit() async throws {
        try await NodeBench.with { bench in
            bench.journal.hold()
            let answered = Answers()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let results = try await bench.node.intake([NodeBench.failure(1)])
                    answered.add(results)
                }
                await bench.journal.arrival()
                await bench.settle()
                #expect(answered.all.isEmpty)
                #expect(try bench.disk.journal.heads().isEmpty)
                bench.journal.commit()
                try await group.waitForAll()
            }
            #expect(answered.all == [.accepted])
            #expect(try bench.disk.journal.heads().map(\.op) == [1])
        }
    }

    @Test("A charge leaves with its intent's commit and not before (Law 1)")
    func effectsAfterCommit() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([NodeBench.failure(1)])
            bench.journal.hold()
            async let advanced: Void = bench.advance(days: 1)
            await bench.journal.arrival()
            await bench.settle()
            #expect(bench.gateway.orders.isEmpty, "the intent is decided and not durable")
            bench.journal.commit()
            await bench.journal.arrival()
            #expect(bench.gateway.orders.count == 1, "its outcome is at the journal")
            bench.journal.release()
            try await advanced
            #expect(try await bench.outcomes(1) == [.approved])
        }
    }

    @Test("A charge whose invoice was paid meanwhile is not sent: the last look")
    func lastLook() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([NodeBench.failure(1)])
            bench.journal.hold()
            async let advanced: Void = bench.advance(days: 1)
            await bench.journal.arrival()
            async let paid = bench.node.intake([NodeBench.payment(1)])
            // Decided while the intent is on its way to the disk.
            while await bench.shard.open.isEmpty { await Task.yield() }
            bench.journal.release()
            #expect(try await paid == [.accepted])
            try await advanced
            #expect(bench.gateway.orders.isEmpty)
            #expect(try await bench.outcomes(1) == [.notSent])
        }
    }

    @Test(
        "After a failed append nothing of memory is kept, and callers are told",
        arguments: [
            (StoreError.Code.failed, "unknownOutcome"), (.full, "storage"),
            (.busy, "unknownOutcome"),
        ])
    func failedAppend(code: StoreError.Code, told: String) async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([NodeBench.failure(1)])
            bench.journal.hold()
            bench.disk.journal.failNext(with: StoreError(code, operation: "append batch"))
            async let answer = bench.node.intake([NodeBench.failure(2)])
            await bench.journal.arrival()
            bench.journal.commit()
            guard case .retry(told, _) = try await answer.first else {
                Issue.record("the caller was not told")
                return
            }
            bench.journal.release()
            // It reloads by itself; until then callers are asked to come again.
            var again = IntakeResult.retry(code: "", message: "")
            while case .retry = again {
                again = try await bench.node.intake([NodeBench.failure(2)]).first ?? again
                await Task.yield()
            }
            #expect(again == .accepted, "what was not durable is not remembered")
            let first = try await bench.node.intake([NodeBench.failure(1)])
            #expect(first == [.repeated], "what was durable is")
        }
    }

    @Test("A full batch holds callers back, and too many are refused")
    func backPressure() async throws {
        var limits = NodeLimits()
        limits.waitingMax = 2
        try await NodeBench.with(limits: limits) { bench in
            bench.journal.hold()
            let many = JournalBatch.recordsMax
            let results = Answers()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<2 {
                    group.addTask {
                        let events = (0..<many).map { NodeBench.failure(part * many + $0) }
                        let answers = try await bench.node.intake(events)
                        results.add(answers)
                    }
                    // The first batch is at the disk; everything later waits for it.
                    if part == 0 { await bench.journal.arrival() }
                }
                while await bench.shard.waiting.count < 2 { await Task.yield() }
                #expect(bench.disk.journal.waitingCount == 1, "one batch at a time is at the disk")
                #expect(await bench.shard.open.isEmpty, "what waits is not decided yet")
                let late = try await bench.node.intake([NodeBench.failure(2 * many)])
                guard case .retry("overloaded", _) = late.first else {
                    Issue.record("a third caller was not refused: \(late)")
                    bench.journal.release()
                    return
                }
                #expect(results.all.isEmpty)
                bench.journal.release()
                try await group.waitForAll()
            }
            #expect(results.all.allSatisfy { $0 == .accepted })
            #expect(results.all.count == 2 * many)
        }
    }

    @Test("Calls that wait for room are answered whole, also where a batch ends within one")
    func partsThatWait() async throws {
        try await NodeBench.with { bench in
            bench.journal.hold()
            let (calls, each) = (6, 1500)
            try await withThrowingTaskGroup(of: [IntakeResult].self) { group in
                group.addTask { try await bench.node.intake([NodeBench.failure(calls * each)]) }
                await bench.journal.arrival()
                for call in 0..<calls {
                    group.addTask {
                        try await bench.node.intake(
                            (0..<each).map { NodeBench.failure(call * each + $0) })
                    }
                }
                while await bench.shard.waiting.count < calls - 2 { await Task.yield() }
                bench.journal.release()
                for try await results in group {
                    #expect(results.allSatisfy { $0 == .accepted })
                }
            }
        }
    }

    @Test("Accounts beyond the limit leave memory and come back when they fall due")
    func passivation() async throws {
        var limits = NodeLimits()
        limits.residentMax = 4
        try await NodeBench.with(limits: limits) { bench in
            let resident = { bench.node.counters.resident.load(ordering: .relaxed) }
            _ = try await bench.node.intake((0..<50).map(NodeBench.failure))
            while resident() > 4 { await Task.yield() }
            try await bench.advance(days: 1)
            #expect(Set(bench.gateway.orders.map(\.account.key)).count == 50)
            #expect(bench.gateway.orders.count == 50, "each once")
            for index in 0..<50 {
                #expect(try await bench.outcomes(index).count == 1)
            }
        }
    }

    @Test("A row speaks only for an account that is not in memory")
    func residentRows() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake((0..<10).map(NodeBench.failure))
            await bench.node.foldAll()
            _ = try await bench.node.intake((0..<5).map(NodeBench.payment))
            let due = try bench.disk.rows.dueKeys(
                shard: 0, before: Timestamp(ms: .max), limit: 100)
            #expect(due.count == 10, "the rows of the paid ones are still due")
            try await bench.advance(days: 2)
            #expect(
                bench.gateway.orders.map(\.account.key).sorted() == (5..<10).map { "acct-\($0)" })
        }
    }

    @Test(
        "Timers are looked at when they are due, and not again and again while nothing has room",
        arguments: [
            (5000, true, 5000), (-5000, true, 0), (99_000, true, 60_000), (-5000, false, 60_000),
            (5000, false, 60_000),
        ] as [(Int64, Bool, Int64)])
    func wakeDelay(untilDue: Int64, hasRoom: Bool, delay: Int64) {
        #expect(
            Shard.wakeDelayMs(untilDue: untilDue, hasRoom: hasRoom, most: 60_000) == delay)
    }

    @Test("A restart replays the tail to the same bytes", arguments: [false, true])
    func restart(folded: Bool) async throws {
        let disk = MemoryDisk(commits: .whenAsked)
        let keys = (0..<20).map(NodeBench.key)
        try await NodeBench.with(disk: disk) { bench in
            bench.gateway.decline()
            _ = try await bench.node.intake((0..<20).map(NodeBench.failure))
            try await bench.advance(days: 2)
            if folded { await bench.node.foldAll() }
            _ = try await bench.node.intake((0..<7).map(NodeBench.payment))
            try await bench.advance(days: 2)
            let before = try await bench.shard.packedStates(keys)
            #expect(before.allSatisfy { $0?.isEmpty == false })
            // As after a kill: nothing is drained, another process opens the disk.
            let second = try NodeBench(disk: disk)
            try await second.node.start()
            #expect(try await second.shard.packedStates(keys) == before)
            #expect(second.gateway.orders.isEmpty, "what was settled is not charged again")
        }
    }
}
