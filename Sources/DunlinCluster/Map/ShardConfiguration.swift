/// Who holds a shard: the part of the cluster's map that one shard needs.
///
/// Every change raises ``version``; a change of the primary raises ``epoch`` too. Only the
/// coordinator changes it, by comparing the version (R10: an older one is ignored everywhere).
package struct ShardConfiguration: Hashable, Sendable {
    package var version: UInt64
    /// 0 before the first election.
    package var epoch: UInt64
    /// `nil` while nobody leads the shard.
    package var primary: NodeID?
    /// The copies that hold everything acknowledged, the primary among them, sorted.
    package var inSync: [Member]
    /// Copies that left the in-sync set while nothing could be committed without them: complete,
    /// and electable when ``inSync`` has nobody alive (R4).
    package var eligible: [Member]
    /// Nodes that are to hold a copy and do not have all of it yet, sorted.
    package var learners: [NodeID]
    /// Where a planned move takes the shard; that node is elected as soon as it is in sync.
    package var moveTo: NodeID?
    package var condition: Condition

    package enum Condition: UInt8, Sendable, CaseIterable {
        case normal = 1
        /// The last copy that was complete is gone. Serves nothing until an operator accepts the
        /// loss.
        case lost = 2
        /// Its owners crashed one after the other while they took it up. Serves nothing until an
        /// operator releases it.
        case quarantined = 3
    }

    package init(
        version: UInt64 = 0, epoch: UInt64 = 0, primary: NodeID? = nil, inSync: [Member] = [],
        eligible: [Member] = [], learners: [NodeID] = [], moveTo: NodeID? = nil,
        condition: Condition = .normal
    ) {
        self.version = version
        self.epoch = epoch
        self.primary = primary
        self.inSync = inSync
        self.eligible = eligible
        self.learners = learners
        self.moveTo = moveTo
        self.condition = condition
    }

    /// The member of the in-sync set that lives on `node`.
    package func inSyncMember(_ node: NodeID) -> Member? {
        self.inSync.first { $0.node == node }
    }

    /// Whether `node` is to hold a copy, complete or not.
    package func holds(_ node: NodeID) -> Bool {
        self.inSyncMember(node) != nil || self.learners.contains(node)
            || self.eligible.contains { $0.node == node }
    }
}
