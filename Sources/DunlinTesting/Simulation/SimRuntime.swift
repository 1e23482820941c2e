package import DunlinCore
package import DunlinPorts

/// A node's runtime under simulation: virtual time, seeded threads, seeded randomness.
package final class SimRuntime: NodeRuntime {
    package let clock: any DomainClock
    package let executors: [any ShardExecutor]
    package let keeper: any ShardExecutor
    private let scheduler: SimScheduler

    /// `process`: Where there are several. `aheadMs`: of domain time before real time.
    package init(
        scheduler: SimScheduler, lanes: Int, process: SimProcess? = nil,
        aheadMs: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        self.scheduler = scheduler
        self.clock = SimClock(scheduler: scheduler, aheadMs: aheadMs)
        self.executors = (0..<lanes).map { _ in scheduler.makeLane(of: process) }
        self.keeper = scheduler.makeLane(of: process)
    }

    package func monotonicMs() -> Int64 { self.scheduler.nowMs }
    package func wallNow() -> Timestamp { Timestamp(ms: self.scheduler.nowMs) }

    package func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: self.scheduler.random.next()) }
    }
}

/// Virtual time as domain time: it moves by itself, as the wall's does.
struct SimClock: DomainClock {
    let scheduler: SimScheduler
    let aheadMs: @Sendable () -> Int64

    func now() -> Timestamp { Timestamp(ms: self.scheduler.nowMs + self.aheadMs()) }
    var kind: String { "wall" }
}
