/// What the coordinator keeps of a node.
package struct NodeRecord: Hashable, Sendable {
    package enum State: UInt8, Sendable, CaseIterable {
        /// Takes shards.
        case active = 1
        /// Gives its shards away and gets none; an operator asked for it, or it is stopping.
        case draining = 2
        /// Its lease ran out: what another copy can lead is led elsewhere, and nothing is placed on
        /// it until it is heard of again.
        case silent = 3
        /// Taken out by an operator; it may not register again under this disk.
        case removed = 4
    }

    package var id: NodeID
    package var incarnation: UInt64
    /// Of the data directory, made with it.
    package var diskID: UInt64
    /// Counts the starts of the process on that disk; the disk's own figure.
    package var startCounter: UInt64
    /// Where nodes and clients reach it, `host:port`.
    package var address: String
    package var state: State
    /// Levels of records and rows that its program knows, lowest and highest.
    package var levelMin: UInt32
    package var levelMax: UInt32
    /// Its failure domain; empty when none was configured.
    package var zone: String

    package init(
        id: NodeID, incarnation: UInt64, diskID: UInt64, startCounter: UInt64, address: String,
        state: State, levelMin: UInt32, levelMax: UInt32, zone: String
    ) {
        self.id = id
        self.incarnation = incarnation
        self.diskID = diskID
        self.startCounter = startCounter
        self.address = address
        self.state = state
        self.levelMin = levelMin
        self.levelMax = levelMax
        self.zone = zone
    }

    package var member: Member { Member(self.id, incarnation: self.incarnation) }
}
