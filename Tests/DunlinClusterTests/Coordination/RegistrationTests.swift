import DunlinCluster
import Testing

@Suite("Registration")
struct RegistrationTests {
    @Test("a new node gets an incarnation of its own, and the same answer for the same nonce")
    func fresh() throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster()
        let first = try cluster.start(a)
        #expect(first.incarnation == 1 && first.startCounter == 1)
        #expect(first.epochFloors.count == 8 && first.map.nodes.map(\.id) == [a])
        #expect(try cluster.start(b).incarnation == 2)
        let again = NodeRegistration(
            id: a, address: "a:7000", diskID: 1, incarnation: 0, startCounter: 0, nonce: 1)
        let before = cluster.state.record
        try cluster.state.register(again, nowMs: cluster.nowMs)
        #expect(cluster.state.record == before)
        #expect(cluster.state.registrationReply(a)?.incarnation == 1)
    }

    @Test(
        "a clean restart keeps incarnation and copies, loses every leadership, and may get it back")
    func clean() throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster(shards: 4, CoordinatorSettings(expectedNodes: 2))
        try cluster.start(a)
        try cluster.start(b)
        let before = cluster.shards
        #expect(before.allSatisfy { $0.epoch == 1 && $0.inSync.count == 2 })
        let reply = try cluster.start(a)
        #expect(reply.incarnation == 1 && reply.startCounter == 2)
        for (old, new) in zip(before, cluster.shards) {
            #expect(new.inSync == old.inSync)
            #expect(new.primary == b)
            #expect(new.epoch == old.epoch + (old.primary == a ? 1 : 0))
        }
        // Alone it is elected again, one epoch later.
        try cluster.pass(10_000, hearing: [b])
        #expect(cluster.shards.allSatisfy { $0.inSync == [cluster.member(b)] || $0.primary == b })
        try cluster.start(b)
        #expect(cluster.shards.allSatisfy { $0.primary == b })
    }

    @Test("the former process is fenced from then on")
    func fenced() throws {
        let (a, _, _, _) = try nodes()
        var cluster = TestCluster()
        let first = try cluster.start(a)
        try cluster.start(a)
        let old = Heartbeat(
            member: Member(a, incarnation: first.incarnation), startCounter: first.startCounter,
            mapRevision: 0)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.heartbeat(old, nowMs: cluster.nowMs)
            } == .fenced)
    }

    @Test(
        "a disk that may have lost something begins a new life outside every in-sync set",
        arguments: ["suspect", "older counter", "other disk", "copy from before the last start"])
    func lossy(_ kind: String) throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster(shards: 4, CoordinatorSettings(expectedNodes: 2))
        try cluster.start(a)
        try cluster.start(b)
        let epochs = cluster.shards.map(\.epoch)
        let registration: NodeRegistration
        switch kind {
        case "suspect":
            registration = NodeRegistration(
                id: a, address: "", diskID: 1, incarnation: 1, startCounter: 1, nonce: 90,
                isSuspect: true)
        case "older counter":
            try cluster.start(a)
            try cluster.pass(5000, hearing: [b])
            registration = NodeRegistration(
                id: a, address: "", diskID: 1, incarnation: 1, startCounter: 1, nonce: 90)
        case "copy from before the last start":
            // It has the nonce of that start, as if its answer had been lost.
            try cluster.beat(a)
            try cluster.pass(5000, hearing: [b])
            let early = NodeRegistration(
                id: a, address: "", diskID: 1, incarnation: 0, startCounter: 0, nonce: 1)
            #expect(
                CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                    try cluster.state.register(early, nowMs: cluster.nowMs)
                } == .failedPrecondition)
            registration = NodeRegistration(
                id: a, address: "", diskID: 1, incarnation: 0, startCounter: 0, nonce: 90)
        default:
            try cluster.pass(5000, hearing: [b])
            registration = NodeRegistration(
                id: a, address: "", diskID: 9, incarnation: 0, startCounter: 0, nonce: 90)
        }
        try cluster.state.register(registration, nowMs: cluster.nowMs)
        let reply = try #require(cluster.state.registrationReply(a))
        #expect(reply.incarnation == 3 && reply.startCounter == 1)
        for (shard, floor) in zip(cluster.shards, reply.epochFloors) {
            #expect(!shard.inSync.contains { $0.node == a })
            #expect(!shard.eligible.contains { $0.node == a })
            #expect(shard.primary != a)
            #expect(floor == shard.epoch)
        }
        cluster.settle()
        #expect(cluster.shards.allSatisfy { $0.primary == b && $0.condition == .normal })
        for (shard, epoch) in zip(cluster.shards, epochs) { #expect(shard.epoch >= epoch) }
        // It is caught up again, in its new life.
        try cluster.beat(b)
        #expect(cluster.shards.allSatisfy { $0.learners == [a] || $0.holds(a) })
    }

    @Test("another disk, or an older copy of it, is refused while the node lives")
    func twins() throws {
        let (a, _, _, _) = try nodes()
        var cluster = TestCluster()
        try cluster.start(a)
        try cluster.start(a)
        let other = NodeRegistration(
            id: a, address: "", diskID: 2, incarnation: 0, startCounter: 0, nonce: 90)
        let copy = NodeRegistration(
            id: a, address: "", diskID: 1, incarnation: 1, startCounter: 1, nonce: 91)
        for twin in [other, copy] {
            #expect(
                CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                    try cluster.state.register(twin, nowMs: cluster.nowMs)
                } == .refused)
        }
        // Of two processes with one disk the first goes on.
        try cluster.beat(a)
        try cluster.pass(5000, hearing: [])
        try cluster.state.register(other, nowMs: cluster.nowMs)
        #expect(cluster.state.registrationReply(a)?.incarnation == 2)
    }

    @Test("a new coordinator does not know yet whether a node lives")
    func unknown() throws {
        let (a, _, _, _) = try nodes()
        var cluster = TestCluster()
        try cluster.start(a)
        cluster.state = CoordinatorState(
            cluster.state.record, settings: CoordinatorSettings(), startedMs: cluster.nowMs)
        let other = NodeRegistration(
            id: a, address: "", diskID: 2, incarnation: 0, startCounter: 0, nonce: 90)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.register(other, nowMs: cluster.nowMs)
            } == .unavailable)
    }

    @Test("the last complete copy's lossy restart loses the shard until somebody accepts it")
    func lost() throws {
        let (a, b, _, _) = try nodes()
        var cluster = TestCluster(shards: 2, backups: 0)
        try cluster.start(a)
        try cluster.start(a, isSuspect: true)
        #expect(cluster.shards.allSatisfy { $0.condition == .lost && $0.primary == nil })
        try cluster.start(b)
        try cluster.pass(60_000, hearing: [a, b])
        #expect(cluster.shards.allSatisfy { $0.condition == .lost && $0.primary == nil })
        let epoch = cluster.shards[0].epoch
        try cluster.state.operate(.revive(shard: 0, on: nil), nowMs: cluster.nowMs)
        #expect(cluster.shards[0].primary == a && cluster.shards[0].epoch == epoch + 1)
        #expect(cluster.shards[0].inSync == [cluster.member(a)])
        try cluster.state.operate(.revive(shard: 1, on: b), nowMs: cluster.nowMs)
        #expect(cluster.shards[1].primary == b && cluster.shards[1].condition == .normal)
        #expect(
            CoordinatorError.Code.thrown { () throws(CoordinatorError) in
                try cluster.state.operate(.revive(shard: 1, on: a), nowMs: cluster.nowMs)
            } == .failedPrecondition)
    }
}
