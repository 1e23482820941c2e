import DunlinPorts

/// A serial executor of the simulated process.
///
/// `@unchecked Sendable`: used on the scheduler's one thread only.
package final class SimLane: ShardExecutor, @unchecked Sendable {
    private unowned let scheduler: SimScheduler
    let process: SimProcess?
    var queue: [SimScheduler.Work] = []

    init(scheduler: SimScheduler, process: SimProcess?) {
        self.scheduler = scheduler
        self.process = process
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard self.isAlive else { return }
        self.queue.append(.job(job))
    }

    package func run(_ job: @escaping @Sendable () -> Void) {
        guard self.isAlive else { return }
        self.queue.append(.closure(job))
    }

    /// As any other: the scheduler draws what comes next.
    package func runNext(_ job: @escaping @Sendable () -> Void) {
        self.run(job)
    }

    package func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        guard self.isAlive else { return }
        self.scheduler.after(ms: delayMs, lane: self, survives: false, job)
    }

    /// What a dead process is handed is gone.
    private var isAlive: Bool { self.process?.isAlive ?? true }

    package var isCurrent: Bool { self.scheduler.current === self }

    package func checkIsolated() {
        precondition(self.isCurrent, "called from outside the shard's executor")
    }

    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
}
