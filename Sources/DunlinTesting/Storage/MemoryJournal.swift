package import DunlinPorts
import Synchronization

/// A journal in memory whose commits, failures and crashes a test decides.
///
/// It keeps every promise of the port: order without gaps within a shard, keys before records,
/// `full` and `busy` store nothing.
package final class MemoryJournal: JournalStore, Sendable {
    /// When an appended batch becomes durable.
    package enum Commits: Sendable {
        /// Before `append` returns.
        case immediately
        /// With the next ``MemoryJournal/commit(_:)``.
        case whenAsked
    }

    private enum Work: Sendable {
        case append(JournalBatch)
        case cut(shard: UInt32, after: UInt64)
    }

    private struct Waiting: Sendable {
        var work: Work
        var completion: @Sendable (Result<Void, StoreError>) -> Void
    }

    private struct Failure {
        var error: StoreError
        /// The group is durable all the same.
        var stores = false
    }

    private struct Contents {
        /// By shard, in the order of op.
        var shards: [UInt32: [JournalBatch]] = [:]
        var waiting: [Waiting] = []
        var failures: [Failure] = []
        var readFailures: [StoreError] = []
        var stalled: [UInt32: (op: UInt64, error: StoreError)] = [:]
        var commits = 0
    }

    private let contents = Mutex(Contents())
    private let commits: Commits
    private let keys: MemoryKeys

    package init(commits: Commits = .immediately, keys: MemoryKeys = MemoryKeys()) {
        self.commits = commits
        self.keys = keys
    }

    /// With what is durable in another one; nothing waits.
    init(copying other: MemoryJournal, keys: MemoryKeys) {
        self.commits = other.commits
        self.keys = keys
        let shards = other.contents.withLock { $0.shards }
        self.contents.withLock { $0.shards = shards }
    }

    package func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.contents.withLock {
            $0.waiting.append(Waiting(work: .append(batch), completion: completion))
        }
        if case .immediately = self.commits { self.commit() }
    }

    package func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.contents.withLock {
            $0.waiting.append(
                Waiting(work: .cut(shard: shard, after: op), completion: completion))
        }
        if case .immediately = self.commits { self.commit() }
    }

    /// Makes the oldest `count` waiting batches durable as one group, or fails them all with the
    /// next failure that was asked for; then calls their completions.
    ///
    /// Answers how many there were.
    @discardableResult
    package func commit(_ count: Int = .max) -> Int {
        let (group, results) = self.contents.withLock { contents in
            let group = Array(contents.waiting.prefix(count))
            contents.waiting.removeFirst(group.count)
            return (group, self.store(group.map(\.work), &contents))
        }
        for (waiting, result) in zip(group, results) { waiting.completion(result) }
        return group.count
    }

    /// The next groups fail, one with each error.
    package func failNext(with errors: StoreError...) {
        self.contents.withLock { $0.failures += errors.map { Failure(error: $0) } }
    }

    /// The next group becomes durable and is answered with `error`: of a code after which nobody
    /// knows.
    package func failNextAfterStoring(with error: StoreError) {
        self.contents.withLock { $0.failures.append(Failure(error: error, stores: true)) }
    }

    /// The next reads fail, one with each error.
    package func failNextRead(with errors: StoreError...) {
        self.contents.withLock { $0.readFailures += errors }
    }

    /// Loses what waits, and never answers it: a process that died. The first `survivors` batches
    /// turn out to be durable all the same, as after a commit whose answer was lost.
    package func crash(survivors: Int = 0) {
        self.contents.withLock { contents in
            _ = self.store(contents.waiting.prefix(survivors).map(\.work), &contents)
            contents.waiting = []
            contents.failures = []
            contents.readFailures = []
            contents.stalled = [:]
        }
    }

    /// Batches that wait for ``commit(_:)``.
    package var waitingCount: Int { self.contents.withLock { $0.waiting.count } }

    /// Groups that became durable.
    package var commitCount: Int { self.contents.withLock { $0.commits } }

    /// Changes a stored batch as a failing disk would.
    package func damage(shard: UInt32, op: UInt64, _ change: (inout JournalBatch) -> Void) {
        self.contents.withLock { contents in
            guard let index = contents.shards[shard]?.firstIndex(where: { $0.op == op }) else {
                return
            }
            contents.shards[shard]?.withElement(at: index, change)
        }
    }

    /// Loses one stored batch as a failing disk would.
    package func lose(shard: UInt32, op: UInt64) {
        self.contents.withLock { $0.shards[shard]?.removeAll { $0.op == op } }
    }

    package func batches(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalBatch]
    {
        try self.read { contents in
            let stored = contents.shards[shard] ?? []
            return Array(stored[stored.index(ofFirstFrom: fromOp)...].prefix(max(0, limit)))
        }
    }

    package func places(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError)
        -> [JournalHead]
    {
        try self.batches(shard: shard, fromOp: fromOp, limit: limit).map(\.place)
    }

    package func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        try self.read { contents in
            let stored = contents.shards[shard] ?? []
            let index = stored.index(ofFirstFrom: op)
            return index < stored.count && stored[index].op == op ? stored[index] : nil
        }
    }

    package func heads() throws(StoreError) -> [JournalHead] {
        try self.read { contents in
            contents.shards.values.compactMap(\.last)
                .map {
                    JournalHead(shard: $0.shard, op: $0.op, epoch: $0.epoch, hash: $0.hash)
                }
                .sorted { $0.shard < $1.shard }
        }
    }

    private func read<T: Sendable>(
        _ body: (Contents) -> T
    ) throws(StoreError) -> T {
        let result = self.contents.withLock { contents -> Result<T, StoreError> in
            guard contents.readFailures.isEmpty else {
                return .failure(contents.readFailures.removeFirst())
            }
            return .success(body(contents))
        }
        return try result.get()
    }

    private func store(
        _ group: [Work], _ contents: inout Contents
    ) -> [Result<Void, StoreError>] {
        guard !group.isEmpty else { return [] }
        if !contents.failures.isEmpty {
            let failure = contents.failures.removeFirst()
            guard !failure.stores else {
                _ = self.store(group, &contents)
                return group.map { _ in .failure(failure.error) }
            }
            for case .append(let batch) in group where contents.stalled[batch.shard] == nil {
                let head = contents.shards[batch.shard]?.last?.op
                contents.stalled[batch.shard] = (head.map { $0 + 1 } ?? batch.op, failure.error)
            }
            return group.map { _ in .failure(failure.error) }
        }
        contents.commits += 1
        return group.map { work in
            guard case .append(let batch) = work else {
                if case .cut(let shard, let op) = work {
                    contents.shards[shard]?.removeAll { $0.op > op }
                    contents.stalled[shard] = nil
                }
                return .success(())
            }
            let head = contents.shards[batch.shard]?.last?.op
            let next = contents.stalled[batch.shard]?.op ?? head.map { $0 + 1 } ?? batch.op
            guard batch.op > 0, batch.hash.count == 32, batch.op == next else {
                return .failure(
                    contents.stalled[batch.shard]?.error
                        ?? StoreError(.failed, operation: "append a batch out of order"))
            }
            contents.stalled[batch.shard] = nil
            self.keys.add(batch.newKeys)
            var stored = batch
            stored.newKeys = []
            contents.shards[batch.shard, default: []].append(stored)
            return .success(())
        }
    }
}

extension [JournalBatch] {
    /// Where the first batch with `fromOp ≤ op` is, by halving.
    fileprivate func index(ofFirstFrom fromOp: UInt64) -> Int {
        var range = self.startIndex..<self.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                self[middle].op < fromOp
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    fileprivate mutating func withElement(at index: Int, _ change: (inout Element) -> Void) {
        change(&self[index])
    }
}
