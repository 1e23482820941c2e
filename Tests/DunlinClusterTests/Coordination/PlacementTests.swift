import DunlinCluster
import Testing

@Suite("Where shards live")
struct PlacementTests {
    @Test("new shards wait for the expected nodes, or a while, and are then spread evenly")
    func first() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(
            shards: 12, CoordinatorSettings(expectedNodes: 3, placementWaitMs: 20_000))
        try cluster.start(a)
        try cluster.start(b)
        #expect(cluster.shards.allSatisfy { $0.epoch == 0 && $0.version == 0 })
        try cluster.start(c)
        #expect(cluster.shards.allSatisfy { $0.epoch == 1 && $0.version == 1 })
        #expect(cluster.shards.allSatisfy { $0.inSync.count == 2 && $0.learners == [] })
        #expect(cluster.counts().values.allSatisfy { $0 == (4, 8) })

        var late = TestCluster(
            shards: 12, CoordinatorSettings(expectedNodes: 3, placementWaitMs: 20_000))
        try late.start(a)
        try late.pass(19_500, hearing: [a])
        #expect(late.shards.allSatisfy { $0.epoch == 0 })
        try late.pass(500, hearing: [a])
        #expect(late.shards.allSatisfy { $0.primary == a && $0.inSync.count == 1 })
    }

    @Test("a missing copy is begun at once on another node, so many at a time")
    func repair() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(
            shards: 30, CoordinatorSettings(expectedNodes: 3, learnersPerNodeMax: 3))
        for id in [a, b, c] { try cluster.start(id) }
        try cluster.pass(3500, hearing: [a, b])
        let learners = cluster.shards.flatMap(\.learners).filter { $0 != c }
        #expect(learners.count == 6)
        #expect(cluster.shards.allSatisfy { $0.primary == a || $0.primary == b })
        // Primaries drop the dead one; with time every shard has two copies on the living.
        for number in cluster.shards.indices {
            let living = cluster.shards[number].inSync.map(\.node).filter { $0 != c }
            try cluster.propose(UInt32(number), living)
        }
        try cluster.work([a, b])
        for shard in cluster.shards {
            #expect(shard.inSync.map(\.node) == [a, b])
            #expect(shard.learners.isEmpty)
        }
    }

    @Test("a drained node gives away leads and copies, a few at a time, and gets none back")
    func drain() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(
            shards: 24, CoordinatorSettings(expectedNodes: 3, learnersMax: 4, handOversMax: 2))
        for id in [a, b, c] { try cluster.start(id) }
        try cluster.state.operate(.drain(b), nowMs: cluster.nowMs)
        cluster.settle()
        #expect(cluster.shards.count { $0.moveTo != nil } == 2)
        #expect(cluster.shards.flatMap(\.learners).count == 4)
        try cluster.work([a, b, c])
        #expect(cluster.shards.allSatisfy { $0.inSync.map(\.node) == [a, c] })
        #expect(cluster.shards.allSatisfy { $0.learners == [] && $0.moveTo == nil })
        try cluster.state.operate(.remove(b, acceptLoss: false), nowMs: cluster.nowMs)
        #expect(cluster.state.record.node(b)?.record.state == .removed)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in try cluster.beat(b) }
                == .fenced)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in try cluster.start(b) }
                == .refused)
    }

    @Test("a node that is about to stop gives its leads away and keeps its copies")
    func stopping() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(shards: 12, CoordinatorSettings(expectedNodes: 3))
        for id in [a, b, c] { try cluster.start(id) }
        let copies = cluster.shards.map(\.inSync)
        for _ in 0..<6 {
            try cluster.beat(a, wantsDrain: true)
            for (number, shard) in cluster.shards.enumerated() {
                if let goal = shard.moveTo { try cluster.handOver(UInt32(number), to: goal) }
            }
        }
        #expect(cluster.shards.allSatisfy { $0.primary != a })
        #expect(cluster.shards.map(\.inSync) == copies)
        #expect(cluster.shards.allSatisfy { $0.learners == [] })
    }

    @Test("a planned move goes by learner, in sync, hand-over, and takes the old copy with it")
    func move() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(shards: 1, CoordinatorSettings(expectedNodes: 3))
        for id in [a, b, c] { try cluster.start(id) }
        #expect(cluster.shards[0].inSync.map(\.node) == [a, b])
        try cluster.state.operate(.move(shard: 0, to: c), nowMs: cluster.nowMs)
        #expect(cluster.shards[0].moveTo == c && cluster.shards[0].learners == [c])
        try cluster.pass(2000, hearing: [a, b, c])
        #expect(cluster.shards[0].learners == [c])
        try cluster.propose(0, [a, b, c])
        #expect(cluster.shards[0].inSync.count == 3 && cluster.shards[0].primary == a)
        try cluster.handOver(0, to: c)
        #expect(cluster.shards[0].inSync.map(\.node) == [b, c])
        #expect(cluster.shards[0].primary == c && cluster.shards[0].moveTo == nil)
        // A move to a node that dies is forgotten.
        try cluster.state.operate(.move(shard: 0, to: a), nowMs: cluster.nowMs)
        try cluster.pass(5000, hearing: [b, c])
        #expect(cluster.shards[0].moveTo == nil && cluster.shards[0].primary == c)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.move(shard: 0, to: a), nowMs: cluster.nowMs)
            } == .failedPrecondition)
    }

    @Test("a node that joins gets its part of leads and copies by itself")
    func joining() throws {
        let (a, b, c, d) = try nodes()
        var cluster = TestCluster(shards: 48, CoordinatorSettings(expectedNodes: 3))
        for id in [a, b, c] { try cluster.start(id) }
        try cluster.start(d)
        for _ in 0..<12 {
            try cluster.pass(10_000, hearing: [a, b, c, d])
            try cluster.work([a, b, c, d])
        }
        for (_, count) in cluster.counts() {
            #expect((10...14).contains(count.leads), "\(cluster.counts())")
            #expect((21...27).contains(count.copies), "\(cluster.counts())")
        }
        #expect(cluster.shards.allSatisfy { $0.inSync.count == 2 && $0.learners == [] })
    }

    @Test("a removed dead node's only copies are lost only when that is accepted")
    func removal() throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster(shards: 4, backups: 0, CoordinatorSettings(expectedNodes: 2))
        try cluster.start(a)
        try cluster.start(b)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.remove(a, acceptLoss: true), nowMs: cluster.nowMs)
            } == .failedPrecondition)
        try cluster.pass(5000, hearing: [b])
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.remove(a, acceptLoss: false), nowMs: cluster.nowMs)
            } == .failedPrecondition)
        try cluster.state.operate(.remove(a, acceptLoss: true), nowMs: cluster.nowMs)
        cluster.settle()
        #expect(cluster.shards.count { $0.condition == .lost } == 2)
        #expect(cluster.shards.allSatisfy { !$0.holds(a) })
    }

    @Test("a level is raised when every node knows it")
    func levels() throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster()
        try cluster.start(a, levels: 1...2)
        try cluster.start(b)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.finalize(level: 2), nowMs: cluster.nowMs)
            } == .failedPrecondition)
        try cluster.start(b, levels: 1...2)
        try cluster.state.operate(.finalize(level: 2), nowMs: cluster.nowMs)
        #expect(cluster.state.record.settings.level == 2)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.finalize(level: 1), nowMs: cluster.nowMs)
            } == .failedPrecondition)
    }

    @Test("a program that does not know the cluster's level is turned away")
    func olderPrograms() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster()
        try cluster.start(a, levels: 1...2)
        try cluster.start(b, levels: 1...2)
        try cluster.state.operate(.finalize(level: 2), nowMs: cluster.nowMs)
        for (id, levels) in [(b, 1...1), (c, 1...1), (c, 3...4)] as [(NodeID, ClosedRange<UInt32>)]
        {
            let code = CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.start(id, levels: levels)
            }
            #expect(code == .refused, "\(id) with levels \(levels)")
        }
        try cluster.start(b, levels: 2...3)
    }

    @Test("of two bundles that were made from one, the second is refused")
    func bundles() throws {
        let (a, _, _, _) = try nodes()
        var cluster = TestCluster()
        try cluster.start(a)
        func use(_ bundle: UInt64, former: UInt64) -> CoordinatorError.Code? {
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.useBundle(bundle, former: former), nowMs: cluster.nowMs)
            }
        }
        #expect(use(7, former: 0) == nil)
        #expect(use(7, former: 0) == nil, "said again")
        #expect(use(8, former: 0) == .failedPrecondition)
        #expect(use(0, former: 7) == .invalid)
        #expect(cluster.state.record.settings.bundle == 7)
        #expect(use(8, former: 7) == nil)
        let texts = cluster.state.record.texts(since: nil)
        #expect(try ClusterRecord(texts: texts)?.settings.bundle == 8)
    }

    @Test("a restore is confirmed once, and stays confirmed")
    func restores() throws {
        var cluster = TestCluster()
        var record = cluster.state.record
        record.settings.awaitsConfirmation = true
        #expect(try ClusterRecord(texts: record.texts(since: nil)) == record)
        cluster.state.reload(record)
        try cluster.state.operate(.confirmRestore, nowMs: cluster.nowMs)
        let isSealed = cluster.state.seal()
        #expect(isSealed)
        #expect(!cluster.state.record.settings.awaitsConfirmation)
        try cluster.state.operate(.confirmRestore, nowMs: cluster.nowMs)
        let isSealedAgain = cluster.state.seal()
        #expect(!isSealedAgain)
    }

    @Test("more or fewer backups are set while the cluster runs")
    func copies() throws {
        let (a, b, c, _) = try nodes()
        var cluster = TestCluster(shards: 6, CoordinatorSettings(expectedNodes: 3))
        for id in [a, b, c] { try cluster.start(id) }
        try cluster.state.operate(
            .setCopies(backups: 2, minInSync: 2), nowMs: cluster.nowMs)
        try cluster.work([a, b, c])
        #expect(cluster.shards.allSatisfy { $0.inSync.count == 3 })
        try cluster.state.operate(
            .setCopies(backups: 0, minInSync: 1), nowMs: cluster.nowMs)
        try cluster.work([a, b, c])
        #expect(cluster.shards.allSatisfy { $0.inSync.map(\.node) == [$0.primary] })
        for (backups, minInSync) in [(3, 1), (1, 3), (1, 0)] as [(UInt32, UInt32)] {
            #expect(
                CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                    try cluster.state.operate(
                        .setCopies(backups: backups, minInSync: minInSync), nowMs: cluster.nowMs)
                } == .invalid)
        }
    }
}
