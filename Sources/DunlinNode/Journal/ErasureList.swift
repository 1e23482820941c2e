package import DunlinCore
package import DunlinPorts

/// Whose sealing keys are destroyed for good, told by journals and by lists that were kept apart.
///
/// A copy of `keys.db` may be older than an erasure, and so may a copy of the journal. Before such
/// a copy serves, ``apply(to:holding:)`` destroys what it brought back.
///
/// Invariants: (1) an account is in the list while its newest record about a key says that it was
/// destroyed; (2) a key that was made after the erasure is another person's choice, and stays.
package struct ErasureList: Sendable, Equatable {
    /// When each account's key was last destroyed, by the clock of its records.
    package private(set) var erasedAt: [EntityKey: Timestamp] = [:]

    package init() {}

    /// In the order of keys.
    package var entries: [(key: EntityKey, at: Timestamp)] {
        self.erasedAt.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Adds one; of two about the same account the later counts.
    package mutating func add(_ key: EntityKey, at: Timestamp) {
        self.erasedAt[key] = max(at, self.erasedAt[key] ?? at)
    }

    package mutating func add(_ other: ErasureList) {
        for (key, at) in other.erasedAt { self.add(key, at: at) }
    }

    /// Destroys the key of every account in the list whose present key, as `journal` tells, is no
    /// newer than the erasure. Repeating it changes nothing.
    ///
    /// - Parameters:
    ///   - keys: That hold what a copy brought back.
    ///   - journal: What the journal beside them says of keys.
    /// - Returns: The accounts whose erasure that journal does not know: their state still says
    ///   locale, zone, country and attributes, so that they are to be erased by command again.
    /// - Throws: ``StoreError`` of the keys' store; what came before it is destroyed.
    package func apply(
        to keys: any KeyStore, holding journal: KeyRecords
    ) throws(StoreError) -> [EntityKey] {
        var unknown: [EntityKey] = []
        for (key, at) in self.entries {
            if let created = journal.createdAt[key] {
                // Made after the erasure: a new address of a later time.
                guard created <= at else { continue }
                unknown.append(key)
            }
            try keys.destroy(key)
        }
        return unknown
    }
}

/// What a journal's records say of sealing keys.
package struct KeyRecords: Sendable, Equatable {
    /// Accounts that have a key, with when it was made.
    package private(set) var createdAt: [EntityKey: Timestamp] = [:]
    /// Those whose key was destroyed and not made anew since.
    package private(set) var erasures = ErasureList()

    /// Reads every batch of every shard; a directory that no node has open.
    ///
    /// - Parameter journal: Whose records are read.
    /// - Throws: ``StoreError`` where a batch cannot be read, ``RecordError`` where one is damaged.
    package init(of journal: any JournalStore) throws {
        for head in try journal.heads() {
            var next: UInt64 = 1
            while next <= head.op {
                let batches = try journal.batches(
                    shard: head.shard, fromOp: next, limit: Self.batchesMax)
                guard let last = batches.last else { break }
                for batch in batches { try self.take(batch) }
                next = last.op.increased()
            }
        }
    }

    /// Batches that are read at once.
    private static let batchesMax = 64

    private mutating func take(_ batch: JournalBatch) throws(RecordError) {
        var reader = BatchReader(batch.records)
        while let record = try reader.next() {
            guard case .account(let recorded) = record.content else { continue }
            switch recorded.event {
            case .keyCreated:
                self.createdAt[record.key] = recorded.at
                self.erasures.remove(record.key)
            case .keyDestroyed:
                self.createdAt[record.key] = nil
                self.erasures.add(record.key, at: recorded.at)
            default: break
            }
        }
    }
}

extension ErasureList {
    fileprivate mutating func remove(_ key: EntityKey) { self.erasedAt[key] = nil }
}
