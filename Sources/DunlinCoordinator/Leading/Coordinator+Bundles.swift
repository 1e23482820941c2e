package import DunlinCluster
import DunlinPorts

// Bundles lie beside the record, not in it: `PREFIX-bundles/ID` each, with `PREFIX-bundle-list` for
// their ids, where PREFIX is the record's without its last `/`. They are put once and never
// changed; the list is compared with every transaction that adds one.

extension Coordinator: BundleLibrary {
    private static let triesMax = 5

    private var keys: BundleKeys { BundleKeys(prefix: self.options.prefix) }

    package func keep(
        bundle: UInt64, source: [UInt8], use former: UInt64?
    ) async throws(CoordinatorError) {
        do throws(CoordinatorStoreError) {
            try await self.put(bundle, source)
        } catch {
            throw CoordinatorError(
                error.code == .invalid ? .invalid : .unavailable,
                error.code == .invalid
                    ? "The bundle is too large for the coordinator's store."
                    : "The coordinator's store did not keep the bundle. Try again.")
        }
        if let former { try await self.decide(.useBundle(bundle, former: former)) }
    }

    private func put(_ bundle: UInt64, _ source: [UInt8]) async throws(CoordinatorStoreError) {
        let (key, listKey) = (self.keys.key(of: bundle), self.keys.list)
        for _ in 0..<Self.triesMax {
            guard let token = self.token else { break }
            if try await self.store.read(prefix: key)[key] != nil { return }
            let list = try await self.store.read(prefix: listKey)[listKey]
            let text = BundleKeys.text(BundleKeys.ids(list) + [bundle])
            let transaction = StoreTransaction(
                conditions: [
                    token.condition, .absent(key: key),
                    list.map { .modified(key: listKey, revision: $0.modRevision) }
                        ?? .absent(key: listKey),
                ],
                changes: [
                    .put(key: key, value: source),
                    .put(key: listKey, value: text),
                ])
            if case .committed = try await self.store.commit(transaction) { return }
        }
        throw CoordinatorStoreError(.unavailable, "Others changed the list of bundles.")
    }

    package func source(ofBundle bundle: UInt64) async throws(CoordinatorError) -> [UInt8] {
        let key = self.keys.key(of: bundle)
        let found: StoredEntry?
        do throws(CoordinatorStoreError) {
            found = try await self.store.read(prefix: key)[key]
        } catch {
            throw CoordinatorError(.unavailable, "The coordinator's store did not answer.")
        }
        guard let found else {
            throw CoordinatorError(.notFound, "No bundle of that id is kept.")
        }
        return found.value
    }

    package func bundles() async throws(CoordinatorError) -> [UInt64] {
        do throws(CoordinatorStoreError) {
            let key = self.keys.list
            return BundleKeys.ids(try await self.store.read(prefix: key)[key])
        } catch {
            throw CoordinatorError(.unavailable, "The coordinator's store did not answer.")
        }
    }
}
