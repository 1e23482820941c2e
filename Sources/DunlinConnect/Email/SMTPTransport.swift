import NIOPosix
import Synchronization

/// Delivers by blocking calls on threads of their own, so that neither an event loop nor the
/// cooperative pool waits for a mail server. Connections stay open between messages.
final class SMTPTransport: Sendable {
    private let settings: EmailSettings
    private let threads: NIOThreadPool
    private let state: Mutex<State>

    private struct State {
        /// Sessions that nobody uses, the one with the youngest connection last.
        var idle: [CurlSession] = []
        /// Deliveries that run or wait.
        var accepted = 0
    }

    init(settings: EmailSettings) {
        self.settings = settings
        self.threads = NIOThreadPool(numberOfThreads: settings.concurrencyMax)
        self.threads.start()
        self.state = Mutex(State())
    }

    /// One try. The caller decides about another.
    func deliver(from: String, to: String, message: [UInt8]) async -> SMTPVerdict {
        let limit = self.settings.concurrencyMax + self.settings.waitingMax
        let isAccepted = self.state.withLock { state in
            guard state.accepted < limit else { return false }
            state.accepted += 1
            return true
        }
        guard isAccepted else { return .again(reason: "smtp-overloaded") }
        defer { self.state.withLock { $0.accepted -= 1 } }
        do {
            return try await self.threads.runIfActive {
                let idle = self.state.withLock { $0.idle.popLast() }
                guard let session = idle ?? CurlSession(self.settings) else {
                    return .again(reason: "smtp-no-memory")
                }
                let verdict = session.deliver(from: from, to: to, message: message)
                self.state.withLock { $0.idle.append(session) }
                return verdict
            }
        } catch {
            return .failed(reason: "smtp-stopped")
        }
    }

    /// Ends the threads after the deliveries that run; what waits is given up.
    func shutdown() async {
        try? await self.threads.shutdownGracefully()
        self.state.withLock { $0.idle = [] }
    }
}
