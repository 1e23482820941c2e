import DunlinCore
import Glibc
import Synchronization

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
        var process: SimProcess?
        /// Belongs to the world outside of the process: a crash does not take it away.
        var survives: Bool
        var work: @Sendable () -> Void
    }

    /// Domain and real time alike, in milliseconds since the epoch.
    package private(set) var nowMs: Int64
    package let startMs: Int64
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
    private var processes: [SimProcess] = []
    /// What dead processes had before them. Never run; kept, because a killed process's memory is
    /// not unwound.
    private static let graveyard = Mutex<[Work]>([])

    package init(seed: UInt64, startMs: Int64) {
        self.random = SplitMix64(seed: seed)
        self.nowMs = startMs
        self.startMs = startMs
    }

    /// A serial executor of the simulated process, or of one of several.
    package func makeLane(of process: SimProcess? = nil) -> SimLane {
        let lane = SimLane(scheduler: self, process: process)
        self.lanes.append(lane)
        return lane
    }

    /// One of several processes in this world.
    package func makeProcess() -> SimProcess {
        let process = SimProcess(scheduler: self)
        self.processes.append(process)
        return process
    }

    /// `process`: Whose death takes the work away.
    package func after(
        ms: Int64, survives: Bool = false, process: SimProcess? = nil,
        _ work: @escaping @Sendable () -> Void
    ) {
        self.after(ms: ms, lane: nil, process: process, survives: survives, work)
    }

    func after(
        ms: Int64, lane: SimLane?, process: SimProcess? = nil, survives: Bool,
        _ work: @escaping @Sendable () -> Void
    ) {
        self.timedCount += 1
        let timed = Timed(
            atMs: self.nowMs + max(0, ms), order: self.timedCount, lane: lane,
            process: process ?? lane?.process, survives: survives, work: work)
        // The next one is the last.
        var range = self.timed.startIndex..<self.timed.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                self.timed[middle].atMs > timed.atMs
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        self.timed.insert(timed, at: range.lowerBound)
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

    /// One process dies, the others go on.
    package func crash(_ process: SimProcess) {
        guard process.isAlive else { return }
        process.isAlive = false
        var dead = process.jobs.map { Work.job($0) }
        process.jobs = []
        for lane in self.lanes where lane.process === process {
            dead += lane.queue
            lane.queue = []
        }
        dead += self.timed.filter { $0.process === process }.map { Work.closure($0.work) }
        self.lanes.removeAll { $0.process === process }
        self.processes.removeAll { $0 === process }
        self.timed.removeAll { $0.process === process }
        let buried = dead
        Self.graveyard.withLock { $0 += buried }
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
            guard let next = self.timed.last, next.atMs <= endMs else {
                self.nowMs = max(self.nowMs, endMs)
                return !self.timed.isEmpty
            }
            let due = self.timed.removeLast()
            self.nowMs = max(self.nowMs, due.atMs)
            if let lane = due.lane { lane.queue.append(.closure(due.work)) } else { due.work() }
        }
        return true
    }

    /// Runs one piece of ready work. Answers whether there was any.
    private func runReady() -> Bool {
        let busy = self.lanes.filter { !$0.queue.isEmpty && $0.process?.isPaused != true }
        let apart = self.processes.filter { !$0.jobs.isEmpty && !$0.isPaused }
        let choices = busy.count + self.global.count + apart.reduce(0) { $0 + $1.jobs.count }
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
        } else if choice < busy.count + self.global.count {
            let job = self.global.remove(at: choice - busy.count)
            job.runSynchronously(on: GlobalHook.executor.asUnownedTaskExecutor())
        } else {
            self.run(choice - busy.count - self.global.count, of: apart)
        }
        return true
    }

    private func run(_ choice: Int, of processes: [SimProcess]) {
        var left = choice
        for process in processes {
            guard left >= process.jobs.count else {
                let job = process.jobs.remove(at: left)
                job.runSynchronously(on: process.asUnownedTaskExecutor())
                return
            }
            left -= process.jobs.count
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
