package import DunlinCore
package import DunlinPorts
import Synchronization

/// Snapshot rows in memory; a fold is durable when it returns, so a crash loses none.
package final class MemoryRows: RowStore, Sendable {
    private struct Contents {
        var rows: [UInt32: [EntityKey: EntityRow]] = [:]
        var folded: [UInt32: UInt64] = [:]
        var failures: [StoreError] = []
    }

    private let contents = Mutex(Contents())

    package init() {}

    init(copying other: MemoryRows) {
        let (rows, folded) = other.contents.withLock { ($0.rows, $0.folded) }
        self.contents.withLock {
            $0.rows = rows
            $0.folded = folded
        }
    }

    /// The next calls fail, one with each error, and change nothing.
    package func failNext(with errors: StoreError...) {
        self.contents.withLock { $0.failures += errors }
    }

    package func fold(
        shard: UInt32, rows: [EntityRow], foldedOp: UInt64
    ) throws(StoreError) {
        try self.access { contents in
            for row in rows { contents.rows[shard, default: [:]][row.key] = row }
            contents.folded[shard] = max(foldedOp, contents.folded[shard] ?? 0)
        }
    }

    package func rows(shard: UInt32, keys: [EntityKey]) throws(StoreError) -> [EntityRow?] {
        try self.access { contents in keys.map { contents.rows[shard]?[$0] } }
    }

    package func dueKeys(
        shard: UInt32, after last: DueKey?, before until: Timestamp, limit: Int
    ) throws(StoreError)
        -> [DueKey]
    {
        func precedes(_ left: DueKey, _ right: DueKey) -> Bool {
            left.dueAt != right.dueAt
                ? left.dueAt < right.dueAt : left.key.precedesOnDisk(right.key)
        }
        return try self.access { contents in
            let due = (contents.rows[shard] ?? [:]).values
                .filter { $0.dueAt.ms != 0 && $0.dueAt < until }
                .map { DueKey(key: $0.key, dueAt: $0.dueAt) }
                .filter { found in last.map { precedes($0, found) } ?? true }
                .sorted(by: precedes)
            return Array(due.prefix(max(0, limit)))
        }
    }

    package func scan(shard: UInt32, _ body: (EntityRow) -> Bool) throws(StoreError) {
        let rows = try self.access { contents in
            (contents.rows[shard] ?? [:]).values.sorted { $0.key.precedesOnDisk($1.key) }
        }
        for row in rows where !body(row) { return }
    }

    package func foldedOps() throws(StoreError) -> [UInt32: UInt64] {
        try self.access { $0.folded }
    }

    private func access<T: Sendable>(_ body: (inout Contents) -> T) throws(StoreError) -> T {
        let result = self.contents.withLock { contents -> Result<T, StoreError> in
            guard contents.failures.isEmpty else {
                return .failure(contents.failures.removeFirst())
            }
            return .success(body(&contents))
        }
        return try result.get()
    }
}

extension EntityKey {
    /// The order of rows on disk: tenant, kind and key, each as bytes.
    fileprivate func precedesOnDisk(_ other: EntityKey) -> Bool {
        if !self.tenant.utf8.elementsEqual(other.tenant.utf8) {
            return self.tenant.utf8.lexicographicallyPrecedes(other.tenant.utf8)
        }
        if self.kind != other.kind { return self.kind.rawValue < other.kind.rawValue }
        return self.key.utf8.lexicographicallyPrecedes(other.key.utf8)
    }
}
