package import DunlinCluster
package import DunlinCore
package import DunlinPorts

/// What a data directory can be asked without a node: states made again from the journal, up to its
/// end, whether that was committed or not. Changes nothing; what only a running node can do is refused.
package struct StoredNode: NodeService {
    private let journal: any JournalStore
    private let rows: any RowStore
    private let map: ShardMap
    private let origin: ClusterOrigin
    private let level: UInt32
    private let version: String
    /// Where domain time stood; `nil` on a wall clock.
    private let now: Timestamp?
    private let wallNow: Timestamp

    private static let pageBatches = 16

    /// `wallNow`: By which "overdue" is told where the directory's clock was the wall's.
    package init(
        journal: any JournalStore, rows: any RowStore, meta: any MetaStore, map: ShardMap,
        origin: ClusterOrigin, level: UInt32, version: String, wallNow: Timestamp
    ) throws(StoreError) {
        self.journal = journal
        self.rows = rows
        self.map = map
        self.origin = origin
        self.level = level
        self.version = version
        self.now = try Node.storedClock(meta)
        self.wallNow = wallNow
    }

    private var domainNow: Timestamp { self.now ?? self.wallNow }

    // MARK: Replay

    private struct Replayed {
        var accounts: [EntityKey: AccountState] = [:]
        var records: UInt64 = 0
        var op: UInt64 = 0
        var epoch: UInt64 = 0
    }

    /// `wanted`: Whose states are made; `nil` for all.
    private func replay(
        _ shard: UInt32, of wanted: Set<EntityKey>? = nil
    ) throws(NodeError) -> Replayed {
        var replayed = Replayed()
        do {
            while true {
                let page = try self.journal.batches(
                    shard: shard, fromOp: replayed.op + 1, limit: Self.pageBatches)
                guard !page.isEmpty else { return replayed }
                for batch in page {
                    var reader = BatchReader(batch.records)
                    while true {
                        let position = RecordPosition(op: batch.op, index: reader.index)
                        guard let record = try reader.next() else { break }
                        replayed.records += 1
                        guard case .account(let event) = record.content,
                            wanted?.contains(record.key) ?? true
                        else { continue }
                        replayed.accounts[record.key, default: AccountState()]
                            .evolve(event, at: position)
                    }
                    replayed.op = batch.op
                    replayed.epoch = batch.epoch
                }
            }
        } catch {
            throw NodeError(
                .storage, "shard \(shard) cannot be replayed: run `dunlin verify` (\(error))")
        }
    }

    // MARK: What can be asked

    package func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        var byShard: [UInt32: Set<EntityKey>] = [:]
        for key in keys { byShard[self.map.shard(of: key), default: []].insert(key) }
        var states: [EntityKey: AccountState] = [:]
        for (shard, keys) in byShard {
            states.merge(try self.replay(shard, of: keys).accounts) { _, new in new }
        }
        return keys.map { key in
            states[key].map {
                AccountView(key: key, state: $0, asOf: self.domainNow, isStale: true)
            }
        }
    }

    package func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        guard let view = try await self.accounts([key]).first ?? nil else { return nil }
        let shard = self.map.shard(of: key)
        var entries: [TimelineEntry] = []
        var next = view.state.lastRecord
        do {
            while next.op != 0, entries.count < limit {
                guard let batch = try self.journal.batch(shard: shard, op: next.op) else {
                    return Timeline(entries: entries.reversed(), startsAfter: next)
                }
                guard let record = try BatchReader.record(at: next.index, in: batch.records),
                    case .account(let event) = record.content
                else { break }
                entries.append(TimelineEntry(position: next, record: event))
                next = record.previous
            }
        } catch {
            throw NodeError(.storage, "the journal cannot be read: run `dunlin verify` (\(error))")
        }
        return Timeline(entries: entries.reversed())
    }

    package func shards() async throws(NodeError) -> [ShardView] {
        let folded: [UInt32: UInt64]
        do throws(StoreError) {
            folded = try self.rows.foldedOps()
        } catch {
            throw NodeError(.storage, "the rows cannot be read (\(error))")
        }
        var views: [ShardView] = []
        for shard in 0..<self.map.shardCount {
            let replayed = try self.replay(shard)
            guard replayed.op > 0 else { continue }
            views.append(
                ShardView(
                    shard: shard, epoch: replayed.epoch, state: "stored",
                    committedOp: replayed.op, foldedOp: folded[shard] ?? 0,
                    tailRecords: replayed.records, residentAccounts: 0,
                    pendingEffects: replayed.accounts.values.reduce(0) {
                        $0 + UInt64($1.effects.count)
                    },
                    nextDueAt: replayed.accounts.values.compactMap(\.dueAt).min()
                        ?? Timestamp(ms: 0)))
        }
        return views
    }

    package func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        guard sliceMs >= 0 else { throw NodeError(.invalid, "the slice must not be negative") }
        var view = TimersView(count: 0, nextDueAt: Timestamp(ms: 0), overdue: 0, slices: [])
        var slices: [Int64: UInt64] = [:]
        for shard in 0..<self.map.shardCount {
            for due in try self.replay(shard).accounts.values.compactMap(\.dueAt) {
                view.count += 1
                if due <= self.domainNow { view.overdue += 1 }
                if view.nextDueAt.ms == 0 || due < view.nextDueAt { view.nextDueAt = due }
                if sliceMs > 0 { slices[due.ms.flooredDivision(by: sliceMs), default: 0] += 1 }
            }
        }
        view.slices = slices.sorted { $0.key < $1.key }.map { slice, count in
            TimersView.Slice(
                from: Timestamp(ms: slice * sliceMs), until: Timestamp(ms: (slice + 1) * sliceMs),
                count: count)
        }
        return view
    }

    package func clock() async throws(NodeError) -> ClockView {
        ClockView(now: self.domainNow, kind: self.now == nil ? "wall" : "manual")
    }

    package func status() async throws(NodeError) -> NodeView {
        NodeView(
            version: self.version, clusterID: self.origin.cluster,
            restoreGeneration: self.origin.generation, level: self.level,
            shardCount: self.map.shardCount, startedAt: Timestamp(ms: 0), now: self.domainNow,
            clockKind: self.now == nil ? "wall" : "manual", state: "stored", residentAccounts: 0,
            transitions: 0, commits: 0, tenants: [], warnings: [])
    }

    // MARK: What only a running node does

    private static let refusal = NodeError(
        .failedPrecondition, "a data directory is only looked at; ask a running node for this")

    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        throw Self.refusal
    }

    package func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        throw Self.refusal
    }

    package func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError) -> CommandAnswer? {
        throw Self.refusal
    }

    package func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        throw Self.refusal
    }

    package func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        throw Self.refusal
    }

    package func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        throw Self.refusal
    }

    package func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        throw Self.refusal
    }

    package func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        throw Self.refusal
    }

    package func applyPolicy(
        yaml: String, tenant: String?
    ) async throws(NodeError) -> PolicyApplied {
        throw Self.refusal
    }

    package func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        throw Self.refusal
    }
}
