/// One of several processes under a scheduler: its tasks run here, its shards on lanes of it. It can
/// be paused, as by SIGSTOP, and it can die.
///
/// `@unchecked Sendable`: used on the scheduler's one thread only.
package final class SimProcess: TaskExecutor, @unchecked Sendable {
    private unowned let scheduler: SimScheduler
    var jobs: [UnownedJob] = []
    package internal(set) var isAlive = true
    /// Nothing of it runs; what comes for it waits.
    package var isPaused = false

    init(scheduler: SimScheduler) {
        self.scheduler = scheduler
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard self.isAlive else { return }
        self.jobs.append(job)
    }

    /// Begins a task of the process. There is nobody above it to await it, and a crash drops it as
    /// it drops a process.
    package func begin(_ work: @escaping @Sendable () async -> Void) {
        guard self.isAlive else { return }
        Task(executorPreference: self) { await work() }
    }
}
