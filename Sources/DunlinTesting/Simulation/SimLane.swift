import DunlinPorts

/// A serial executor of the simulated process.
///
/// `@unchecked Sendable`: used on the scheduler's one thread only.
package final class SimLane: ShardExecutor, @unchecked Sendable {
    private unowned let scheduler: SimScheduler
    let number: Int
    var queue: [SimScheduler.Work] = []

    init(scheduler: SimScheduler, number: Int) {
        self.scheduler = scheduler
        self.number = number
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        self.queue.append(.job(UnownedJob(job)))
    }

    package func run(_ job: @escaping @Sendable () -> Void) {
        self.queue.append(.closure(job))
    }

    /// As any other: the scheduler draws what comes next.
    package func runNext(_ job: @escaping @Sendable () -> Void) {
        self.run(job)
    }

    package func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        self.scheduler.after(ms: delayMs, lane: self, survives: false, job)
    }

    package var isCurrent: Bool { self.scheduler.current === self }

    package func checkIsolated() {
        precondition(self.isCurrent, "called from outside the shard's executor")
    }

    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
}
