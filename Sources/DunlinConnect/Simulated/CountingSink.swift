package import DunlinCore
package import DunlinPorts
import Synchronization

/// A provider that takes every message and keeps only how many there were, by channel.
package final class CountingSink: ImmediateSender {
    private let counts = Mutex<[UInt64]>(Array(repeating: 0, count: 16))

    package init() {}

    package func send(_ order: MessageOrder) async -> EffectOutcome {
        self.sendNow(order)
    }

    package func sendNow(_ order: MessageOrder) -> EffectOutcome {
        self.counts.withLock { $0[Int(order.channel.rawValue)] += 1 }
        return .done(reference: "")
    }

    package func count(of channel: Channel) -> UInt64 {
        self.counts.withLock { $0[Int(channel.rawValue)] }
    }
}
