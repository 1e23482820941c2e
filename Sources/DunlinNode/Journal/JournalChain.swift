package import DunlinPorts

/// Checks of single batches, for tools that read a journal without a node.
package enum JournalChain {
    /// Whether the batch's hash is that of its records after `previous`; `nil` before the first.
    package static func follows(_ batch: JournalBatch, _ previous: [UInt8]?) -> Bool {
        let hash = HashChain.next(
            previous: previous ?? [UInt8](repeating: 0, count: 32), shard: batch.shard,
            op: batch.op, epoch: batch.epoch, records: batch.records)
        return hash == batch.hash
    }
}
