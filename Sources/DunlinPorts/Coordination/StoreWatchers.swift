import Synchronization

/// Those who want to hear of changes of a store that lives in this process.
package final class StoreWatchers: Sendable {
    private struct Watcher {
        var prefix: String
        var onChange: @Sendable () -> Void
    }

    private struct State {
        var watchers: [UInt64: Watcher] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Until the task is cancelled.
    package func watch(prefix: String, onChange: @escaping @Sendable () -> Void) async {
        let number = self.state.withLock { state in
            state.next += 1
            state.watchers[state.next] = Watcher(prefix: prefix, onChange: onChange)
            return state.next
        }
        defer { self.state.withLock { $0.watchers[number] = nil } }
        let (never, continuation) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        continuation.finish()
    }

    package func tell(_ keys: [String]) {
        let told = self.state.withLock { state in
            state.watchers.sorted { $0.key < $1.key }.map(\.value).filter { watcher in
                keys.contains { $0.hasPrefix(watcher.prefix) }
            }
        }
        for watcher in told { watcher.onChange() }
    }
}
