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
    /// Shards that the former process was taking up when it ended without a word.
    package var crashed: [CrashedTakeUp]

    package init(
        id: NodeID, address: String, zone: String = "", diskID: UInt64, incarnation: UInt64,
        startCounter: UInt64, nonce: UInt64, isSuspect: Bool = false, levelMin: UInt32 = 1,
        levelMax: UInt32 = 1, crashed: [CrashedTakeUp] = []
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
        self.crashed = crashed
    }
}

/// A shard that was being taken up, in the epoch that it was to be led in.
package struct CrashedTakeUp: Hashable, Sendable {
    package var shard: UInt32
    package var epoch: UInt64

    package init(shard: UInt32, epoch: UInt64) {
        self.shard = shard
        self.epoch = epoch
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
