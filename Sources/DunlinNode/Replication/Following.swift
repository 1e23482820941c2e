import DunlinCluster
import DunlinCore

/// A backup's replication of a shard: the decisions, and who waits for what to be durable.
struct Following {
    struct Waiting {
        let ackOp: UInt64
        let answer: @Sendable (PrepareOutcome) -> Void
    }

    var replica: FollowerReplica
    /// Everything up to here is stored, and not about to be cut off.
    var durableOp: UInt64
    /// A cut is at the journal: what comes for the copy meanwhile. Nothing may follow a cut there
    /// before it is done: where it fails, the next batch would stand behind one that it does not
    /// belong to.
    var cutting: Cutting?

    struct Cutting {
        let afterOp: UInt64
        var entries: [(PrepareEntry, @Sendable (PrepareOutcome) -> Void)] = []
    }
    var waiting: [Waiting] = []
    /// Keys that go once the op is committed.
    var forgotten: [(op: UInt64, key: EntityKey)] = []

    init(_ replica: FollowerReplica) {
        self.replica = replica
        self.durableOp = replica.head.op
    }

    /// Everything after `op` is about to be cut off. Answers who waits for some of it: nobody may be
    /// told that it is stored.
    mutating func cut(after op: UInt64) -> [Waiting] {
        self.cutting = Cutting(afterOp: op)
        self.durableOp = min(self.durableOp, op)
        self.forgotten.removeAll { $0.op > op }
        let gone = self.waiting.filter { $0.ackOp > op }
        self.waiting.removeAll { $0.ackOp > op }
        return gone
    }

    /// A batch is stored; one that is about to be cut off does not count.
    mutating func stored(_ op: UInt64) {
        self.durableOp = max(self.durableOp, min(op, self.cutting?.afterOp ?? op))
    }

    /// What may be folded into rows.
    var committedOp: UInt64 { min(self.replica.commitOp, self.durableOp) }
}
