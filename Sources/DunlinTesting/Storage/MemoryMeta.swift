package import DunlinPorts
import Synchronization

/// Small facts in memory; durable at once, so a crash loses none.
package final class MemoryMeta: MetaStore, Sendable {
    private let values = Mutex<[String: [UInt8]]>([:])
    private let failures = Mutex<[StoreError]>([])

    package init() {}

    init(copying other: MemoryMeta) {
        let values = other.values.withLock { $0 }
        self.values.withLock { $0 = values }
    }

    /// The next calls fail, one with each error, and change nothing.
    package func failNext(with errors: StoreError...) {
        self.failures.withLock { $0 += errors }
    }

    package func value(_ name: String) throws(StoreError) -> [UInt8]? {
        try self.failIfAsked()
        return self.values.withLock { $0[name] }
    }

    package func set(_ name: String, _ value: [UInt8]) throws(StoreError) {
        try self.failIfAsked()
        self.values.withLock { $0[name] = value }
    }

    private func failIfAsked() throws(StoreError) {
        let failure = self.failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let failure { throw failure }
    }
}
