import Dispatch
import DunlinCore
import DunlinPorts
import Synchronization

/// A runtime whose time a test drives.
final class TestRuntime: NodeRuntime {
    let time: TestTime
    let clock: any DomainClock
    let executors: [any ShardExecutor]
    let keeper: any ShardExecutor
    private let lane: TestLane

    init(_ time: TestTime) {
        let lane = TestLane(time)
        self.time = time
        self.clock = TestClock()
        self.lane = lane
        self.executors = [lane]
        self.keeper = lane
    }

    func monotonicMs() -> Int64 { self.time.nowMs }
    func wallNow() -> Timestamp { Timestamp(ms: 0) }
    func randomBytes(_ count: Int) -> [UInt8] { Array(repeating: 7, count: count) }

    /// Runs `body` while time passes: as fast as tasks get their turns, or, for a store that needs
    /// the machine's time, no faster than that.
    func drive<Result: Sendable>(
        isRealTime: Bool, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled {
                    if isRealTime {
                        await withCheckedContinuation { continuation in
                            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) {
                                continuation.resume()
                            }
                        }
                    } else {
                        for _ in 0..<20 { await Task.yield() }
                    }
                    self.time.advance(5)
                    self.lane.fire()
                }
                // Whoever still waits for a moment gets it.
                self.time.advance(60_000)
                self.lane.fire()
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}

private struct TestClock: DomainClock {
    func now() -> Timestamp { Timestamp(ms: 0) }
    var kind: String { "manual" }
}

/// Runs what is given to it at once, or when its time has come.
private final class TestLane: ShardExecutor {
    private struct Timed {
        var atMs: Int64
        var work: @Sendable () -> Void
    }

    private let time: TestTime
    private let waiting = Mutex<[Timed]>([])

    init(_ time: TestTime) {
        self.time = time
    }

    func enqueue(_ job: consuming ExecutorJob) {
        UnownedJob(job).runSynchronously(on: self.asUnownedSerialExecutor())
    }

    func run(_ job: @escaping @Sendable () -> Void) { job() }
    func runNext(_ job: @escaping @Sendable () -> Void) { job() }

    func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        let atMs = self.time.nowMs + delayMs
        self.waiting.withLock { $0.append(Timed(atMs: atMs, work: job)) }
    }

    var isCurrent: Bool { false }

    func fire() {
        let nowMs = self.time.nowMs
        let due = self.waiting.withLock { waiting in
            let due = waiting.filter { $0.atMs <= nowMs }
            waiting.removeAll { $0.atMs <= nowMs }
            return due
        }
        for timed in due { timed.work() }
    }
}
