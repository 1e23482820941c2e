package import DunlinWire
import Synchronization

/// What happened to connections since the start, for metrics and tests.
package final class TransportCounters: Sendable {
    package struct Snapshot: Sendable, Equatable {
        package var opened: UInt64 = 0
        package var closed: UInt64 = 0
        /// Connections that were not taken because too many were open.
        package var turnedAway: UInt64 = 0
        package var requests: UInt64 = 0
        /// Connections that were ended for what the peer sent or did not do.
        package var failures: [WireError.Code: UInt64] = [:]
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { self.state.withLock { $0 } }

    func opened() { self.state.withLock { $0.opened += 1 } }
    func closed() { self.state.withLock { $0.closed += 1 } }
    func turnedAway() { self.state.withLock { $0.turnedAway += 1 } }
    func requests(_ count: Int) { self.state.withLock { $0.requests += UInt64(count) } }
    func failed(_ code: WireError.Code) {
        self.state.withLock { $0.failures[code, default: 0] += 1 }
    }
}
