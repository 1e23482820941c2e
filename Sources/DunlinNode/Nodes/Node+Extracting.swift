package import DunlinCluster
import DunlinCore
package import DunlinPorts

extension Node: NodeUpkeep {
    package func extract(
        shard: UInt32, from op: UInt64
    ) async throws(NodeError) -> PrepareEntry {
        try self.mustBeReady()
        guard shard < self.settings.map.shardCount else {
            throw NodeError(.notFound, "there is no such shard in this cluster")
        }
        return try await self.shards[Int(shard)].extract(from: op)
    }

    package func member() async throws(NodeError) -> MemberView { await self.memberView() }
}

extension Shard {
    /// Committed batches from `op` on, as they are stored.
    func extract(from op: UInt64) throws(NodeError) -> PrepareEntry {
        try self.mustBeActive()
        do {
            let before =
                op > 1
                ? try self.environment.journal.places(shard: self.index, fromOp: op - 1, limit: 1)
                    .first { $0.op == op - 1 } : nil
            var batches: [ReplicaBatch] = []
            var bytes = 0
            let stored =
                op <= self.committedOp
                ? try self.environment.journal.batches(shard: self.index, fromOp: op, limit: 16)
                : []
            for batch in stored where batch.op <= self.committedOp {
                bytes += batch.records.count
                guard batches.isEmpty || bytes <= Leading.catchUpBytesMax else { break }
                batches.append(
                    ReplicaBatch(
                        place: ChainHead(op: batch.op, epoch: batch.epoch, hash: batch.hash),
                        records: batch.records, keys: try self.keys(madeIn: batch)))
            }
            return PrepareEntry(
                shard: self.index, epoch: self.epoch,
                previous: before.map {
                    ChainHead(op: $0.op, epoch: $0.epoch, hash: $0.hash)
                } ?? .none,
                commitOp: self.committedOp, batches: batches)
        } catch {
            throw NodeError(.storage, "the journal cannot be read: \(error)")
        }
    }
}
