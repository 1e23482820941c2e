package import DunlinCluster
package import DunlinPorts

/// Puts a restored cluster into a store that holds none.
package enum RestoredCluster {
    /// All of the record in one transaction; the bundles before it, where nobody looks for them yet.
    ///
    /// Throws `invalid` when the store holds a cluster.
    package static func store(
        _ record: ClusterRecord, bundles: [(UInt64, [UInt8])], prefix: String,
        in store: any CoordinatorStore
    ) async throws(CoordinatorStoreError) {
        guard try await store.read(prefix: prefix).entries.isEmpty else { throw Self.held }
        let keys = BundleKeys(prefix: prefix)
        for (id, source) in bundles {
            let key = keys.key(of: id)
            _ = try await store.commit(
                StoreTransaction(
                    conditions: [.absent(key: key)], changes: [.put(key: key, value: source)]))
        }
        var transaction = StoreTransaction()
        if !bundles.isEmpty {
            transaction.changes.append(
                .put(key: keys.list, value: BundleKeys.text(bundles.map(\.0))))
        }
        for (key, text) in record.texts(since: nil) {
            transaction.conditions.append(.absent(key: prefix + key))
            transaction.changes.append(.put(key: prefix + key, value: Array(text.utf8)))
        }
        guard case .committed = try await store.commit(transaction) else { throw Self.held }
    }

    private static let held = CoordinatorStoreError(
        .invalid,
        "The coordinator's store holds a cluster already: restore into a store of its own.")
}

/// Where bundles lie in a coordinator's store: beside the record, not in it.
struct BundleKeys {
    /// The record's, without its last `/`.
    private let stem: String

    init(prefix: String) {
        self.stem = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    }

    /// Of the list of ids.
    var list: String { self.stem + "-bundle-list" }

    func key(of bundle: UInt64) -> String {
        let digits = String(bundle, radix: 16)
        return self.stem + "-bundles/" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func text(_ ids: [UInt64]) -> [UInt8] {
        Array(ids.sorted().map { String($0, radix: 16) + "\n" }.joined().utf8)
    }

    static func ids(_ list: StoredEntry?) -> [UInt64] {
        let text = list.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").compactMap { UInt64($0, radix: 16) }
    }
}
