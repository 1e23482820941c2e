import DunlinCluster
import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

@testable import DunlinNode

/// Shards with copies: real shards, journals in memory, ways and elections that the test decides.
@Suite("A shard on several nodes", .timeLimit(.minutes(1)))
struct ReplicationTests {
    private let bench = ClusterBench()

    private func member(_ name: String) -> Member { self.bench.seat(name).member }

    private func startTwo() async throws {
        try await self.bench.start("a")
        try await self.bench.start("b")
        self.bench.coordinator.elect(
            self.member("a"), inSync: [self.member("a"), self.member("b")])
        await self.bench.serving("a", epoch: 1)
    }

    private func journal(_ name: String) throws -> [JournalBatch] {
        try self.bench.seat(name).disk.journal.batches(shard: 0, fromOp: 1, limit: .max)
    }

    @Test("An acknowledged command is on both copies, byte for byte")
    func acknowledgedOnBoth() async throws {
        try await self.startTwo()
        let answers = try await self.bench.seat("a").node.intake((0..<20).map(NodeBench.failure))
        #expect(answers.allSatisfy { $0 == .accepted })
        let first = try self.journal("a")
        #expect(try self.journal("b") == first)
        #expect(first.count >= 2 && first.allSatisfy { $0.epoch == 1 })
    }

    @Test("Nothing is acknowledged while the other copy cannot be reached, until it is taken out")
    func waitsForTheCopy() async throws {
        try await self.startTwo()
        self.bench.coordinator.setDeaf(true)
        self.bench.links.cut("a", "b")
        let seat = self.bench.seat("a")
        async let answer = seat.node.intake([NodeBench.failure(1)])
        try await self.bench.until { try self.journal("a").count == 2 }
        // It is durable here and proposed to go on alone; that is not known to be granted.
        await self.bench.until { await seat.shard.leading?.replica.proposal != nil }
        #expect(await seat.shard.committedOp == 1)
        self.bench.coordinator.setDeaf(false)
        #expect(try await answer == [.accepted])
        #expect(self.bench.coordinator.configuration.inSync == [self.member("a")])
    }

    @Test("A removal whose answer was lost is carried on with, not guessed")
    func lostAnswerOfTheCoordinator() async throws {
        try await self.startTwo()
        self.bench.coordinator.setLosesAnswers(true)
        self.bench.links.cut("a", "b")
        let seat = self.bench.seat("a")
        async let answer = seat.node.intake([NodeBench.failure(1)])
        await self.bench.until {
            self.bench.coordinator.configuration.inSync == [self.member("a")]
        }
        #expect(await seat.shard.committedOp == 1, "done, but nobody has told the primary")
        self.bench.coordinator.setLosesAnswers(false)
        #expect(try await answer == [.accepted])
    }

    @Test("The other copy takes over with everything acknowledged, and charges nothing twice")
    func takeOver() async throws {
        try await self.startTwo()
        let keys = (0..<20).map(NodeBench.key)
        let first = self.bench.seat("a")
        _ = try await first.node.intake((0..<20).map(NodeBench.failure))
        first.gateway.decline()
        (first.runtime.clock as? ManualClock)?.move(
            to: NodeBench.start.advanced(byMs: 26 * Milliseconds.hour))
        await first.shard.advance()
        #expect(first.gateway.orders.count == 20)
        let before = try await first.shard.packedStates(keys)
        self.bench.kill("a")
        let second = self.bench.seat("b")
        (second.runtime.clock as? ManualClock)?.move(
            to: NodeBench.start.advanced(byMs: 26 * Milliseconds.hour))
        self.bench.coordinator.elect(second.member, inSync: [second.member])
        await self.bench.serving("b", epoch: 2)
        #expect(try await second.shard.packedStates(keys) == before)
        #expect(second.gateway.orders.isEmpty)
    }

    @Test("What was never acknowledged is cut off when its primary comes back as a copy")
    func partedJournals() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        let second = self.bench.seat("b")
        _ = try await first.node.intake([NodeBench.failure(1)])
        // The old primary goes on by itself: nobody hears it.
        self.bench.links.cut("a", "b")
        self.bench.coordinator.setDeaf(true)
        async let lost = first.node.intake([NodeBench.failure(2)])
        try await self.bench.until { try self.journal("a").count == 3 }
        self.bench.coordinator.elect(second.member, inSync: [second.member])
        await self.bench.serving("b", epoch: 2)
        #expect(try await second.node.intake([NodeBench.failure(3)]) == [.accepted])
        guard case .retry("unknownOutcome", _) = try await lost.first else {
            Issue.record("the caller of the old primary was told something it cannot know")
            return
        }
        self.bench.coordinator.setDeaf(false)
        self.bench.links.heal()
        self.bench.coordinator.change { $0.learners = [first.member.node] }
        await self.bench.until {
            self.bench.coordinator.configuration.inSync == [first.member, second.member]
        }
        #expect(try self.journal("a") == self.journal("b"))
        #expect(try await second.node.accounts([NodeBench.key(2)]) == [nil])
    }

    @Test("A primary that is replaced while it begins to fold follows all the same")
    func replacedWhileFolding() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        let second = self.bench.seat("b")
        _ = try await first.node.intake([NodeBench.failure(1)])
        self.bench.links.cut("a", "b")
        self.bench.coordinator.setDeaf(true)
        async let lost = first.node.intake([NodeBench.failure(2)])
        try await self.bench.until { try self.journal("a").count == 3 }
        // It waits for what is not committed.
        async let fold = first.shard.beginFold()
        await self.bench.until { await first.shard.isFolding }
        self.bench.links.heal()
        self.bench.coordinator.setDeaf(false)
        // The one change that the former primary hears of.
        self.bench.coordinator.change {
            $0.epoch += 1
            $0.primary = second.member.node
            $0.inSync = [second.member]
            $0.learners = [first.member.node]
        }
        #expect(await fold?.op == nil)
        _ = try await lost
        await self.bench.until {
            self.bench.coordinator.configuration.inSync == [first.member, second.member]
        }
        #expect(try self.journal("a") == self.journal("b"))
    }

    @Test("A new copy catches up, joins, and can take over")
    func newCopy() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        for index in 0..<40 { _ = try await first.node.intake([NodeBench.failure(index)]) }
        try await self.bench.start("c")
        let third = self.bench.seat("c")
        self.bench.coordinator.change { $0.learners = [third.member.node] }
        await self.bench.until {
            self.bench.coordinator.configuration.inSync.contains(third.member)
        }
        #expect(try self.journal("c") == self.journal("a"))
        self.bench.coordinator.change { $0.moveTo = third.member.node }
        await self.bench.serving("c", epoch: 2)
        #expect(try await third.node.intake([NodeBench.failure(99)]) == [.accepted])
        let asked = try await first.node.intake([NodeBench.failure(98)])
        guard case .retry("notPrimary", _) = asked.first else {
            Issue.record("the former primary took a command: \(asked)")
            return
        }
    }

    @Test(
        "A copy that comes back with an empty disk is caught up anew, however level it was before")
    func anotherDisk() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        _ = try await first.node.intake((0..<10).map(NodeBench.failure))
        self.bench.kill("b")
        self.bench.coordinator.change {
            $0.inSync = [first.member]
            $0.learners = [ClusterBench.id("b")]
        }
        try await self.bench.start("b", incarnation: 2)
        self.bench.coordinator.tell()
        await self.bench.until {
            self.bench.coordinator.configuration.inSync.contains(self.member("b"))
        }
        #expect(self.member("b").incarnation == 2)
        #expect(try self.journal("b") == self.journal("a"))
    }

    @Test(
        "A copy that cuts off a batch on its way to the disk acknowledges only what took its place")
    func acknowledgesWhatIsThere() async throws {
        let disk = MemoryDisk(commits: .whenAsked)
        let copy = try await self.bench.start("b", disk: disk)
        let answers = Mutex<[UInt64: PrepareOutcome]>([:])
        func send(epoch: UInt64) {
            let records: [UInt8] = []
            let hash = HashChain.next(
                previous: HashChain.start, shard: 0, op: 1, epoch: epoch, records: records)
            let batch = ReplicaBatch(
                place: ChainHead(op: 1, epoch: epoch, hash: hash), records: records)
            copy.shard.receive(
                PrepareEntry(
                    shard: 0, epoch: epoch, previous: .none, commitOp: 0, batches: [batch])
            ) { outcome in answers.withLock { $0[epoch] = outcome } }
        }
        send(epoch: 1)
        send(epoch: 2)
        await self.bench.until { disk.journal.waitingCount == 2 }
        // The first one is on the disk: nobody may take that for the second one.
        disk.journal.commit(1)
        _ = await copy.shard.state
        #expect(answers.withLock { $0 } == [1: .notStored])
        await self.bench.until {
            disk.journal.commit()
            return answers.withLock { $0[2] } == .stored(op: 1)
        }
        #expect(try self.journal("b").map(\.epoch) == [2])
    }

    @Test("Behind a cut that failed nothing is stored until it has been made")
    func failedCut() async throws {
        let disk = MemoryDisk(commits: .whenAsked)
        let copy = try await self.bench.start("b", disk: disk)
        let answers = Mutex<[PrepareOutcome]>([])
        func batch(_ op: UInt64, epoch: UInt64, after previous: ChainHead) -> ReplicaBatch {
            let hash = HashChain.next(
                previous: previous.hash, shard: 0, op: op, epoch: epoch, records: [])
            return ReplicaBatch(place: ChainHead(op: op, epoch: epoch, hash: hash), records: [])
        }
        func send(_ batches: [ReplicaBatch], after previous: ChainHead, epoch: UInt64) {
            copy.shard.receive(
                PrepareEntry(
                    shard: 0, epoch: epoch, previous: previous, commitOp: 0, batches: batches)
            ) { outcome in answers.withLock { $0.append(outcome) } }
        }
        func answered(_ count: Int) async {
            await self.bench.until {
                disk.journal.commit()
                return answers.withLock { $0.count } == count
            }
        }
        let old = batch(1, epoch: 1, after: .none)
        send([old], after: .none, epoch: 1)
        await answered(1)
        let first = batch(1, epoch: 2, after: .none)
        let second = batch(2, epoch: 2, after: first.place)
        disk.journal.failNext(with: StoreError(.full, operation: "append batch"))
        send([first], after: .none, epoch: 2)
        send([second], after: first.place, epoch: 2)
        // Both have come before the disk answers.
        _ = await copy.shard.state
        await answered(3)
        #expect(answers.withLock { $0 } == [.stored(op: 1), .notStored, .notStored])
        #expect(try self.journal("b").map(\.epoch) == [1])
        send([first, second], after: .none, epoch: 2)
        await answered(4)
        #expect(answers.withLock { $0.last } == .stored(op: 2))
        #expect(try self.journal("b").map(\.hash) == [first.place.hash, second.place.hash])
    }

    @Test("A planned move loses no call that is under way")
    func moveUnderLoad() async throws {
        try await self.startTwo()
        let seats = [self.bench.seat("a"), self.bench.seat("b")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for number in 0..<100 {
                        var isTaken = false
                        while !isTaken {
                            for seat in seats where !isTaken {
                                let answer = try await seat.node.intake([
                                    NodeBench.failure(worker * 100 + number)
                                ])
                                switch answer.first {
                                case .accepted, .repeated: isTaken = true
                                default: await Task.yield()
                                }
                            }
                        }
                    }
                }
            }
            for move in 1...6 {
                let target = seats[move % 2].member.node
                self.bench.coordinator.change { $0.moveTo = target }
                await self.bench.serving(target.name, epoch: UInt64(move) + 1)
            }
            try await group.waitForAll()
        }
        let views = try await seats[0].node.accounts((0..<400).map(NodeBench.key))
        #expect(views.allSatisfy { $0?.state.cases.count == 1 })
    }

    @Test("After a failed append the epoch ends: its place is not used twice")
    func failedAppend() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        first.disk.journal.failNext(with: StoreError(.full, operation: "append batch"))
        guard case .retry = try await first.node.intake([NodeBench.failure(1)]).first else {
            Issue.record("a batch that this disk refused was acknowledged")
            return
        }
        await self.bench.serving("b", epoch: 2)
        #expect(try await self.bench.seat("b").node.intake([NodeBench.failure(1)]) != [])
        await self.bench.until {
            (try? self.journal("a")) == (try? self.journal("b"))
        }
        let cases = try await self.bench.seat("b").node.accounts([NodeBench.key(1)])
        #expect(cases.first??.state.cases.count == 1)
    }

    @Test("Without a lease nothing is charged, and what is due waits for it")
    func noLeaseNoCharge() async throws {
        try await self.startTwo()
        let first = self.bench.seat("a")
        _ = try await first.node.intake([NodeBench.failure(1)])
        first.lease.end()
        (first.runtime.clock as? ManualClock)?.move(
            to: NodeBench.start.advanced(byMs: 26 * Milliseconds.hour))
        async let done: Void = first.shard.advance()
        _ = await first.shard.isQuiet
        #expect(try await first.node.intake([NodeBench.failure(2)]) == [.accepted])
        #expect(first.gateway.orders.isEmpty)
        first.lease.renew(untilMs: .max)
        await done
        #expect(first.gateway.orders.count >= 1)
    }
}
