package import DunlinCluster
import DunlinPorts
import Synchronization

/// What makes a node a member of a cluster. Immutable for the life of the process but for what its
/// parts hold.
package final class ClusterPart: Sendable {
    package let me: Member
    package let settings: ClusterSettings
    /// Shard by shard the epoch below which nothing is acknowledged (R7).
    let epochFloors: [UInt64]
    let links: any ReplicaLinks
    package let lease: Lease
    package let marks: CommitMarks
    let limits: ReplicaLimits
    /// Hands a shard's request on to the coordinator; its answer comes back to the shard.
    let ask: @Sendable (CoordinatorRequest) -> Void
    let takeUps: any TakeUpMarks
    /// The newest level of records that this program reads.
    let levelMax: UInt32
    private let levelBox: Atomic<UInt32>

    package init(
        registration: RegistrationReply, me: NodeID, links: any ReplicaLinks, lease: Lease,
        limits: ReplicaLimits = .standard, takeUps: (any TakeUpMarks)? = nil,
        levelMax: UInt32 = 1,
        ask: @escaping @Sendable (CoordinatorRequest) -> Void
    ) {
        self.me = Member(me, incarnation: registration.incarnation)
        self.settings = registration.map.settings
        self.epochFloors = registration.epochFloors
        self.links = links
        self.lease = lease
        self.marks = CommitMarks(shardCount: registration.map.settings.shardCount)
        self.limits = limits
        self.ask = ask
        self.takeUps = takeUps ?? NoTakeUpMarks()
        self.levelMax = levelMax
        self.levelBox = Atomic(registration.map.settings.level)
    }

    /// The level that the whole cluster writes, as far as this node was told.
    var level: UInt32 { self.levelBox.load(ordering: .relaxed) }

    /// Answers whether it was lower before.
    func raise(to level: UInt32) -> Bool {
        self.levelBox.max(level, ordering: .relaxed).oldValue < level
    }
}

/// What a shard asks of the coordinator.
package enum CoordinatorRequest: Sendable {
    case changeInSync(InSyncChange)
    case handOver(HandOver)
    /// It could not be taken up.
    case broken(UInt32)
}

/// Carries batches to other copies. Answers come back to the shard, each entry's once.
package protocol ReplicaLinks: Sendable {
    /// Sends soon; `answer` is called once, on any thread, with `nil` when it is not known whether
    /// the copy has it.
    func send(
        _ entry: PrepareEntry, to node: NodeID,
        answer: @escaping @Sendable (_ incarnation: UInt64, _ outcome: PrepareOutcome?) -> Void)
}

/// Until when this node may count itself the owner of what it leads.
package final class Lease: Sendable {
    private let endMs = Atomic<Int64>(.min)
    private let clock: @Sendable () -> Int64
    private let wall: ClockWatch?

    /// `clock`: monotonic ms that go on while the machine sleeps. `wall`: `nil` where time is moved
    /// by hand.
    package init(clock: @escaping @Sendable () -> Int64, wall: ClockWatch? = nil) {
        self.clock = clock
        self.wall = wall
    }

    /// It lasts now, and the wall's clock is believed; asked right before every effect.
    package var holds: Bool {
        self.clock() < self.endMs.load(ordering: .relaxed) && self.clockErrorMs == 0
    }

    /// By how much the wall's clock is ahead of what it should be; 0 while it is believed.
    var clockErrorMs: Int64 { self.wall?.errorMs ?? 0 }

    /// Ms that are left; negative when it has run out.
    package var leftMs: Int64 {
        let end = self.endMs.load(ordering: .relaxed)
        return end == .min ? -1 : end - self.clock()
    }

    /// A heartbeat was answered.
    package func renew(untilMs end: Int64) {
        let known = self.endMs.load(ordering: .relaxed)
        if end > known { self.endMs.store(end, ordering: .relaxed) }
    }

    /// The node must not act any more: it was replaced.
    package func end() {
        self.endMs.store(.min, ordering: .relaxed)
    }
}

/// Up to which op each shard's journal on this node is known to be committed: what lists and totals
/// may be folded from.
package final class CommitMarks: Sendable {
    private let ops: Mutex<[UInt64]>

    init(shardCount: UInt32) {
        self.ops = Mutex(Array(repeating: 0, count: Int(shardCount)))
    }

    func raise(_ shard: UInt32, to op: UInt64) {
        self.ops.withLock { $0[Int(shard)] = max($0[Int(shard)], op) }
    }

    package func committedOps() -> [UInt32: UInt64] {
        self.ops.withLock { ops in
            Dictionary(uniqueKeysWithValues: ops.enumerated().map { (UInt32($0), $1) })
        }
    }
}
