import DunlinCluster
import DunlinPorts

/// A led shard's replication: the decisions, and what is on its way to whom.
struct Leading {
    /// What is known of the way to one other copy.
    struct Outgoing {
        let node: NodeID
        /// The newest place that the copy is taken to share with this journal.
        var place: ChainHead
        /// An entry is on its way.
        var isAsked = false
        /// The commit mark of the last entry that was sent.
        var sentCommitOp: UInt64 = 0
        /// After a failure nothing is sent before this, in monotonic ms.
        var waitUntilMs = Int64.min
    }

    var replica: PrimaryReplica
    var outgoing: [Outgoing] = []
    /// The journal's newest place, which may not be durable yet.
    var head: ChainHead
    /// The batch at ``head``, while it is not known to be committed.
    var newest: ReplicaBatch?
    /// The shard takes no new work: its successor is about to be named. In monotonic ms.
    var handingOverSinceMs: Int64?
    var hasResigned = false
    var ticks: UInt64 = 0

    /// Bytes of one entry that catches a copy up.
    static let catchUpBytesMax = 512 * 1024
    static let retryMs: Int64 = 200
    /// A shard that is led by nobody asks for an election at least this often, in ms.
    static let resignMsMax: Int64 = 5000
    /// A shard that gave up its work for a successor takes it up again after this, in ms.
    static let handOverMsMax: Int64 = 2000

    init(_ replica: PrimaryReplica, head: ChainHead) {
        self.replica = replica
        self.head = head
        self.listOutgoing()
    }

    /// After another configuration: ways to new copies, none to those that left.
    mutating func listOutgoing() {
        let known = self.outgoing
        self.outgoing = self.replica.peers.map { peer in
            known.first { $0.node == peer.node }
                // A new one is taken to be level: it says so if it is not.
                ?? Outgoing(node: peer.node, place: self.head)
        }
    }
}
