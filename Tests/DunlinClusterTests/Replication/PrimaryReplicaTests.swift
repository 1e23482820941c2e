import DunlinCluster
import Testing

@Suite("A primary's decisions about its copies")
struct PrimaryReplicaTests {
    private let a: Member
    private let b: Member
    private let c: Member

    init() throws {
        let (a, b, c, _) = try nodes()
        self.a = Member(a, incarnation: 1)
        self.b = Member(b, incarnation: 2)
        self.c = Member(c, incarnation: 3)
    }

    private func primary(
        inSync: [Member], learners: [Member] = [], minInSync: Int = 1, storedOp: UInt64 = 0
    ) throws -> PrimaryReplica {
        try #require(
            PrimaryReplica(
                ShardConfiguration(
                    version: 1, epoch: 1, primary: self.a.node, inSync: inSync,
                    learners: learners.map(\.node)),
                me: self.a, storedOp: storedOp, committedOp: 0, minInSync: minInSync,
                limits: .standard, nowMs: 0))
    }

    @Test("with too few in sync for anything to be committed a learner joins all the same")
    func loneLearner() throws {
        var replica = try self.primary(
            inSync: [self.a], learners: [self.b], minInSync: 2, storedOp: 3)
        replica.append(op: 4, nowMs: 0)
        replica.stored(op: 4)
        #expect(replica.phase == .reconciling && replica.commitOp == 0)
        replica.acknowledged(
            by: self.b.node, incarnation: self.b.incarnation, epoch: 1, op: 3, nowMs: 1)
        #expect(replica.nextProposal(nowMs: 1) == nil, "it lacks the epoch's beginning")
        replica.acknowledged(
            by: self.b.node, incarnation: self.b.incarnation, epoch: 1, op: 4, nowMs: 2)
        #expect(replica.nextProposal(nowMs: 2) == [self.a, self.b])
        #expect(replica.phase == .reconciling, "the proposal alone commits nothing")
        replica.adopt(
            ShardConfiguration(
                version: 2, epoch: 1, primary: self.a.node, inSync: [self.a, self.b]), nowMs: 3)
        #expect(replica.phase == .active && replica.commitOp == 4)
    }

    @Test("whom it proposed is waited for until another version is known, also after a refusal")
    func refused() throws {
        var replica = try self.primary(inSync: [self.a], learners: [self.b])
        replica.append(op: 1, nowMs: 0)
        replica.stored(op: 1)
        replica.acknowledged(
            by: self.b.node, incarnation: self.b.incarnation, epoch: 1, op: 1, nowMs: 1)
        #expect(replica.nextProposal(nowMs: 1) == [self.a, self.b])
        replica.append(op: 2, nowMs: 2)
        replica.stored(op: 2)
        #expect(replica.commitOp == 1)
        // The same version again says nothing about requests that are still on their way.
        replica.adopt(
            ShardConfiguration(
                version: 1, epoch: 1, primary: self.a.node, inSync: [self.a],
                learners: [self.b.node]), nowMs: 3)
        #expect(replica.commitOp == 1 && replica.proposal != nil)
        replica.adopt(
            ShardConfiguration(
                version: 2, epoch: 1, primary: self.a.node, inSync: [self.a],
                learners: [self.b.node]), nowMs: 4)
        #expect(replica.commitOp == 2 && replica.proposal == nil)
        // It is not asked for again at once.
        replica.acknowledged(
            by: self.b.node, incarnation: self.b.incarnation, epoch: 1, op: 2, nowMs: 5)
        #expect(replica.nextProposal(nowMs: 5) == nil)
        #expect(
            replica.nextProposal(nowMs: 4 + ReplicaLimits.refusedPauseMs) == [self.a, self.b])
    }

    @Test("what a former life of a copy held says nothing of its present one")
    func formerLife() throws {
        var replica = try self.primary(inSync: [self.a, self.c], learners: [self.b])
        replica.append(op: 1, nowMs: 0)
        replica.stored(op: 1)
        replica.acknowledged(
            by: self.c.node, incarnation: self.c.incarnation - 1, epoch: 1, op: 1, nowMs: 1)
        #expect(replica.commitOp == 0)
        replica.acknowledged(
            by: self.c.node, incarnation: self.c.incarnation, epoch: 1, op: 0, nowMs: 2)
        #expect(replica.commitOp == 0)
        replica.acknowledged(by: self.b.node, incarnation: 2, epoch: 1, op: 1, nowMs: 2)
        replica.acknowledged(by: self.b.node, incarnation: 9, epoch: 1, op: 0, nowMs: 3)
        #expect(replica.nextProposal(nowMs: 3) == nil, "its new disk has nothing")
        replica.acknowledged(
            by: self.c.node, incarnation: self.c.incarnation, epoch: 1, op: 1, nowMs: 4)
        #expect(replica.commitOp == 1)
    }
}
