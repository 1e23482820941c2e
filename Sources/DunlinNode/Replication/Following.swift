import DunlinCluster
import DunlinCore

/// A backup's replication of a shard: the decisions, and who waits for what to be durable.
struct Following {
    struct Waiting {
        let ackOp: UInt64
        let answer: @Sendable (PrepareOutcome) -> Void
    }

    var replica: FollowerReplica
    /// Everything up to here is stored.
    var durableOp: UInt64
    var waiting: [Waiting] = []
    /// Keys that go once the op is committed.
    var forgotten: [(op: UInt64, key: EntityKey)] = []

    init(_ replica: FollowerReplica) {
        self.replica = replica
        self.durableOp = replica.head.op
    }

    /// What may be folded into rows.
    var committedOp: UInt64 { min(self.replica.commitOp, self.durableOp) }
}
