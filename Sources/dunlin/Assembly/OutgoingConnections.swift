import AsyncHTTPClient
import DunlinConnect
import Synchronization

/// Clients of the outside, which must be ended however a start goes: their libraries trap when one
/// is let go with its connections open.
final class OutgoingConnections: Sendable {
    /// For gateways and billing systems.
    let http = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: StripeClient.httpConfiguration)
    private let endings = Mutex<[@Sendable () async -> Void]>([])
    private let isClosed = Atomic<Bool>(false)

    /// `ending` is called once, by ``close()``.
    func add(_ ending: @escaping @Sendable () async -> Void) {
        self.endings.withLock { $0.append(ending) }
    }

    /// Ends all connections; what is under way fails. Again: nothing.
    func close() async {
        guard !self.isClosed.exchange(true, ordering: .relaxed) else { return }
        for ending in self.endings.withLock({ $0 }) { await ending() }
        try? await self.http.shutdown()
    }
}
