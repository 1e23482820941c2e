package import DunlinCore
package import DunlinPorts

/// A node's runtime under simulation: virtual time, seeded threads, seeded randomness.
package final class SimRuntime: NodeRuntime {
    package let clock: any DomainClock
    package let executors: [any ShardExecutor]
    package let keeper: any ShardExecutor
    private let scheduler: SimScheduler

    package init(scheduler: SimScheduler, lanes: Int) {
        self.scheduler = scheduler
        self.clock = SimClock(scheduler: scheduler)
        self.executors = (0..<lanes).map { _ in scheduler.makeLane() }
        self.keeper = scheduler.makeLane()
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

    func now() -> Timestamp { Timestamp(ms: self.scheduler.nowMs) }
    var kind: String { "wall" }
}
