import DunlinCore
import DunlinPorts
import Synchronization
import Testing

@testable import DunlinNode

/// What fell due while nobody led a shard leaves in growing portions.
@Suite("A slow start after a failover", .timeLimit(.minutes(1)))
struct SlowStartTests {
    /// Counts as the wall's clock, and stands where the test puts it.
    private final class HandClock: DomainClock {
        private let instant: Mutex<Timestamp>

        init(at start: Timestamp) { self.instant = Mutex(start) }

        func now() -> Timestamp { self.instant.withLock { $0 } }
        var kind: String { "wall" }
    }

    @Test("Each second twice as many may fire as in the one before, until there is no bound")
    func doubles() {
        var start = SlowStart(startedMs: 5000)
        #expect(start.room(nowMs: 5000) == 64)
        start.note(60)
        #expect(start.room(nowMs: 5999) == 4)
        start.note(4)
        #expect(start.room(nowMs: 5999) == 0)
        #expect(start.nextMs(nowMs: 5999) == 6000)
        #expect(start.room(nowMs: 6000) == 128)
        // What was not used is not lost.
        #expect(start.room(nowMs: 7500) == 128 + 256)
        #expect(start.room(nowMs: 14_999) == 64 * 1023 - 64)
        #expect(start.room(nowMs: 15_000) == nil)
        #expect(start.room(nowMs: 0) == 0, "a clock that seems to go back opens nothing")
    }

    @Test("A shard that is taken over charges what fell due meanwhile bit by bit, and all of it")
    func takeOver() async throws {
        let bench = ClusterBench()
        let start = NodeBench.start
        let first = try await bench.start("a", clock: HandClock(at: start))
        let second = try await bench.start(
            "b", clock: HandClock(at: start.advanced(byMs: 26 * Milliseconds.hour)))
        bench.coordinator.elect(first.member, inSync: [first.member, second.member])
        await bench.serving("a", epoch: 1)
        let count = 100
        _ = try await first.node.intake((0..<count).map(NodeBench.failure))
        bench.kill("a")
        bench.coordinator.elect(second.member, inSync: [second.member])
        await bench.until { second.gateway.orders.count >= Int(SlowStart.firstCount) }
        #expect(second.gateway.orders.count == Int(SlowStart.firstCount))
        await bench.until { second.gateway.orders.count >= count }
        #expect(Set(second.gateway.orders.map(\.account)).count == count)
        #expect(second.gateway.orders.count == count)
        bench.kill("b")
    }
}
