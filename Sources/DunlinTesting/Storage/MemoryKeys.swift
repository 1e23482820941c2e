package import DunlinCore
package import DunlinPorts
import Synchronization

/// Sealing keys in memory; durable at once, so a crash loses none.
package final class MemoryKeys: KeyStore, Sendable {
    private struct Contents {
        var keys: [EntityKey: [UInt8]] = [:]
        var failures: [StoreError] = []
    }

    private let contents = Mutex(Contents())

    package init() {}

    init(copying other: MemoryKeys) {
        let keys = other.contents.withLock { $0.keys }
        self.contents.withLock { $0.keys = keys }
    }

    /// The next calls of the port fail, one with each error, and change nothing.
    package func failNext(with errors: StoreError...) {
        self.contents.withLock { $0.failures += errors }
    }

    package func keys(_ entities: [EntityKey]) throws(StoreError) -> [[UInt8]?] {
        try self.access { contents in entities.map { contents.keys[$0] } }
    }

    package func destroy(_ entity: EntityKey) throws(StoreError) {
        try self.access { contents in contents.keys[entity] = nil }
    }

    func add(_ keys: [WrappedKey]) {
        self.contents.withLock { contents in
            for key in keys { contents.keys[key.entity] = key.wrapped }
        }
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
