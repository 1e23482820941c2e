import DunlinPorts
import Foundation
import Synchronization

/// A serial executor on a thread of its own: one of a node's few loops.
///
/// Work runs in the order of its arrival; delayed work joins the queue when its time has come.
/// What ends work that is under way goes before the rest.
/// Never blocks for more than the work that it runs.
///
/// `@unchecked Sendable`: every stored variable is read and written with `condition` locked, or
/// (`thread`) written once before the thread starts.
package final class ThreadExecutor: ShardExecutor, @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Delayed {
        var dueMs: Int64
        var work: @Sendable () -> Void
    }

    private let condition = MonotonicCondition()
    private var queue: [Work] = []
    /// Goes before the queue.
    private var next: [@Sendable () -> Void] = []
    /// Whether `next` may hold anything, to be asked without the lock.
    private let hasNext = Atomic(false)
    /// Sorted by due time, latest first.
    private var delayed: [Delayed] = []
    private var isStopped = false
    private var threadID: pthread_t?

    package init(name: String) {
        let thread = Thread { [self] in self.loop() }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Ends the thread once everything that was enqueued before has run.
    package func stop() {
        self.condition.lock()
        self.isStopped = true
        self.condition.signal()
        self.condition.unlock()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        self.add(.job(UnownedJob(job)))
    }

    package func run(_ job: @escaping @Sendable () -> Void) {
        self.add(.closure(job))
    }

    package func runNext(_ job: @escaping @Sendable () -> Void) {
        self.condition.lock()
        self.next.append(job)
        self.hasNext.store(true, ordering: .releasing)
        if self.next.count == 1 { self.condition.signal() }
        self.condition.unlock()
    }

    package func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        let due = monotonicMilliseconds() + max(0, delayMs)
        self.condition.lock()
        let place = self.delayed.firstIndex { $0.dueMs <= due } ?? self.delayed.count
        self.delayed.insert(Delayed(dueMs: due, work: job), at: place)
        self.condition.signal()
        self.condition.unlock()
    }

    package var isCurrent: Bool {
        guard let threadID = self.threadID else { return false }
        return pthread_equal(threadID, pthread_self()) != 0
    }

    package func checkIsolated() {
        precondition(self.isCurrent, "called from outside the shard's executor")
    }

    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }

    private func add(_ work: Work) {
        self.condition.lock()
        self.queue.append(work)
        // The thread drains the whole queue at a time: one signal per batch is enough.
        if self.queue.count == 1 { self.condition.signal() }
        self.condition.unlock()
    }

    private func loop() {
        // Written before any job runs, and only jobs of this thread compare equal to it.
        self.condition.lock()
        self.threadID = pthread_self()
        self.condition.unlock()
        var batch: [Work] = []
        while self.waitForWork(&batch) {
            self.runNextOnes()
            for work in batch {
                switch work {
                case .job(let job): job.runSynchronously(on: self.asUnownedSerialExecutor())
                case .closure(let closure): closure()
                }
                self.runNextOnes()
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    /// Runs what goes before the rest, until there is none.
    private func runNextOnes() {
        while self.hasNext.load(ordering: .acquiring) {
            self.condition.lock()
            var jobs: [@Sendable () -> Void] = []
            swap(&jobs, &self.next)
            self.hasNext.store(false, ordering: .releasing)
            self.condition.unlock()
            for job in jobs { job() }
        }
    }

    /// Waits for work and takes all that came in order. Answers false when stopped and empty.
    private func waitForWork(_ batch: inout [Work]) -> Bool {
        self.condition.lock()
        defer { self.condition.unlock() }
        while true {
            self.joinDelayed()
            if !self.queue.isEmpty {
                swap(&batch, &self.queue)
                return true
            }
            if !self.next.isEmpty { return true }
            if self.isStopped { return false }
            if let first = self.delayed.last {
                let wait = max(0, first.dueMs - monotonicMilliseconds())
                self.condition.wait(ms: wait)
            } else {
                self.condition.wait()
            }
        }
    }

    private func joinDelayed() {
        guard !self.delayed.isEmpty else { return }
        let now = monotonicMilliseconds()
        while let first = self.delayed.last, first.dueMs <= now {
            self.queue.append(.closure(first.work))
            self.delayed.removeLast()
        }
    }
}

/// Milliseconds of a clock that counts while the machine sleeps.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
