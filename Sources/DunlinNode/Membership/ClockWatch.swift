import DunlinCluster
import DunlinCore
package import DunlinPorts
import Synchronization

/// Keeps ``ClockReckoning`` for a node whose time is the wall's: asked by shards before each
/// effect and decision, and told by heartbeats.
package final class ClockWatch: Sendable {
    private let runtime: any NodeRuntime
    private let reckoning = Mutex(ClockReckoning())
    /// What the wall's clock was ahead of the cluster's time, as it was last heard.
    private let heardAheadMs = Mutex<Int64?>(nil)

    package init(_ runtime: any NodeRuntime) {
        self.runtime = runtime
    }

    /// By how much the wall's clock is ahead of what it should be; 0 while it is believed.
    package var errorMs: Int64 {
        let (wallMs, monotonicMs) = (self.runtime.wallNow().ms, self.runtime.monotonicMs())
        return self.reckoning.withLock { $0.errorMs(wallMs: wallMs, monotonicMs: monotonicMs) }
    }

    /// By how much the wall's clock is ahead of the cluster's time, as last heard or, of a clock that
    /// is not believed, as reckoned; `nil` while no majority of clocks agrees on a time.
    package var aheadMs: Int64? {
        let errorMs = self.errorMs
        return errorMs == 0 ? self.heardAheadMs.withLock { $0 } : errorMs
    }

    /// A heartbeat was answered.
    package func hear(agreedMs: Int64?) {
        let (wallMs, monotonicMs) = (self.runtime.wallNow().ms, self.runtime.monotonicMs())
        self.heardAheadMs.withLock { $0 = agreedMs.map { wallMs.decreased(by: $0) } }
        self.reckoning.withLock {
            $0.hear(agreedMs: agreedMs, wallMs: wallMs, monotonicMs: monotonicMs)
        }
    }
}
