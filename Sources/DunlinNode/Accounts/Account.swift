import DunlinCore

/// One account that has anything going on. All accounts of a shard share its executor, so the
/// shard calls them without a hop and nothing awaits between reading the state and deciding.
///
/// The state rests in one buffer, is decoded for a turn, and stays decoded in a seat while an
/// answer is about to come.
actor Account {
    nonisolated let compactID: CompactID
    // These lie in the gap behind the id: the order of fields saves 16 bytes of each account.

    /// Changed since the shard was folded last.
    var isDirty = false
    /// A timer that waits for `running` to fall to zero, under a manual clock.
    var isHeld = false
    /// The shard's table has it; what comes for one that it has not is too late.
    var isResident = true
    /// The state lists effects that are not answered.
    var hasEffects = false
    /// Effects that a runner is working on, and charges that a gateway is about to answer at once.
    var running: UInt16 = 0

    nonisolated let tenant: TenantHandle
    /// ``EntityKey/shardHash``: the place in the shard's table.
    nonisolated let hash: UInt64
    /// Keeps the executor alive, which an unowned reference does not.
    private nonisolated let shard: Shard

    /// The state as of the last turn, committed or not; stale while there is a seat. Empty for an
    /// account that nothing happened to yet.
    @exclusivity(unchecked) var resting: [UInt8] = []
    /// The decoded state while an answer is about to come.
    var seat: TurnSeat?
    /// The next due instant in ms; ``never`` when there is none. The shard's heap has an entry.
    var dueMs = Account.never
    /// The batch that the state reflects; committed when it is at most the shard's committed op.
    var lastOp: UInt64 = 0
    /// Turns that changed the account; says whether anything happened since an intent.
    var turns: UInt32 = 0

    static let never = Int64.max

    init(
        id: CompactID, tenant: TenantHandle, hash: UInt64, shard: Shard
    ) {
        self.compactID = id
        self.tenant = tenant
        self.hash = hash
        self.shard = shard
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        self.shard.unownedExecutor
    }

    /// Whether the account lives in that shard.
    nonisolated func isOf(_ shard: Shard) -> Bool { self.shard === shard }

    nonisolated var id: String { self.compactID.string }

    nonisolated var key: EntityKey { EntityKey(tenant: self.tenant.name, key: self.id) }
}
