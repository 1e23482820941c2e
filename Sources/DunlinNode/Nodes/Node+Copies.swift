import DunlinCluster
import DunlinCore
import DunlinPorts

// What copies say of accounts whose shard nobody leads at the moment. Better than nothing, where it
// is told as what it is: a customer's access need not end because a node did.

extension Node {
    private static let copyPageBatches = 16

    /// States as this node's copy has them, up to what is known to be committed: the folded rows
    /// and what the journal says since. Stale, all of them.
    ///
    /// Throws `unavailable` where this node keeps no complete copy of a shard.
    @concurrent
    func copiedAccounts(
        _ keys: [EntityKey], map: ClusterMap
    ) async throws(NodeError) -> [AccountView?] {
        try self.mustBeReady()
        var byShard: [UInt32: [EntityKey]] = [:]
        for key in keys { byShard[self.settings.map.shard(of: key), default: []].append(key) }
        var states: [EntityKey: AccountState] = [:]
        for (shard, keys) in byShard.sorted(by: { $0.key < $1.key }) {
            guard let me = self.settings.cluster?.me, Int(shard) < map.shards.count,
                map.shards[Int(shard)].inSync.contains(me)
            else {
                throw NodeError(
                    .unavailable, "nobody leads the shard now; try again in a few seconds")
            }
            do {
                states.merge(try self.copiedStates(shard, keys)) { _, new in new }
            } catch {
                throw NodeError(.storage, "the copy cannot be read: \(error)")
            }
        }
        let now = self.runtime.clock.now()
        return keys.map { key in
            states[key].map { AccountView(key: key, state: $0, asOf: now, isStale: true) }
        }
    }

    private func copiedStates(
        _ shard: UInt32, _ keys: [EntityKey]
    ) throws -> [EntityKey: AccountState] {
        let committed = self.settings.cluster?.marks.committedOps()[shard] ?? 0
        // Before the rows: what is folded meanwhile is in them, and is not done to them again.
        let folded = try self.stores.rows.foldedOps()[shard] ?? 0
        var states: [EntityKey: AccountState] = [:]
        for row in try self.stores.rows.rows(shard: shard, keys: keys) {
            guard let row else { continue }
            states[row.key] = try AccountState(packed: row.body)
        }
        let wanted = Set(keys)
        var next = folded + 1
        while next <= committed {
            let page = try self.stores.journal.batches(
                shard: shard, fromOp: next, limit: Self.copyPageBatches)
            guard let last = page.last else { break }
            for batch in page where batch.op <= committed {
                try Self.apply(batch, to: &states, of: wanted)
            }
            next = last.op + 1
        }
        return states
    }

    private static func apply(
        _ batch: JournalBatch, to states: inout [EntityKey: AccountState],
        of wanted: Set<EntityKey>
    ) throws {
        var reader = BatchReader(batch.records)
        while true {
            let position = RecordPosition(op: batch.op, index: reader.index)
            guard let record = try reader.next() else { return }
            guard case .account(let event) = record.content, wanted.contains(record.key) else {
                continue
            }
            var state = states[record.key] ?? AccountState()
            guard position > state.lastRecord else { continue }
            state.evolve(event, at: position)
            states[record.key] = state
        }
    }
}
