import Synchronization

/// The tasks that answer a connection's calls, so that each can be cancelled by its stream.
final class HandlerTasks: Sendable {
    /// `UnsafeCurrentTask` may be cancelled from any thread while its task is alive. Handles are
    /// stored and removed by their own task, within `withUnsafeCurrentTask`, under the lock, and
    /// only used under the lock: so each is alive whenever it is used.
    private struct Handle: @unchecked Sendable {
        let task: UnsafeCurrentTask
    }

    private enum Entry {
        case starting
        case cancelled
        case running(Handle)
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    /// A request was taken; its task will start.
    func expect(stream: UInt64) {
        self.entries.withLock { $0[stream] = .starting }
    }

    func cancel(stream: UInt64) {
        self.entries.withLock { entries in
            switch entries[stream] {
            case .running(let handle): handle.task.cancel()
            case .starting: entries[stream] = .cancelled
            case .cancelled, nil: break
            }
        }
    }

    /// Runs `body` as the task of `stream`.
    func run(stream: UInt64, _ body: @Sendable () async -> Void) async {
        await withUnsafeCurrentTask { task in
            guard let task else { preconditionFailure("a handler outside a task") }
            let handle = Handle(task: task)
            self.entries.withLock { entries in
                if case .cancelled = entries[stream] { handle.task.cancel() }
                entries[stream] = .running(handle)
            }
            await body()
            self.entries.withLock { $0[stream] = nil }
        }
    }
}
