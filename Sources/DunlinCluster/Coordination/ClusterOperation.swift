/// What an operator asks of the coordinator. Durable when it is answered; what it begins may take a
/// while, and the status shows how far it is.
package enum ClusterOperation: Hashable, Sendable {
    /// The node gives all its shards away and gets none.
    case drain(NodeID)
    /// The node takes shards again.
    case undrain(NodeID)
    /// The shard is led by that node as soon as its copy is complete.
    case move(shard: UInt32, to: NodeID)
    /// A shard whose last complete copy is gone goes on with what a node has: what was only in the
    /// lost copies is lost. Without a name the coordinator chooses one that had a copy.
    case revive(shard: UInt32, on: NodeID?)
    /// A quarantined shard is tried again.
    case release(shard: UInt32)
    /// The node is gone for good, or holds nothing. With `acceptLoss` also when it had the last
    /// complete copy of a shard, which is lost then.
    case remove(NodeID, acceptLoss: Bool)
    /// All nodes write this level from now on; there is no way back.
    case finalize(level: UInt32)
    case setCopies(backups: UInt32, minInSync: UInt32)
    /// All nodes decide by this bundle, which is kept. `former`: the one that it was made from; of
    /// two that were made from one, the second is refused.
    case useBundle(UInt64, former: UInt64)
    /// What was restored has been compared with the gateways: charges may go on.
    case confirmRestore
}

/// The cluster as the leading coordinator sees it.
package struct ClusterStatus: Hashable, Sendable {
    /// A node, with what is known of its process.
    package struct Node: Hashable, Sendable {
        package var record: NodeRecord
        package var isAlive: Bool
        /// Since its last heartbeat, in milliseconds; -1 when this coordinator has had none.
        package var silentMs: Int64
        package var isDraining: Bool
        /// It is about to stop.
        package var wantsDrain: Bool
        package var leads: UInt32
        package var copies: UInt32
        package var learners: UInt32
        /// Timers that fall due within an hour on the shards that it leads.
        package var dueNextHour: UInt64
        package var residentAccounts: UInt64
        /// 0 for unknown.
        package var diskFreeBytes: UInt64
        /// By which it decides; 0 for unknown.
        package var bundle: UInt64
        /// Its clock before the agreed time, or else the coordinator's; 0 for unknown.
        package var clockAheadMs: Int64

        package init(
            record: NodeRecord, isAlive: Bool, silentMs: Int64, isDraining: Bool,
            wantsDrain: Bool, leads: UInt32, copies: UInt32, learners: UInt32,
            dueNextHour: UInt64, residentAccounts: UInt64, diskFreeBytes: UInt64,
            bundle: UInt64 = 0, clockAheadMs: Int64 = 0
        ) {
            self.record = record
            self.isAlive = isAlive
            self.silentMs = silentMs
            self.isDraining = isDraining
            self.wantsDrain = wantsDrain
            self.leads = leads
            self.copies = copies
            self.learners = learners
            self.dueNextHour = dueNextHour
            self.residentAccounts = residentAccounts
            self.diskFreeBytes = diskFreeBytes
            self.bundle = bundle
            self.clockAheadMs = clockAheadMs
        }

        /// Nothing is fired on it, and it leads nothing, until its clock is right.
        package func hasWrongClock(_ clocks: Clocks) -> Bool {
            clocks.agree && self.clockAheadMs.magnitude > UInt64(ClockReckoning.offMsMax)
        }
    }

    /// How the wall clocks of nodes and coordinator stand to each other.
    package struct Clocks: Hashable, Sendable {
        /// A majority of them agrees, or there is nothing to compare.
        package var agree: Bool
        /// The coordinator's before the agreed time.
        package var coordinatorAheadMs: Int64

        package init(agree: Bool = true, coordinatorAheadMs: Int64 = 0) {
            self.agree = agree
            self.coordinatorAheadMs = coordinatorAheadMs
        }
    }

    package var map: ClusterMap
    /// In the order of their ids, those taken out among them.
    package var nodes: [Node]
    /// Where the leading coordinator is reached.
    package var leader: String
    /// Since it leads, in milliseconds.
    package var leadsForMs: Int64
    package var clocks: Clocks

    package init(
        map: ClusterMap, nodes: [Node], leader: String, leadsForMs: Int64,
        clocks: Clocks = Clocks()
    ) {
        self.map = map
        self.nodes = nodes
        self.leader = leader
        self.leadsForMs = leadsForMs
        self.clocks = clocks
    }

    /// Shards that are not `normal`, that nobody leads, or whose primary is not alive.
    package var shardsInTrouble: [UInt32] {
        let alive = Set(self.nodes.filter(\.isAlive).map(\.record.id))
        return self.map.shards.indices.filter { index in
            let shard = self.map.shards[index]
            guard shard.condition == .normal, let primary = shard.primary else { return true }
            return !alive.contains(primary)
        }.map { UInt32($0) }
    }
}
