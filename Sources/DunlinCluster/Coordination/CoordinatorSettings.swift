/// How a coordinator decides. Not stored: every coordinator of a cluster should have the same.
package struct CoordinatorSettings: Hashable, Sendable {
    package var lease: LeaseTerms
    /// A coordinator answers heartbeats only so long after it has asked the store whether it still
    /// leads; a new one waits so much longer before it elects anybody.
    package var leadershipCheckMs: Int64
    /// Shards are first placed when so many nodes have registered…
    package var expectedNodes: Int
    /// …or so long after the first one did.
    package var placementWaitMs: Int64
    /// For how long a silent node is counted as if it came back.
    package var repairAfterMs: Int64
    /// Copies that catch up at the same time, in the whole cluster and on one node.
    package var learnersMax: Int
    package var learnersPerNodeMax: Int
    /// Shards that are on their way to another primary at the same time: whose new primary has to
    /// catch up first, and in all.
    package var movesMax: Int
    package var handOversMax: Int
    package var rebalanceEveryMs: Int64
    /// A shard is quarantined when so many owners in a row could not take it up.
    package var faultyOwnersMax: UInt32
    /// While a node takes up a shard over which an owner may have crashed, it is given no other one
    /// of that kind; for so long at most.
    package var doubtfulTakeUpMs: Int64

    package init(
        lease: LeaseTerms = .standard, leadershipCheckMs: Int64 = 1000, expectedNodes: Int = 1,
        placementWaitMs: Int64 = 30_000, repairAfterMs: Int64 = 0, learnersMax: Int = 16,
        learnersPerNodeMax: Int = 8, movesMax: Int = 8, handOversMax: Int = 64,
        rebalanceEveryMs: Int64 = 10_000, faultyOwnersMax: UInt32 = 3,
        doubtfulTakeUpMs: Int64 = 10_000
    ) {
        self.lease = lease
        self.leadershipCheckMs = leadershipCheckMs
        self.expectedNodes = expectedNodes
        self.placementWaitMs = placementWaitMs
        self.repairAfterMs = repairAfterMs
        self.learnersMax = learnersMax
        self.learnersPerNodeMax = learnersPerNodeMax
        self.movesMax = movesMax
        self.handOversMax = handOversMax
        self.rebalanceEveryMs = rebalanceEveryMs
        self.faultyOwnersMax = faultyOwnersMax
        self.doubtfulTakeUpMs = doubtfulTakeUpMs
    }

    /// When a coordinator that began to lead at `startedMs` may count what its predecessors granted
    /// as ended: they may have answered until their last look at the store went stale.
    package func inheritedEndMs(startedMs: Int64) -> Int64 {
        self.lease.electableAtMs(heartbeatAnsweredMs: startedMs) + self.leadershipCheckMs
            + self.leadershipCheckMs * 2 * self.lease.driftPerMille / 1000
    }
}
