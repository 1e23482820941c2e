import DunlinCore
import Glibc

/// Runs everything that one process would run, on one thread, in an order that a seed decides, in
/// virtual time.
///
/// It takes the place of the global executor and of the shards' executors: whatever is ready waits
/// in one list, a seeded draw says what runs next, and when nothing is ready time jumps to the
/// next timed work. The same seed gives the same order, in this process and in any other.
///
/// `Task.sleep` would escape it (it goes to Dispatch), so nothing under simulation may use it.
///
/// `@unchecked Sendable`: everything is done on the one thread that calls ``run(until:)``; the
/// hook that the runtime calls runs on that thread too, because no other thread runs any task.
package final class SimScheduler: @unchecked Sendable {
    enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Timed {
        var atMs: Int64
        var order: UInt64
        var lane: SimLane?
        /// Belongs to the world outside of the process: a crash does not take it away.
        var survives: Bool
        var work: @Sendable () -> Void
    }

    /// Domain and real time alike, in milliseconds since the epoch.
    package private(set) var nowMs: Int64
    /// A hash over what ran, in order: equal for equal runs.
    package private(set) var trace: UInt64 = 0
    package private(set) var steps: UInt64 = 0
    package var random: SplitMix64
    /// The lane whose work runs now.
    var current: SimLane?

    private var global: [UnownedJob] = []
    private var lanes: [SimLane] = []
    private var timed: [Timed] = []
    private var timedCount: UInt64 = 0

    package init(seed: UInt64, startMs: Int64) {
        self.random = SplitMix64(seed: seed)
        self.nowMs = startMs
    }

    /// A serial executor of the simulated process.
    package func makeLane() -> SimLane {
        let lane = SimLane(scheduler: self, number: self.lanes.count)
        self.lanes.append(lane)
        return lane
    }

    package func after(
        ms: Int64, survives: Bool = false, _ work: @escaping @Sendable () -> Void
    ) {
        self.after(ms: ms, lane: nil, survives: survives, work)
    }

    func after(
        ms: Int64, lane: SimLane?, survives: Bool, _ work: @escaping @Sendable () -> Void
    ) {
        self.timedCount += 1
        self.timed.append(
            Timed(
                atMs: self.nowMs + max(0, ms), order: self.timedCount, lane: lane,
                survives: survives, work: work))
    }

    /// Waits in virtual time.
    package func sleep(ms: Int64) async {
        // Unsafe because a crash drops it, as a crash does.
        await withUnsafeContinuation { continuation in
            self.after(ms: ms) { continuation.resume() }
        }
    }

    /// The process dies: everything of it that waits is gone.
    package func crash() {
        self.global = []
        self.lanes = []
        self.timed.removeAll { !$0.survives }
        self.mix(0xDEAD)
    }

    /// Mixes something that happened into the trace.
    package func mix(_ value: UInt64) {
        self.trace = splitmix64(self.trace ^ value)
    }

    func enqueueGlobal(_ job: UnownedJob) {
        self.global.append(job)
    }

    /// Runs until nothing is left or time has reached `endMs`. Answers whether work is left.
    @discardableResult
    package func run(until endMs: Int64, stop: () -> Bool = { false }) -> Bool {
        while !stop() {
            if self.runReady() { continue }
            guard let next = self.nextTimed(), self.timed[next].atMs <= endMs else {
                self.nowMs = max(self.nowMs, endMs)
                return !self.timed.isEmpty
            }
            let due = self.timed.remove(at: next)
            self.nowMs = max(self.nowMs, due.atMs)
            if let lane = due.lane { lane.queue.append(.closure(due.work)) } else { due.work() }
        }
        return true
    }

    /// Runs one piece of ready work. Answers whether there was any.
    private func runReady() -> Bool {
        let busy = self.lanes.filter { !$0.queue.isEmpty }
        let choices = busy.count + self.global.count
        guard choices > 0 else { return false }
        let choice = Int(self.random.next() % UInt64(choices))
        self.steps += 1
        self.mix(UInt64(choice) << 32 ^ UInt64(bitPattern: self.nowMs))
        if choice < busy.count {
            let lane = busy[choice]
            let work = lane.queue.removeFirst()
            self.current = lane
            defer { self.current = nil }
            switch work {
            case .job(let job): job.runSynchronously(on: lane.asUnownedSerialExecutor())
            case .closure(let closure): closure()
            }
        } else {
            let job = self.global.remove(at: choice - busy.count)
            job.runSynchronously(on: GlobalHook.executor.asUnownedTaskExecutor())
        }
        return true
    }

    private func nextTimed() -> Int? {
        self.timed.indices.min { left, right in
            let (a, b) = (self.timed[left], self.timed[right])
            return a.atMs != b.atMs ? a.atMs < b.atMs : a.order < b.order
        }
    }
}

/// The seeded generator of the simulator: SplitMix64.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    package mutating func next() -> UInt64 {
        defer { self.state &+= 0x9E37_79B9_7F4A_7C15 }
        return splitmix64(self.state)
    }

    /// True with a chance of `permille` in a thousand.
    package mutating func chance(permille: UInt64) -> Bool { self.next() % 1000 < permille }

    package mutating func below(_ limit: UInt64) -> UInt64 { self.next() % max(1, limit) }
}
