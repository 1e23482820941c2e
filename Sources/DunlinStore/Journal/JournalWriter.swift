import Dispatch
import DunlinPorts
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The one thread that writes the journal: takes all that is queued, commits it as one
/// transaction, tells the senders, copies the log when it has grown.
final class JournalWriter: Sendable {
    /// What is asked of the writer.
    enum Work: Sendable {
        case append(JournalBatch)
        /// Removes the shard's batches after the op.
        case cut(shard: UInt32, after: UInt64)
    }

    struct Request: Sendable {
        var work: Work
        /// What it counts in the queue.
        var bytes: Int
        var completion: @Sendable (Result<Void, StoreError>) -> Void
    }

    private struct Inbox {
        var queue: [Request] = []
        /// Of what is queued or being written.
        var bytes = 0
        /// The thread is at work and will look again before it waits.
        var isAwake = false
        /// The thread ends when the queue is empty.
        var isClosing = false
        /// Set when nothing more is taken: what later batches are told.
        var refusal: StoreError?
    }

    private let file: StoreFile
    private let keys: SQLiteKeys
    private let limits: JournalLimits
    private let heads: [JournalHead]
    private let onFatal: @Sendable (StoreError) -> Void
    private let inbox = Mutex(Inbox())
    private let progress = Mutex(JournalFigures())
    private let wakeUps = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(
        file: StoreFile, keys: SQLiteKeys, limits: JournalLimits, heads: [JournalHead],
        onFatal: @escaping @Sendable (StoreError) -> Void
    ) {
        self.file = file
        self.keys = keys
        self.limits = limits
        self.heads = heads
        self.onFatal = onFatal
    }

    var figures: JournalFigures { self.progress.withLock { $0 } }

    /// Called once.
    func start() {
        let thread = Thread { self.run() }
        thread.name = "dunlin.journal"
        thread.start()
    }

    func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        let bytes = batch.records.count + batch.newKeys.count * 512 + 256
        self.enqueue(Request(work: .append(batch), bytes: bytes, completion: completion))
    }

    func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.enqueue(Request(work: .cut(shard: shard, after: op), bytes: 0, completion: completion))
    }

    private func enqueue(_ request: Request) {
        let bytes = request.bytes
        let (refusal, mustWake) = self.inbox.withLock { inbox -> (StoreError?, Bool) in
            if let refusal = inbox.refusal { return (refusal, false) }
            // One batch is always taken, however large.
            guard inbox.bytes == 0 || inbox.bytes + bytes <= self.limits.queuedBytesMax else {
                return (StoreError(.busy, operation: "queue batch"), false)
            }
            inbox.queue.append(request)
            inbox.bytes += bytes
            let wasAwake = inbox.isAwake
            inbox.isAwake = true
            return (nil, !wasAwake)
        }
        if mustWake { self.wakeUps.signal() }
        if let refusal { request.completion(.failure(refusal)) }
    }

    /// Returns when everything that was queued is written and the thread has ended.
    func close() {
        let isFirst = self.inbox.withLock { inbox in
            let isFirst = !inbox.isClosing
            inbox.isClosing = true
            inbox.refusal = inbox.refusal ?? StoreError(.failed, operation: "append after close")
            return isFirst
        }
        guard isFirst else { return }
        self.wakeUps.signal()
        self.ended.wait()
    }

    private func run() {
        var session = JournalSession(
            file: self.file, keys: self.keys, limits: self.limits, heads: self.heads)
        var lastGroupBytes = 0
        while true {
            if lastGroupBytes >= self.limits.gatherBytesMin { usleep(self.limits.gatherMicros) }
            let (group, isClosing) = self.takeGroup()
            guard !group.isEmpty else {
                if isClosing { break }
                lastGroupBytes = 0
                self.wakeUps.wait()
                continue
            }
            let outcome = session.commit(group)
            if let fatal = outcome.fatal {
                self.inbox.withLock { $0.refusal = fatal }
                self.onFatal(fatal)
            }
            let bytes = group.reduce(0) { $0 + $1.bytes }
            self.inbox.withLock { $0.bytes -= bytes }
            lastGroupBytes = bytes
            for (request, refusal) in zip(group, outcome.refusals) {
                request.completion(refusal.map { .failure($0) } ?? .success(()))
            }
            // After the completions: nobody waits for the log to be copied.
            session.checkpointIfDue()
            let figures = session.figures
            self.progress.withLock { $0 = figures }
        }
        self.ended.signal()
    }

    private func takeGroup() -> (group: [Request], isClosing: Bool) {
        self.inbox.withLock { inbox in
            guard !inbox.queue.isEmpty else {
                inbox.isAwake = false
                return ([], inbox.isClosing)
            }
            var count = 0
            var bytes = 0
            for request in inbox.queue {
                bytes += request.bytes
                guard count == 0 || bytes <= self.limits.groupBytesMax else { break }
                count += 1
            }
            if count == inbox.queue.count {
                let group = inbox.queue
                inbox.queue = []
                return (group, inbox.isClosing)
            }
            let group = Array(inbox.queue[..<count])
            inbox.queue.removeFirst(count)
            return (group, inbox.isClosing)
        }
    }
}
