import DunlinCluster
import Testing

@Suite("Elections and in-sync sets")
struct ElectionTests {
    static func pair(
        minInSync: UInt32 = 1, shards: UInt32 = 1
    ) throws -> (TestCluster, NodeID, NodeID) {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster(
            shards: shards, minInSync: minInSync, CoordinatorSettings(expectedNodes: 2))
        try cluster.start(a)
        try cluster.start(b)
        return (cluster, a, b)
    }

    @Test("nobody is elected before the former primary's lease has surely ended")
    func lease() throws {
        var (cluster, a, b) = try Self.pair()
        #expect(cluster.shards[0].primary == a)
        try cluster.beat(a)
        let endMs = LeaseTerms.standard.electableAtMs(heartbeatAnsweredMs: cluster.nowMs)
        cluster.nowMs = endMs - 1
        try cluster.beat(b)
        #expect(cluster.shards[0].primary == a && cluster.shards[0].epoch == 1)
        cluster.nowMs = endMs
        try cluster.beat(b)
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 2)
        #expect(cluster.shards[0].inSync == [cluster.member(b)])
        #expect(cluster.state.record.node(a)?.record.state == .silent)
        // It comes back as it was, and has to catch up.
        try cluster.beat(a)
        #expect(cluster.state.record.node(a)?.record.state == .active)
        #expect(cluster.shards[0].primary == b && cluster.shards[0].learners == [a])
    }

    @Test("a new coordinator gives everybody a whole term from its own start, and more")
    func newCoordinator() throws {
        var (cluster, _, b) = try Self.pair()
        let settings = CoordinatorSettings(expectedNodes: 2)
        let startedMs = cluster.nowMs + 60_000
        cluster.state = CoordinatorState(
            cluster.state.record, settings: settings, startedMs: startedMs)
        let endMs = settings.inheritedEndMs(startedMs: startedMs)
        // The former one may have answered with a lease a second after this one began.
        #expect(endMs >= startedMs + 1000 + LeaseTerms.standard.termMs)
        cluster.nowMs = endMs - 1
        try cluster.beat(b)
        #expect(cluster.shards[0].epoch == 1)
        cluster.nowMs = endMs
        try cluster.beat(b)
        #expect(cluster.shards[0].primary == b)
    }

    @Test("a primary that nobody can replace keeps its shard")
    func alone() throws {
        let (a, _, _, _) = try nodes()
        var cluster = TestCluster(shards: 1, backups: 0)
        try cluster.start(a)
        let before = cluster.shards
        try cluster.pass(60_000, hearing: [])
        #expect(cluster.shards == before)
        try cluster.beat(a)
        #expect(cluster.shards == before)
    }

    @Test("a copy that left below min_in_sync is eligible until something can be committed again")
    func eligible() throws {
        var (cluster, a, b) = try Self.pair(minInSync: 2)
        try cluster.pass(5000, hearing: [b])
        #expect(cluster.shards[0].primary == b)
        #expect(cluster.shards[0].inSync == [cluster.member(b)])
        #expect(cluster.shards[0].eligible == [cluster.member(a)])
        // Now the other one dies, and the first is back: it has everything.
        try cluster.start(a)
        try cluster.pass(5000, hearing: [a])
        #expect(cluster.shards[0].primary == a && cluster.shards[0].epoch == 3)
        #expect(cluster.shards[0].eligible == [cluster.member(b)])
        try cluster.start(b)
        try cluster.propose(0, [a, b])
        #expect(cluster.shards[0].inSync.count == 2 && cluster.shards[0].eligible == [])
    }

    @Test("with min_in_sync 1 a copy that left is not electable")
    func notEligible() throws {
        var (cluster, a, b) = try Self.pair()
        try cluster.pass(5000, hearing: [b])
        try cluster.start(a)
        try cluster.pass(10_000, hearing: [a])
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 2)
    }

    @Test("an in-sync change is compared with version, epoch and incarnations")
    func compares() throws {
        var (cluster, a, b) = try Self.pair()
        let good = InSyncChange(
            shard: 0, version: 1, epoch: 1, primary: cluster.member(a),
            inSync: [cluster.member(a)])
        let before = cluster.shards[0]
        var wrong = [good, good]
        wrong[0].version = 0
        wrong[1].epoch = 0
        for change in wrong {
            try cluster.state.changeInSync(change, nowMs: cluster.nowMs)
            #expect(cluster.shards[0] == before)
        }
        var invalid = [good, good]
        invalid[0].inSync = [cluster.member(b)]
        invalid[1].shard = 1
        for change in invalid {
            #expect(
                CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                    try cluster.state.changeInSync(change, nowMs: cluster.nowMs)
                } == .invalid)
        }
        var fenced = good
        fenced.primary.incarnation = 99
        fenced.inSync = [fenced.primary]
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.changeInSync(fenced, nowMs: cluster.nowMs)
            } == .fenced)
        try cluster.state.changeInSync(good, nowMs: cluster.nowMs)
        #expect(cluster.shards[0].inSync == [cluster.member(a)])
        #expect(cluster.shards[0].learners == [b])
        let after = cluster.shards[0]
        // The same one again, because its answer was lost.
        try cluster.state.changeInSync(good, nowMs: cluster.nowMs)
        #expect(cluster.shards[0] == after)
    }

    @Test("a change that was refused comes to nothing when another copy of it arrives later")
    func refusedForGood() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(shards: 1, CoordinatorSettings(expectedNodes: 2))
        for id in [a, b, c] { try cluster.start(id) }
        try cluster.state.operate(.move(shard: 0, to: c), nowMs: cluster.nowMs)
        cluster.settle()
        // The newcomer is silent for a while.
        try cluster.pass(4000, hearing: [a, b])
        let shard = cluster.shards[0]
        #expect(shard.primary == a && shard.inSync.count == 2)
        try cluster.state.operate(.setCopies(backups: 2, minInSync: 1), nowMs: cluster.nowMs)
        var record = cluster.state.record
        record.shards[0].configuration.learners = [c]
        cluster.state.reload(record)
        let change = InSyncChange(
            shard: 0, version: shard.version, epoch: shard.epoch, primary: cluster.member(a),
            inSync: [cluster.member(a), cluster.member(b), cluster.member(c)].sorted())
        try cluster.state.changeInSync(change, nowMs: cluster.nowMs)
        #expect(cluster.shards[0].inSync == shard.inSync)
        #expect(cluster.shards[0].version == shard.version + 1, "the primary is told by it")
        try cluster.beat(c)
        let before = cluster.shards[0]
        try cluster.state.changeInSync(change, nowMs: cluster.nowMs)
        #expect(cluster.shards[0] == before)
    }

    @Test("who is elected while it was learning learns no more")
    func electedLearner() throws {
        var (cluster, a, b) = try Self.pair(minInSync: 2)
        var record = cluster.state.record
        record.shards[0].configuration = ShardConfiguration(
            version: 7, epoch: 3, primary: a, inSync: [cluster.member(a)],
            eligible: [cluster.member(b)], learners: [b])
        cluster.state.reload(record)
        try cluster.pass(4000, hearing: [b])
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 4)
        #expect(!cluster.shards[0].learners.contains(b))
        #expect(cluster.shards[0].inSync == [cluster.member(b)])
    }

    @Test("an acknowledgement from a former life adds nobody (KIP-903)")
    func formerLife() throws {
        var (cluster, a, b) = try Self.pair()
        let old = cluster.member(b)
        try cluster.propose(0, [a])
        try cluster.start(b, isSuspect: true)
        let shard = cluster.shards[0]
        let late = InSyncChange(
            shard: 0, version: shard.version, epoch: shard.epoch, primary: cluster.member(a),
            inSync: [cluster.member(a), old])
        try cluster.state.changeInSync(late, nowMs: cluster.nowMs)
        #expect(cluster.shards[0].inSync == [cluster.member(a)])
        try cluster.propose(0, [a, b])
        #expect(cluster.shards[0].inSync.count == 2)
    }

    @Test("the in-sync set does not shrink below min_in_sync")
    func minimum() throws {
        var (cluster, a, _) = try Self.pair(minInSync: 2)
        try cluster.propose(0, [a])
        #expect(cluster.shards[0].inSync.count == 2)
    }

    @Test("a shard goes to an in-sync copy of which everything is compared")
    func handOver() throws {
        var (cluster, a, b) = try Self.pair()
        let good = HandOver(
            shard: 0, version: 1, epoch: 1, primary: cluster.member(a), to: cluster.member(b))
        var wrong = [good, good, good]
        wrong[0].version = 9
        wrong[1].epoch = 9
        wrong[2].to.incarnation = 99
        let before = cluster.shards[0]
        for handOver in wrong {
            try cluster.state.handOver(handOver, nowMs: cluster.nowMs)
            #expect(cluster.shards[0] == before)
        }
        try cluster.state.handOver(good, nowMs: cluster.nowMs)
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 2)
        #expect(cluster.shards[0].inSync == before.inSync)
        let after = cluster.shards[0]
        try cluster.state.handOver(good, nowMs: cluster.nowMs)
        #expect(cluster.shards[0] == after)
    }

    @Test("the successor lives in another zone and leads less, when there is one")
    func preference() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(shards: 1, backups: 2, CoordinatorSettings(expectedNodes: 3))
        try cluster.start(a, zone: "x")
        try cluster.start(b, zone: "x")
        try cluster.start(c, zone: "y")
        #expect(cluster.shards[0].primary == a && cluster.shards[0].inSync.count == 3)
        try cluster.pass(5000, hearing: [b, c])
        #expect(cluster.shards[0].primary == c)
    }

    @Test("a shard that three owners in a row cannot take up is set aside until it is released")
    func poison() throws {
        var (cluster, a, b) = try Self.pair()
        try cluster.beat(a, broken: [0])
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 2)
        // A late repetition of the first report says nothing new.
        try cluster.beat(a, broken: [0])
        try cluster.beat(b, broken: [0])
        #expect(cluster.shards[0].primary == a && cluster.shards[0].condition == .normal)
        try cluster.beat(a, broken: [0])
        #expect(cluster.shards[0].condition == .quarantined && cluster.shards[0].primary == nil)
        try cluster.pass(20_000, hearing: [a, b])
        #expect(cluster.shards[0].primary == nil)
        try cluster.state.operate(.release(shard: 0), nowMs: cluster.nowMs)
        cluster.settle()
        #expect(cluster.shards[0].primary != nil && cluster.shards[0].epoch == 4)
    }

    @Test("a process that crashed over a shard counts as an owner that could not take it up")
    func crashes() throws {
        var (cluster, a, b) = try Self.pair()
        try cluster.start(a, crashed: [CrashedTakeUp(shard: 0, epoch: 1)])
        #expect(cluster.shards[0].primary == b && cluster.shards[0].epoch == 2)
        try cluster.start(b, crashed: [CrashedTakeUp(shard: 0, epoch: 2)])
        #expect(cluster.shards[0].condition == .normal && cluster.shards[0].primary == a)
        // Shards that do not exist, and epochs that never were, say nothing.
        try cluster.start(
            b, crashed: [CrashedTakeUp(shard: 99, epoch: 1), CrashedTakeUp(shard: 0, epoch: 9)])
        #expect(cluster.shards[0].condition == .normal)
        try cluster.start(a, crashed: [CrashedTakeUp(shard: 0, epoch: 3)])
        #expect(cluster.shards[0].condition == .quarantined && cluster.shards[0].primary == nil)
    }

    @Test("a node that is killed while it takes over leaves no shard that waits for another")
    func killedWhileTakingOver() throws {
        var (cluster, a, b) = try Self.pair(shards: 8)
        let crashed = cluster.shards.indices.map {
            CrashedTakeUp(shard: UInt32($0), epoch: cluster.shards[$0].epoch)
        }
        try cluster.start(a, crashed: crashed)
        try cluster.pass(1000, hearing: [a, b])
        // The next one dies before it has said what it serves.
        try cluster.pass(5000, hearing: [a])
        #expect(cluster.shards.allSatisfy { $0.primary == a })
    }

    @Test("shards that were beside the one over which processes crash are not set aside with it")
    func besideCrashes() throws {
        var (cluster, a, b) = try Self.pair(shards: 4)
        let guilty = 1
        var crashes = 0
        while cluster.shards[guilty].condition == .normal, crashes < 10 {
            // Whoever leads it dies, with all that it was taking up; what it had served it says.
            guard let owner = cluster.shards[guilty].primary else {
                try cluster.beat(a, b)
                continue
            }
            let crashed = cluster.shards.indices.filter { cluster.shards[$0].primary == owner }
                .map { CrashedTakeUp(shard: UInt32($0), epoch: cluster.shards[$0].epoch) }
            try cluster.start(owner, crashed: crashed)
            crashes += 1
            // The others are served where they are led, one after the other.
            for _ in 0..<4 {
                for id in [a, b] {
                    let served = cluster.shards.indices.filter {
                        $0 != guilty && cluster.shards[$0].primary == id
                            && cluster.shards[guilty].primary != id
                    }
                    try cluster.beat(
                        id,
                        load: NodeLoad(
                            shards: served.map {
                                ShardLoad(
                                    shard: UInt32($0), dueNextHour: 0, accounts: 0, committedOp: 1)
                            }))
                }
            }
        }
        #expect(crashes == 3 && cluster.shards[guilty].condition == .quarantined)
        for _ in 0..<4 {
            for id in [a, b] { try cluster.beat(id) }
        }
        for (number, shard) in cluster.shards.enumerated() where number != guilty {
            #expect(shard.condition == .normal && shard.primary != nil, "shard \(number)")
        }
    }

    @Test("processes that crash over a shard and do not come back are at most its complete copies")
    func crashesThatNobodyReports() throws {
        var (cluster, a, b) = try Self.pair()
        let (_, _, c, d) = try nodes()
        let others = [c, d]
        for id in others { try cluster.start(id) }
        var dead: [NodeID] = []
        for _ in 0..<20 {
            if let owner = cluster.shards[0].primary, !dead.contains(owner) { dead.append(owner) }
            try cluster.pass(5000, hearing: ([a, b] + others).filter { !dead.contains($0) })
        }
        // Copies that were still learning were given nothing by an owner that never served.
        #expect(dead.sorted() == [a, b])
        #expect(cluster.shards[0].condition == .normal)
    }

    @Test("a crash from before a shard was served is not counted")
    func oldCrashes() throws {
        var (cluster, a, b) = try Self.pair()
        let load = NodeLoad(shards: [
            ShardLoad(shard: 0, dueNextHour: 1, accounts: 1, committedOp: 1)
        ])
        for _ in 0..<5 {
            let leader = try #require(cluster.shards[0].primary)
            try cluster.beat(leader, load: load)
            try cluster.start(
                leader, crashed: [CrashedTakeUp(shard: 0, epoch: cluster.shards[0].epoch)])
            #expect(cluster.state.record.shards[0].faultyOwners == 0)
        }
        #expect(
            cluster.shards[0].condition == .normal && [a, b].contains(cluster.shards[0].primary))
    }

    @Test("owners that take a shard up make the reports before them forgotten")
    func recovered() throws {
        var (cluster, a, b) = try Self.pair()
        let load = NodeLoad(shards: [
            ShardLoad(shard: 0, dueNextHour: 1, accounts: 1, committedOp: 1)
        ])
        try cluster.beat(a, broken: [0])
        try cluster.beat(b, broken: [0])
        try cluster.beat(a, load: load)
        try cluster.beat(a, broken: [0])
        try cluster.beat(b, broken: [0])
        #expect(cluster.shards[0].condition == .normal)
    }
}
