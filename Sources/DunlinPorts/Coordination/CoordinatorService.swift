package import DunlinCluster

/// What the coordinator offers to nodes: membership, leases and the map.
///
/// Every answer that changes something is durable in the coordinator's store when it returns. A
/// change whose answer was lost may be sent again: it compares versions, so that it happens once.
package protocol CoordinatorService: Sendable {
    /// A node's process begins. The former process of that node leads nothing from then on.
    func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError)
        -> RegistrationReply

    /// Renews the node's lease, from the instant at which the request was sent.
    func heartbeat(_ heartbeat: Heartbeat) async throws(CoordinatorError) -> HeartbeatReply

    /// A primary proposes other in-sync copies (R5, R6). Answers the configuration that holds now,
    /// whether or not it is the proposed one.
    func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError)
        -> ShardConfiguration

    /// A primary that has committed all it took gives its shard to an in-sync copy. Answers the
    /// configuration that holds now.
    func handOver(_ handOver: HandOver) async throws(CoordinatorError) -> ShardConfiguration

    /// The map; `nil` when it is still the one of `revision`.
    func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap?
}

/// What a node says of itself when its process begins.
package struct NodeRegistration: Hashable, Sendable {
    package var id: NodeID
    package var address: String
    package var zone: String
    /// Of the data directory, made with it.
    package var diskID: UInt64
    /// The last figures that a coordinator gave this disk and that the disk has kept; 0 for a new
    /// one.
    package var incarnation: UInt64
    package var startCounter: UInt64
    /// Made and kept on disk before the first try of this registration, and used for all its tries:
    /// so that an answer that was lost does not look like a second process.
    package var nonce: UInt64
    /// What the disk had promised is not all there: a broken chain, a copy put back, an end of a
    /// process in the middle of an error of the disk.
    package var isSuspect: Bool
    package var levelMin: UInt32
    package var levelMax: UInt32

    package init(
        id: NodeID, address: String, zone: String = "", diskID: UInt64, incarnation: UInt64,
        startCounter: UInt64, nonce: UInt64, isSuspect: Bool = false, levelMin: UInt32 = 1,
        levelMax: UInt32 = 1
    ) {
        self.id = id
        self.address = address
        self.zone = zone
        self.diskID = diskID
        self.incarnation = incarnation
        self.startCounter = startCounter
        self.nonce = nonce
        self.isSuspect = isSuspect
        self.levelMin = levelMin
        self.levelMax = levelMax
    }
}

/// What a registered node must keep before it serves.
package struct RegistrationReply: Hashable, Sendable {
    /// Another one than the disk's when the restart was lossy.
    package var incarnation: UInt64
    package var startCounter: UInt64
    /// Shard by shard the epoch below which the node must acknowledge nothing any more (R7).
    package var epochFloors: [UInt64]
    package var map: ClusterMap
    package var lease: LeaseTerms

    package init(
        incarnation: UInt64, startCounter: UInt64, epochFloors: [UInt64], map: ClusterMap,
        lease: LeaseTerms
    ) {
        self.incarnation = incarnation
        self.startCounter = startCounter
        self.epochFloors = epochFloors
        self.map = map
        self.lease = lease
    }
}

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

    package init(
        member: Member, startCounter: UInt64, mapRevision: UInt64, wantsDrain: Bool = false,
        brokenShards: [UInt32] = [], load: NodeLoad = NodeLoad()
    ) {
        self.member = member
        self.startCounter = startCounter
        self.mapRevision = mapRevision
        self.wantsDrain = wantsDrain
        self.brokenShards = brokenShards
        self.load = load
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

    package init(map: ClusterMap?, lease: LeaseTerms) {
        self.map = map
        self.lease = lease
    }
}

/// A primary's proposal of other in-sync copies.
package struct InSyncChange: Hashable, Sendable {
    package var shard: UInt32
    /// Of the configuration that the proposal was made from: compared, so that a late one is
    /// refused.
    package var version: UInt64
    package var epoch: UInt64
    package var primary: Member
    /// With incarnations as their acknowledgements bore them (KIP-903). Sorted.
    package var inSync: [Member]

    package init(
        shard: UInt32, version: UInt64, epoch: UInt64, primary: Member, inSync: [Member]
    ) {
        self.shard = shard
        self.version = version
        self.epoch = epoch
        self.primary = primary
        self.inSync = inSync
    }
}

/// A primary's resignation in favour of an in-sync copy.
package struct HandOver: Hashable, Sendable {
    package var shard: UInt32
    package var version: UInt64
    package var epoch: UInt64
    package var primary: Member
    package var to: Member

    package init(shard: UInt32, version: UInt64, epoch: UInt64, primary: Member, to: Member) {
        self.shard = shard
        self.version = version
        self.epoch = epoch
        self.primary = primary
        self.to = to
    }
}

/// Why the coordinator did not do what it was asked.
package struct CoordinatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the caller can act on; also the metric label.
    package enum Code: UInt16, Sendable, CaseIterable {
        /// No coordinator answers, or none leads. Whether it was done is not known; send it again.
        case unavailable = 1
        /// The caller's incarnation or process was replaced: it must stop at once.
        case fenced = 2
        /// Another process of this name, or a disk that it cannot have, is registered.
        case refused = 3
        case notFound = 4
        case invalid = 5
        /// It cannot be done in the present state.
        case failedPrecondition = 6
        case internalError = 7
    }

    package var code: Code
    /// What was wrong and what to do. No ids but those of nodes and shards.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code): \(self.message)" }
}
