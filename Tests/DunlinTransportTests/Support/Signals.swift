import Synchronization

/// Opens once; whoever waits goes on then, or when cancelled.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (self.stream, self.continuation) = AsyncStream.makeStream()
    }

    func open() { self.continuation.finish() }

    func wait() async {
        for await _ in self.stream {}
    }
}

/// Remembers what happened, and lets a test wait for it.
final class Diary: Sendable {
    private struct State {
        var entries: [String] = []
        var waiting: [(wanted: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func note(_ entry: String) {
        let ready = self.state.withLock { state in
            state.entries.append(entry)
            let ready = state.waiting.filter { $0.wanted == entry }
            state.waiting.removeAll { $0.wanted == entry }
            return ready
        }
        for waiting in ready { waiting.continuation.resume() }
    }

    func count(_ entry: String) -> Int {
        self.state.withLock { $0.entries.count { $0 == entry } }
    }

    /// Returns once `wanted` was noted. The test's time limit is its deadline.
    func wait(for wanted: String) async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                if state.entries.contains(wanted) { return true }
                state.waiting.append((wanted, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
