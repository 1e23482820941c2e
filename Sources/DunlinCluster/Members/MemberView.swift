/// A node's own account of its lease and of the copies that it keeps.
package struct MemberView: Hashable, Sendable {
    package var node: String
    package var incarnation: UInt64
    /// Negative when the lease has run out.
    package var leaseLeftMs: Int64
    package var transitions: UInt64
    package var commits: UInt64
    package var residentAccounts: UInt64
    /// In the order of their numbers; shards of which it has nothing are left out.
    package var copies: [CopyView]
    /// The bundle that it decides by; 0 for unknown.
    package var bundle: UInt64

    package init(
        node: String, incarnation: UInt64, leaseLeftMs: Int64, transitions: UInt64,
        commits: UInt64, residentAccounts: UInt64, copies: [CopyView], bundle: UInt64 = 0
    ) {
        self.node = node
        self.incarnation = incarnation
        self.leaseLeftMs = leaseLeftMs
        self.transitions = transitions
        self.commits = commits
        self.residentAccounts = residentAccounts
        self.copies = copies
        self.bundle = bundle
    }
}

/// One shard's copy on a node.
package struct CopyView: Hashable, Sendable {
    /// Another copy, as the primary knows it.
    package struct Peer: Hashable, Sendable {
        package var node: String
        package var ackedOp: UInt64
        package var isInSync: Bool

        package init(node: String, ackedOp: UInt64, isInSync: Bool) {
            self.node = node
            self.ackedOp = ackedOp
            self.isInSync = isInSync
        }
    }

    package var shard: UInt32
    package var epoch: UInt64
    package var state: String
    package var headOp: UInt64
    package var committedOp: UInt64
    package var foldedOp: UInt64
    /// Of a shard that is led here.
    package var peers: [Peer]

    package init(
        shard: UInt32, epoch: UInt64, state: String, headOp: UInt64, committedOp: UInt64,
        foldedOp: UInt64, peers: [Peer]
    ) {
        self.shard = shard
        self.epoch = epoch
        self.state = state
        self.headOp = headOp
        self.committedOp = committedOp
        self.foldedOp = foldedOp
        self.peers = peers
    }
}
