/// The entries of a coordinator's store and what a transaction does to them: for adapters that
/// keep everything in memory, and as the meaning that the others are tested against.
package struct StoreContent: Sendable {
    package private(set) var entries: [String: StoredEntry] = [:]
    /// Of the last transaction that changed something; 1 for a new store.
    package private(set) var revision: UInt64 = 1

    package init() {}

    package func read(prefix: String) -> StoredEntries {
        StoredEntries(
            entries: self.entries.values.filter { $0.key.hasPrefix(prefix) }.sorted {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }, revision: self.revision)
    }

    package mutating func commit(_ transaction: StoreTransaction) -> StoreOutcome {
        guard transaction.conditions.allSatisfy({ self.holds($0) }) else {
            let keys = Set(transaction.conditions.map(\.key))
            let present = keys.compactMap { self.entries[$0] }
            return .conflict(
                StoredEntries(
                    entries: present.sorted {
                        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
                    }, revision: self.revision))
        }
        let changes = transaction.changes.filter { change in
            if case .delete(let key) = change { self.entries[key] != nil } else { true }
        }
        guard !changes.isEmpty else { return .committed(revision: self.revision) }
        self.revision += 1
        for change in changes {
            switch change {
            case .put(let key, let value):
                let created = self.entries[key]?.createRevision ?? self.revision
                self.entries[key] = StoredEntry(
                    key: key, value: value, createRevision: created, modRevision: self.revision)
            case .delete(let key): self.entries[key] = nil
            }
        }
        return .committed(revision: self.revision)
    }

    private func holds(_ condition: StoreTransaction.Condition) -> Bool {
        switch condition {
        case .absent(let key): self.entries[key] == nil
        case .modified(let key, let revision): self.entries[key]?.modRevision == revision
        case .created(let key, let revision): self.entries[key]?.createRevision == revision
        }
    }
}
