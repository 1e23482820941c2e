package import DunlinCore

/// Snapshot rows: what entities were after the shard's folded op. Written only by folding.
package protocol RowStore: Sendable {
    /// Replaces the rows and the folded op in one transaction, durable when it returns.
    ///
    /// `rows`: In key order, of one shard.
    func fold(shard: UInt32, rows: [EntityRow], foldedOp: UInt64) throws(StoreError)

    /// The rows of the given keys, in order; `nil` for a key that has none.
    func rows(shard: UInt32, keys: [EntityKey]) throws(StoreError) -> [EntityRow?]

    /// Keys of rows that fall due before `until`, in the order of (due, key), at most `limit`, from
    /// the one behind `last` on.
    func dueKeys(
        shard: UInt32, after last: DueKey?, before until: Timestamp, limit: Int
    ) throws(StoreError)
        -> [DueKey]

    /// Calls `body` with every row of the shard in key order until it returns false.
    func scan(shard: UInt32, _ body: (EntityRow) -> Bool) throws(StoreError)

    /// The op up to which each shard's rows are folded; shards without rows are left out.
    func foldedOps() throws(StoreError) -> [UInt32: UInt64]
}

/// One entity as of its shard's folded op.
package struct EntityRow: Sendable, Equatable {
    package var key: EntityKey
    /// The next due instant; zero for none.
    package var dueAt: Timestamp
    /// `dunlin.v1.AccountSnapshot` for an account.
    package var body: [UInt8]

    package init(key: EntityKey, dueAt: Timestamp, body: [UInt8]) {
        self.key = key
        self.dueAt = dueAt
        self.body = body
    }
}

/// An entity that falls due.
package struct DueKey: Sendable, Equatable {
    package var key: EntityKey
    package var dueAt: Timestamp

    package init(key: EntityKey, dueAt: Timestamp) {
        self.key = key
        self.dueAt = dueAt
    }
}

extension DueKey {
    /// Comes before every key that falls due at `instant` or later, and behind all others.
    package init(before instant: Timestamp) {
        self.init(key: EntityKey(tenant: "", key: ""), dueAt: instant)
    }
}

extension RowStore {
    /// Keys of rows that fall due before `until`, from the earliest on.
    package func dueKeys(
        shard: UInt32, before until: Timestamp, limit: Int
    ) throws(StoreError) -> [DueKey] {
        try self.dueKeys(shard: shard, after: nil, before: until, limit: limit)
    }
}

/// Sealing keys, apart from everything else, so that forgetting a key forgets a person.
package protocol KeyStore: Sendable {
    /// The wrapped keys in order; `nil` where none exists or it was destroyed.
    func keys(_ entities: [EntityKey]) throws(StoreError) -> [[UInt8]?]

    /// Forgets a key for good: overwritten on disk when it returns.
    func destroy(_ entity: EntityKey) throws(StoreError)
}

/// Small facts about the data directory that are neither journal nor rows.
package protocol MetaStore: Sendable {
    func value(_ name: String) throws(StoreError) -> [UInt8]?
    /// Durable when it returns.
    func set(_ name: String, _ value: [UInt8]) throws(StoreError)
}

/// Lists and totals, folded only from committed records; may be deleted and is rebuilt.
package protocol ViewStore: Sendable {
    /// Brings the views up to at least the given ops, then answers.
    func cases(_ query: CaseQuery) async throws(StoreError) -> [CaseRow]
    func report(_ query: ReportQuery) async throws(StoreError) -> [ReportRow]
    /// Renewals by tenant and day, from the day of the query's beginning on.
    func renewals(_ query: ReportQuery) async throws(StoreError) -> [RenewalRow]
    /// Reads committed batches until nothing is left to read; returns how many were read.
    @discardableResult
    func catchUp() async throws(StoreError) -> Int
}

extension ViewStore {
    /// Totals by the class of the failure that opened the cases.
    package func report(since: Timestamp, tenant: String?) async throws(StoreError) -> [ReportRow] {
        try await self.report(ReportQuery(since: since, tenant: tenant))
    }
}
