package import DunlinCluster
import DunlinCore
package import DunlinPorts

/// Checks a data directory that no node has open: every shard's hash chain, every record, and
/// every row against what replaying the journal gives, byte for byte (Law 4).
///
/// It needs no policy and no key. One shard's accounts are in memory at a time.
package struct Verifier: Sendable {
    private let journal: any JournalStore
    private let rows: any RowStore
    private let map: ShardMap
    private let committedOps: [UInt32: UInt64]?
    private let anchors: [UInt32: JournalHead]

    /// - Parameters:
    ///   - journal: Whose batches are checked.
    ///   - rows: Folded from that journal.
    ///   - map: Where each account belongs.
    ///   - committedOps: Each shard's last committed op; what lies beyond is counted as
    ///     unconfirmed. `nil` where storing is committing.
    ///   - anchors: For shards whose beginning is in an archive, the last archived batch.
    package init(
        journal: any JournalStore, rows: any RowStore, map: ShardMap,
        committedOps: [UInt32: UInt64]? = nil, anchors: [UInt32: JournalHead] = [:]
    ) {
        self.journal = journal
        self.rows = rows
        self.map = map
        self.committedOps = committedOps
        self.anchors = anchors
    }

    /// - Returns: What was found; look at ``VerifyReport/isGood`` first.
    /// - Throws: ``StoreError`` when not even the shards' heads can be read.
    package func run() throws(StoreError) -> VerifyReport {
        var report = VerifyReport()
        let heads = Dictionary(try self.journal.heads().map { ($0.shard, $0) }) { first, _ in first
        }
        let folded = try self.rows.foldedOps()
        for shard in Set(heads.keys).union(folded.keys).sorted() {
            let head = heads[shard]?.op ?? 0
            let committed = self.committedOps.map { min(head, $0[shard] ?? 0) } ?? head
            var check = ShardCheck(
                shard: shard, map: self.map, anchor: self.anchors[shard],
                foldedOp: folded[shard] ?? 0)
            check.run(self.journal, self.rows, committed: committed, head: head)
            report.add(check.report)
        }
        return report
    }
}

extension VerifyReport {
    fileprivate mutating func add(_ shard: VerifyReport) {
        self.shards += 1
        self.batches += shard.batches
        self.records += shard.records
        self.bytes += shard.bytes
        self.accounts += shard.accounts
        self.openCases += shard.openCases
        self.rows += shard.rows
        self.unconfirmedBatches += shard.unconfirmedBatches
        self.stateDigest &+= shard.stateDigest
        self.damage += shard.damage.prefix(Self.damageMax - self.damage.count)
        self.damageCount += shard.damageCount
        for (key, totals) in shard.books { self.books[key, default: BookTotals()].add(totals) }
    }
}
