package import DunlinCore

/// Where a node gets time, threads and randomness from. The simulator has its own.
package protocol NodeRuntime: Sendable {
    /// Domain time: moves cases, links, windows.
    var clock: any DomainClock { get }

    /// Real time since some start, in milliseconds, counting while the machine sleeps: leases,
    /// rates, deadlines, a key's age at a gateway.
    func monotonicMs() -> Int64

    /// The wall's time, for the age of keys at real gateways. Virtual in the simulator.
    func wallNow() -> Timestamp

    /// The executors that shards are spread over, at least one.
    var executors: [any ShardExecutor] { get }

    /// An executor apart from the shards', for leases and the times between tries: shards at work
    /// do not delay it.
    var keeper: any ShardExecutor { get }

    /// Random bytes fit for keys. Seeded in the simulator.
    func randomBytes(_ count: Int) -> [UInt8]
}

/// One serial executor of the node: shards and their accounts run here, one job at a time.
package protocol ShardExecutor: SerialExecutor {
    /// Runs `job` on this executor, after what was enqueued before.
    func run(_ job: @escaping @Sendable () -> Void)

    /// Runs `job` on this executor before what ``run(_:)`` has enqueued and not begun: for what
    /// ends work that is under way. Such jobs keep their order among themselves.
    func runNext(_ job: @escaping @Sendable () -> Void)

    /// Runs `job` on this executor after `delayMs` of real time.
    func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void)

    /// Whether the caller runs on this executor.
    var isCurrent: Bool { get }
}

/// Domain time.
package protocol DomainClock: Sendable {
    func now() -> Timestamp
    /// `wall` or `manual`.
    var kind: String { get }
}
