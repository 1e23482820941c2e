/// A node's sign of life.
package struct Heartbeat: Hashable, Sendable {
    package var member: Member
    package var startCounter: UInt64
    /// Of the map that the node has.
    package var mapRevision: UInt64
    /// The node asks for its shards to be led elsewhere: it is about to stop.
    package var wantsDrain: Bool
    /// Shards whose tail was replayed and that could not be taken up: their owner crashes or
    /// cannot read them.
    package var brokenShards: [UInt32]
    package var load: NodeLoad
    /// What the node's shards would charge at gateways whose rate is limited.
    package var rateDemands: [RateDemand]
    /// By which the node decides; 0 for unknown.
    package var bundle: UInt64
    /// The node's wall clock, in ms since 1970; `nil` when its time is moved by hand.
    package var wallMs: Int64?

    package init(
        member: Member, startCounter: UInt64, mapRevision: UInt64, wantsDrain: Bool = false,
        brokenShards: [UInt32] = [], load: NodeLoad = NodeLoad(), rateDemands: [RateDemand] = [],
        bundle: UInt64 = 0, wallMs: Int64? = nil
    ) {
        self.member = member
        self.startCounter = startCounter
        self.mapRevision = mapRevision
        self.wantsDrain = wantsDrain
        self.brokenShards = brokenShards
        self.load = load
        self.rateDemands = rateDemands
        self.bundle = bundle
        self.wallMs = wallMs
    }
}

/// What a node does and has before it, for placement and for the operator's tables.
package struct NodeLoad: Hashable, Sendable {
    /// Of the shards that it leads, in the order of their numbers.
    package var shards: [ShardLoad]
    /// Bytes that its data directory's file system has left; 0 for unknown.
    package var diskFreeBytes: UInt64
    package var residentAccounts: UInt64

    package init(
        shards: [ShardLoad] = [], diskFreeBytes: UInt64 = 0, residentAccounts: UInt64 = 0
    ) {
        self.shards = shards
        self.diskFreeBytes = diskFreeBytes
        self.residentAccounts = residentAccounts
    }
}

/// A led shard's forecast.
package struct ShardLoad: Hashable, Sendable {
    package var shard: UInt32
    /// Timers that fall due in the next hour of domain time.
    package var dueNextHour: UInt64
    package var accounts: UInt64
    package var committedOp: UInt64

    package init(shard: UInt32, dueNextHour: UInt64, accounts: UInt64, committedOp: UInt64) {
        self.shard = shard
        self.dueNextHour = dueNextHour
        self.accounts = accounts
        self.committedOp = committedOp
    }
}

/// The answer to a sign of life: the lease lasts from when that sign was sent.
package struct HeartbeatReply: Hashable, Sendable {
    /// `nil` when the node's map is the present one.
    package var map: ClusterMap?
    package var lease: LeaseTerms
    /// The node's parts of the gateways' limits, one for each demand, in the same order. Each lasts
    /// as long as the lease, and replaces the one before.
    package var rateShares: [RateShare]
    /// The time that a majority of the cluster's clocks agrees on, in ms since 1970; `nil` for none.
    package var agreedMs: Int64?

    package init(
        map: ClusterMap?, lease: LeaseTerms, rateShares: [RateShare] = [], agreedMs: Int64? = nil
    ) {
        self.map = map
        self.lease = lease
        self.rateShares = rateShares
        self.agreedMs = agreedMs
    }
}
