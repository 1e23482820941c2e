import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

@testable import DunlinNode

/// A node's part of a gateway's limit, at a real time that the test moves.
@Suite("A gateway's pace", .timeLimit(.minutes(1)))
struct GatewayPaceTests {
    /// Real time stands still but when somebody waits: then it goes on to when that ends.
    private final class VirtualRuntime: NodeRuntime {
        private let nowMs = Mutex<Int64>(0)
        private let inner = SystemRuntime(clock: ManualClock(at: Timestamp(ms: 0)), loops: 1)

        var clock: any DomainClock { self.inner.clock }
        var executors: [any ShardExecutor] { self.inner.executors }
        var keeper: any ShardExecutor { VirtualExecutor(self) }
        func monotonicMs() -> Int64 { self.nowMs.withLock { $0 } }
        func wallNow() -> Timestamp { Timestamp(ms: self.monotonicMs()) }
        func randomBytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }
        func move(byMs ms: Int64) { self.nowMs.withLock { $0 += ms } }
        func stop() { self.inner.stop() }
    }

    private final class VirtualExecutor: ShardExecutor {
        private let runtime: VirtualRuntime

        init(_ runtime: VirtualRuntime) { self.runtime = runtime }

        func run(_ job: @escaping @Sendable () -> Void) { job() }
        func runNext(_ job: @escaping @Sendable () -> Void) { job() }
        func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
            self.runtime.move(byMs: delayMs)
            job()
        }
        var isCurrent: Bool { true }
        func enqueue(_ job: consuming ExecutorJob) {
            job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }

    private func most(_ instants: [Int64], withinMs span: Int64) -> Int {
        instants.map { end in instants.count { $0 > end - span && $0 <= end } }.max() ?? 0
    }

    @Test(
        "In no second do more requests begin than the part, and nearly as many do",
        arguments: [1, 7, 50, 500] as [UInt32])
    func keepsToThePart(perSecond: UInt32) async {
        let runtime = VirtualRuntime()
        defer { runtime.stop() }
        let pace = GatewayPace(limitPerSecond: perSecond, runtime: runtime)
        pace.renew(perSecond: perSecond, endsMs: .max)
        var instants: [Int64] = []
        while instants.count < Int(perSecond) * 10 {
            #expect(await pace.admit())
            instants.append(runtime.monotonicMs())
        }
        #expect(self.most(instants, withinMs: 1000) <= Int(perSecond))
        let span = (instants.last ?? 0) - (instants.first ?? 0)
        #expect(span <= 10_500, "ten seconds' worth took \(span) ms")
    }

    @Test("A part that shrinks holds at once, and one that ended lets nothing begin")
    func smallerAndEnded() async {
        let runtime = VirtualRuntime()
        defer { runtime.stop() }
        let pace = GatewayPace(limitPerSecond: 100, runtime: runtime)
        pace.renew(perSecond: 100, endsMs: .max)
        for _ in 0..<200 { #expect(await pace.admit()) }
        pace.renew(perSecond: 10, endsMs: .max)
        runtime.move(byMs: 1000)
        var instants: [Int64] = []
        for _ in 0..<40 {
            #expect(await pace.admit())
            instants.append(runtime.monotonicMs())
        }
        #expect(self.most(instants, withinMs: 1000) <= 10)
        pace.renew(perSecond: 10, endsMs: runtime.monotonicMs())
        #expect(!pace.mayFire())
        #expect(pace.figures.perSecond == 0)
        pace.close()
        #expect(await pace.admit() == false, "a closed pace lets nobody wait for ever")
    }

    @Test("No more attempts are decided than can begin soon")
    func decidesWhatCanLeave() {
        let runtime = VirtualRuntime()
        defer { runtime.stop() }
        let pace = GatewayPace(limitPerSecond: 100, runtime: runtime)
        pace.renew(perSecond: 100, endsMs: .max)
        runtime.move(byMs: 60_000)
        var decided = 0
        while pace.mayFire() { decided += 1 }
        #expect(decided == 200, "two seconds' worth after any pause")
        for _ in 0..<200 { pace.enqueue() }
        runtime.move(byMs: 5000)
        #expect(!pace.mayFire(), "so many wait already")
        #expect(pace.wantedPerSecond == 100)
        for _ in 0..<200 { pace.dequeue() }
        runtime.move(byMs: 5000)
        #expect(pace.mayFire())
    }

    @Test("A node keeps to the limit with more due at one instant, and makes each charge once")
    func nodeKeepsToIt() async throws {
        try await NodeBench.with(requestsPerSecondMax: 100) { bench in
            _ = try await bench.node.intake((0..<150).map { NodeBench.failure($0) })
            let begun = ContinuousClock.now
            try await bench.advance(days: 1)
            let took = ContinuousClock.now - begun
            #expect(bench.gateway.orders.count == 150)
            #expect(Set(bench.gateway.orders.map(\.key)).count == 150)
            // The second hundred waits for the next second.
            #expect(took > .milliseconds(400), "\(took)")
        }
    }
}
