package import DunlinCore
package import DunlinPorts

/// A node's runtime under simulation: virtual time, seeded threads, seeded randomness.
package final class SimRuntime: NodeRuntime {
    package let clock: any DomainClock
    package let executors: [any ShardExecutor]
    package let keeper: any ShardExecutor
    private let scheduler: SimScheduler
    private let clocks: @Sendable () -> SimClocks

    /// `process`: Where there are several. `aheadMs`: of domain time before real time. `clocks`:
    /// how wrong the machine's clocks are at this moment. `isByWall`: the node is told that its time
    /// is the wall's.
    package init(
        scheduler: SimScheduler, lanes: Int, process: SimProcess? = nil,
        aheadMs: @escaping @Sendable () -> Int64 = { 0 },
        clocks: @escaping @Sendable () -> SimClocks = { SimClocks() }, isByWall: Bool = true
    ) {
        self.scheduler = scheduler
        self.clocks = clocks
        self.clock = SimClock(
            scheduler: scheduler, aheadMs: aheadMs, kind: isByWall ? "wall" : "manual")
        self.executors = (0..<lanes).map { _ in scheduler.makeLane(of: process) }
        self.keeper = scheduler.makeLane(of: process)
    }

    package func monotonicMs() -> Int64 {
        let nowMs = self.scheduler.nowMs
        return nowMs + (nowMs - self.scheduler.startMs) * self.clocks().driftPerMille / 1000
    }

    package func wallNow() -> Timestamp {
        Timestamp(ms: self.scheduler.nowMs + self.clocks().wallStepMs)
    }

    package func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: self.scheduler.random.next()) }
    }
}

/// How a machine's clocks differ from true time.
package struct SimClocks: Hashable, Sendable {
    /// By so many thousandths the monotonic clock runs fast; negative for slow.
    package var driftPerMille: Int64 = 0
    /// The wall's clock is ahead by so much.
    package var wallStepMs: Int64 = 0

    package init() {}
}

/// Virtual time as domain time: it moves by itself, as the wall's does.
struct SimClock: DomainClock {
    let scheduler: SimScheduler
    let aheadMs: @Sendable () -> Int64
    let kind: String

    func now() -> Timestamp { Timestamp(ms: self.scheduler.nowMs + self.aheadMs()) }
}
