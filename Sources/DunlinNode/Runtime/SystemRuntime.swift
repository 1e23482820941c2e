import CMalloc
package import DunlinCore
package import DunlinPorts
import Foundation
import Synchronization

/// The machine's own time, threads and randomness.
package final class SystemRuntime: NodeRuntime {
    package let clock: any DomainClock
    package let executors: [any ShardExecutor]
    package let keeper: any ShardExecutor
    private let threads: [ThreadExecutor]

    /// `loops`: how many threads shards are spread over; usually the number of cores.
    package init(clock: any DomainClock, loops: Int) {
        precondition(loops > 0, "a node needs at least one loop")
        Self.keepMemory()
        self.clock = clock
        let threads = (0..<loops).map { ThreadExecutor(name: "dunlin-loop-\($0)") }
        let keeper = ThreadExecutor(name: "dunlin-keeper")
        self.keeper = keeper
        self.threads = threads + [keeper]
        self.executors = threads
    }

    /// Tells the allocator to keep what is freed, up to these sizes, rather than give it back and
    /// have the kernel clear it again: batches come and go all the time.
    private static func keepMemory() {
        #if canImport(Glibc)
        mallopt(M_TRIM_THRESHOLD, 256 << 20)
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        #endif
    }

    package func monotonicMs() -> Int64 { monotonicMilliseconds() }

    package func wallNow() -> Timestamp { WallClock().now() }

    /// Eight at a time: each draw asks the kernel.
    package func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                var word = generator.next()
                for _ in 0..<min(8, count - filled) {
                    buffer.initializeElement(at: filled, to: UInt8(truncatingIfNeeded: word))
                    word >>= 8
                    filled += 1
                }
            }
        }
    }

    /// Ends the threads once their queues are empty.
    package func stop() {
        for thread in self.threads { thread.stop() }
    }
}

/// The wall's clock as domain time.
package struct WallClock: DomainClock {
    package init() {}

    package func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(ms: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package var kind: String { "wall" }
}

/// A clock that stands still until it is moved forward.
package final class ManualClock: DomainClock {
    private let instant: Mutex<Timestamp>

    package init(at start: Timestamp) {
        self.instant = Mutex(start)
    }

    package func now() -> Timestamp { self.instant.withLock { $0 } }

    package var kind: String { "manual" }

    /// Moves forward; an earlier instant changes nothing.
    package func move(to instant: Timestamp) {
        self.instant.withLock { $0 = max($0, instant) }
    }
}
