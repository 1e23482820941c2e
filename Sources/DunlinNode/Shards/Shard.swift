import DunlinCluster
import DunlinCore
import DunlinPorts
import Logging

/// One fixed slice of entities: decides for its accounts, journals in batches, and lets out
/// replies and effects only when they are committed.
///
///     state      happening                    to
///     loading    tail replayed                active
///     active     append failed                lost: memory is dropped, nothing is answered
///     lost       reload succeeded             active
///     active     drained                      stopped
///     following  elected (in a cluster)       loading, reconciling
///     reconciling  epoch's beginning committed  active
///     any        another was elected          following: memory is dropped
///
/// Invariants: (1) at most one batch is at the journal; (2) what an account's turn produced is
/// released only after its batch is committed; (3) an account's `lastOp` is at most the open
/// batch's op; (4) an account leaves memory only when `lastOp` is folded and no effect is listed;
/// (5) after a failed append nothing of memory is kept.
actor Shard {
    enum State: Equatable {
        case loading
        case active
        case lost
        case stopped
        /// A copy of what another node leads.
        case following
        /// Loaded; what is in the journal is not known to be committed yet.
        case reconciling
    }

    nonisolated let index: UInt32
    nonisolated let executor: any ShardExecutor
    /// Shared by the shards of this executor.
    nonisolated let seats: SeatPool
    nonisolated let environment: ShardEnvironment
    nonisolated let log: Logger

    var state = State.loading
    var epoch: UInt64 = 1
    /// Who holds the shard, as last heard; version 0 outside of a cluster.
    var configuration = ShardConfiguration()
    /// Set while this node leads the shard in a cluster.
    var leading: Leading?
    /// Set while this node keeps a copy.
    var following: Following?
    /// The last epoch that was led here: never led twice.
    var ledEpoch: UInt64 = 0
    /// What was handed to the journal and is not answered.
    var appending = 0
    /// A role of the cluster's waits until the journal has answered.
    var awaitsRole = false
    /// Counts how often memory was made anew.
    var generation: UInt64 = 0
    var table = AccountTable()
    // `@exclusivity(unchecked)`: neither calls anything that could come back to it.

    @exclusivity(unchecked) var heap = TimerHeap()
    /// Tenants' own entities that live in this shard.
    var tenantStates: [String: TenantState] = [:]
    /// Cards and addresses that accounts share, as far as they are in memory.
    var budgets = BudgetTable()
    var contexts: [ObjectIdentifier: DecisionContext] = [:]
    /// The tenant that had the last turn: most turns follow one of the same.
    private var lastContext: (tenant: TenantHandle, context: DecisionContext)?
    var tenants: [String: TenantHandle] = [:]

    @exclusivity(unchecked) var open = OpenBatch(op: 1)
    var sealed: OpenBatch?
    var lastHash = [UInt8](repeating: 0, count: 32)
    var committedOp: UInt64 = 0
    var foldedOp: UInt64 = 0
    var tailRecords: UInt64 = 0
    /// Keys whose records are not committed yet: the key store does not have them.
    var freshKeys: [EntityKey: AccountKey] = [:]
    /// Accounts whose erasure is committed and whose key is still there.
    var keysToDestroy: [EntityKey] = []
    /// Rows exist for accounts that are not in memory.
    var hasColdRows = false
    /// Due rows up to here are loaded, in ms.
    var loadedUntilMs: Int64 = .min
    /// No account that is not in memory falls due between the window's end and this, in ms; `nil`
    /// when that is not known.
    var coldDueMs: Int64?

    /// Work that waits for room in the open batch, in order.
    var waiting: [@Sendable (isolated Shard) -> Void] = []
    /// Accounts whose timer is due and may not fire: their tenant is paused.
    var held: [Account] = []
    /// Accounts whose timer is due and whose gateway takes no more at this moment, by tenant.
    var heldBack: [HeldBack] = []
    var isPollingHeldBack = false
    /// Set for a while after another node led the shard.
    var slowStart: SlowStart?
    /// Effects that a runner is working on.
    var runningEffects = 0
    /// Real time of the scheduled wake-up; ``Account/never`` when there is none.
    var wakeAtMs = Account.never
    var quietWaiters: [@Sendable () -> Void] = []
    var isFlushScheduled = false
    var isFolding = false
    /// No new turns until what is open is committed: rows are about to be taken.
    var isQuiescing = false
    var sweepPosition = 0

    init(
        index: UInt32, executor: any ShardExecutor, seats: SeatPool, environment: ShardEnvironment
    ) {
        self.index = index
        self.executor = executor
        self.seats = seats
        self.environment = environment
        self.log = Logger(label: "dunlin.shard")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        self.executor.asUnownedSerialExecutor()
    }

    /// Runs `work` on the shard without a task, after what was posted before.
    nonisolated func post(_ work: @escaping @Sendable (isolated Shard) -> Void) {
        self.executor.run { self.assumeIsolated { work($0) } }
    }

    /// Runs `work` on the shard before what only waits to begin: what is under way is ended first.
    nonisolated func postNext(_ work: @escaping @Sendable (isolated Shard) -> Void) {
        self.executor.runNext { self.assumeIsolated { work($0) } }
    }

    /// Makes the tenants' present settings and bundles the ones that decisions use.
    func install(_ tenants: [(TenantHandle, DecisionContext)]) {
        self.lastContext = nil
        for (handle, context) in tenants {
            self.tenants[handle.name] = handle
            self.contexts[ObjectIdentifier(handle)] = context
        }
        let waiting = self.held
        self.held = []
        for account in waiting {
            let due = account.assumeIsolated { $0.dueMs }
            if due != Account.never { self.heap.push(account, dueMs: due) }
        }
        self.scheduleWake()
    }

    /// What decisions for the tenant's accounts may look up; `nil` before it is installed.
    func context(of tenant: TenantHandle) -> DecisionContext? {
        if let last = self.lastContext, last.tenant === tenant { return last.context }
        guard let found = self.contexts[ObjectIdentifier(tenant)] else { return nil }
        self.lastContext = (tenant, found)
        return found
    }

    /// A turn may journal now.
    var hasRoom: Bool { self.open.hasRoom && !self.isQuiescing }

    /// Domain time for commands from outside.
    /// A wall clock that jumps moves no case: time goes on as it was reckoned until the cluster
    /// says what it is.
    var now: Timestamp {
        let now = self.environment.runtime.clock.now()
        let error = self.environment.cluster?.lease.clockErrorMs ?? 0
        return error == 0 ? now : Timestamp(ms: now.ms.decreased(by: error))
    }
}
