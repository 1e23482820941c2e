/// What the leading coordinator knows and decides: pure, one method for each thing that happens.
///
/// The shell hands happenings in with the time, lets ``settle(nowMs:)`` draw what follows, commits
/// the record's changes in one transaction that compares the leader's token and the revision (R10),
/// and answers only then. A state whose transaction did not go through is thrown away.
///
/// Invariants, whatever comes in which order:
/// 1. A shard's version and epoch only grow; an epoch has one primary for ever (I1).
/// 2. Every member of a shard's in-sync set and of its eligible ones holds all that was
///    acknowledged (I3): members join by a primary's word that names their present incarnation
///    (R5, KIP-903), and leave it with their incarnation (R7).
/// 3. Eligible members are there only while the in-sync set is smaller than `minInSync`, so that
///    nothing can have been committed without them (R4).
/// 4. Nobody is elected while another may still hold a lease for the shard.
///
/// Leases, loads and what was heard are not stored: after a change of leaders they are as if every
/// node had been heard at the last instant at which the former leader may have answered it.
package struct CoordinatorState: Sendable {
    /// What is known of a node's process and is not stored.
    struct Liveness: Sendable {
        /// From when on no lease of it can be in force.
        var electableAtMs: Int64
        /// This coordinator has heard of it since the process began.
        var isHeard = false
        var heardAtMs: Int64
        var wantsDrain = false
        var load = NodeLoad()
        var bundle: UInt64 = 0
        /// What its wall clock is ahead of this coordinator's monotonic one; `nil` when its time is
        /// moved by hand, or was not told.
        var clockMs: Int64?
    }

    package internal(set) var record: ClusterRecord
    package let settings: CoordinatorSettings
    let startedMs: Int64
    var liveness: [NodeID: Liveness] = [:]
    /// By shard number: the record's revision at which its configuration changed last.
    var changedAt: [UInt64]
    /// When the first node registered that a new cluster could be placed on.
    var placementSinceMs: Int64?
    var rebalancedMs: Int64
    /// By shard number: the newest epoch in which a primary said that it serves the shard, as far
    /// as this coordinator was told.
    var takenUpIn: [UInt64]
    /// By shard number: when its primary was elected, as far as this coordinator knows.
    var electedAtMs: [Int64]
    /// By shard: a node that gets a copy so that a fuller one may give its own up.
    var exchanges: [Int: NodeID] = [:]
    var rates: RateLedger
    /// What this coordinator's wall clock is ahead of its monotonic one.
    var ownClockMs: Int64?
    /// The record was changed since ``seal()``.
    var isChanged = false

    /// `startedMs`: When this coordinator began to lead, by its own clock; `record` was read after
    /// that.
    package init(_ record: ClusterRecord, settings: CoordinatorSettings, startedMs: Int64) {
        self.record = record
        self.settings = settings
        self.startedMs = startedMs
        self.changedAt = Array(repeating: record.revision, count: record.shards.count)
        self.takenUpIn = Array(repeating: 0, count: record.shards.count)
        self.electedAtMs = Array(repeating: startedMs, count: record.shards.count)
        self.rebalancedMs = startedMs
        let inheritedEndMs = settings.inheritedEndMs(startedMs: startedMs)
        self.rates = RateLedger(dealsFromMs: inheritedEndMs + RateLedger.windowMs)
        for node in record.nodes where node.record.state != .removed {
            self.liveness[node.record.id] = Liveness(
                electableAtMs: inheritedEndMs, heardAtMs: startedMs)
        }
    }

    /// Takes another record of the same store, keeping what was heard: after a transaction that
    /// found the store other than expected.
    package mutating func reload(_ record: ClusterRecord) {
        self.record = record
        self.changedAt = Array(repeating: record.revision, count: record.shards.count)
        self.isChanged = false
        for node in record.nodes
        where node.record.state != .removed && self.liveness[node.record.id] == nil {
            self.liveness[node.record.id] = Liveness(
                electableAtMs: self.settings.inheritedEndMs(startedMs: self.startedMs),
                heardAtMs: self.startedMs)
        }
    }

    /// Takes over what a state that was thrown away has heard: leases that may have been answered,
    /// and who is alive.
    package mutating func keepHearing(of other: CoordinatorState) {
        for (id, heard) in other.liveness where self.record.node(id) != nil {
            var liveness = self.liveness[id] ?? heard
            liveness.electableAtMs = max(liveness.electableAtMs, heard.electableAtMs)
            liveness.heardAtMs = max(liveness.heardAtMs, heard.heardAtMs)
            liveness.isHeard = liveness.isHeard || heard.isHeard
            self.liveness[id] = liveness
        }
    }

    /// Gives the changes since the last time their revision. False when there were none.
    package mutating func seal() -> Bool {
        guard self.isChanged else { return false }
        self.isChanged = false
        self.record.revision += 1
        return true
    }

    /// Draws what follows from the present state and the time: ended leases, elections, first
    /// places, missing and surplus copies, drains and moves. Bounded in what it begins.
    package mutating func settle(nowMs: Int64) {
        self.markSilent(nowMs: nowMs)
        self.electAll(nowMs: nowMs)
        self.placeNewShards(nowMs: nowMs)
        self.mendCopies(nowMs: nowMs)
        self.steerMoves(nowMs: nowMs)
        self.rebalance(nowMs: nowMs)
    }
}

extension CoordinatorState {
    /// Changes a node's record; of no effect for one that is not there.
    mutating func changeNode(_ id: NodeID, _ change: (inout ClusterRecord.Node) -> Void) {
        guard let index = self.record.index(of: id) else { return }
        var node = self.record.nodes[index]
        change(&node)
        guard node != self.record.nodes[index] else { return }
        self.record.nodes[index] = node
        self.isChanged = true
    }

    /// Changes a shard's configuration and raises its version, once, when something did change.
    mutating func change(_ shard: Int, _ change: (inout ShardConfiguration) -> Void) {
        let former = self.record.shards[shard].configuration
        var configuration = former
        change(&configuration)
        configuration.inSync.sort()
        configuration.eligible.sort()
        configuration.learners.sort()
        guard configuration != former else { return }
        configuration.version = former.version + 1
        self.record.shards[shard].configuration = configuration
        self.changedAt[shard] = self.record.revision + 1
        self.isChanged = true
    }

    func configuration(_ shard: Int) -> ShardConfiguration {
        self.record.shards[shard].configuration
    }

    /// A lease of the node may be in force, as far as anybody can know.
    func mayHoldLease(_ id: NodeID, nowMs: Int64) -> Bool {
        (self.liveness[id]?.electableAtMs ?? 0) > nowMs
    }

    /// The node's lease may be in force, and this coordinator has heard of it.
    func isAlive(_ id: NodeID, nowMs: Int64) -> Bool {
        guard let liveness = self.liveness[id], liveness.isHeard,
            let node = self.record.node(id), node.record.state != .removed
        else { return false }
        return liveness.electableAtMs > nowMs
    }

    /// The node answers now, as far as heartbeats tell: it has missed at most one.
    func isElectable(_ id: NodeID, nowMs: Int64) -> Bool {
        guard self.isAlive(id, nowMs: nowMs), let liveness = self.liveness[id] else { return false }
        return nowMs - liveness.heardAtMs <= 2 * self.settings.lease.heartbeatMs
    }

    mutating func hear(_ id: NodeID, nowMs: Int64) {
        var liveness =
            self.liveness[id] ?? Liveness(electableAtMs: nowMs, heardAtMs: nowMs)
        liveness.isHeard = true
        liveness.heardAtMs = nowMs
        liveness.electableAtMs = self.settings.lease.electableAtMs(heartbeatAnsweredMs: nowMs)
        self.liveness[id] = liveness
    }

    private mutating func markSilent(nowMs: Int64) {
        for node in self.record.nodes
        where node.record.state == .active || node.record.state == .draining {
            guard !self.mayHoldLease(node.record.id, nowMs: nowMs) else { continue }
            self.liveness[node.record.id]?.wantsDrain = false
            self.changeNode(node.record.id) { $0.record.state = .silent }
        }
    }
}
