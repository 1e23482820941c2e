import DunlinCluster
import DunlinCore
package import DunlinPorts
import Synchronization

/// Keeps ``ClockReckoning`` for a node whose time is the wall's: asked by shards before each
/// effect and decision, and told by heartbeats.
package final class ClockWatch: Sendable {
    private let runtime: any NodeRuntime
    private let reckoning = Mutex(ClockReckoning())

    package init(_ runtime: any NodeRuntime) {
        self.runtime = runtime
    }

    /// By how much the wall's clock is ahead of what it should be; 0 while it is believed.
    package var errorMs: Int64 {
        let (wallMs, monotonicMs) = (self.runtime.wallNow().ms, self.runtime.monotonicMs())
        return self.reckoning.withLock { $0.errorMs(wallMs: wallMs, monotonicMs: monotonicMs) }
    }

    /// A heartbeat was answered.
    package func hear(agreedMs: Int64?) {
        let (wallMs, monotonicMs) = (self.runtime.wallNow().ms, self.runtime.monotonicMs())
        self.reckoning.withLock {
            $0.hear(agreedMs: agreedMs, wallMs: wallMs, monotonicMs: monotonicMs)
        }
    }
}
