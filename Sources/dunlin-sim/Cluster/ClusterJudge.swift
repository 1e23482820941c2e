import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting

/// What must hold at the end of a cluster's run.
struct ClusterJudge {
    private let cluster: SimCluster

    init(_ cluster: SimCluster) {
        self.cluster = cluster
    }

    /// What is not as it should be once nothing disturbs any more; `nil` when all is.
    var whyUnsettled: String? {
        if let caller = self.cluster.callers.first(where: { !$0.isDone }) {
            return "\(caller.account) waits for an acknowledgement"
        }
        let map = self.cluster.coordinator.map
        for (number, shard) in map.shards.enumerated() {
            guard shard.condition == .normal else { return "shard \(number) is \(shard.condition)" }
            guard shard.primary != nil else { return "nobody leads shard \(number)" }
            guard shard.inSync.count > Int(self.cluster.settings.backups) else {
                return "shard \(number) has \(shard.inSync.count) copies in sync"
            }
            let copies = shard.inSync.map { self.batches(UInt32(number), $0.node) }
            guard copies.allSatisfy({ $0 == copies[0] }) else {
                return "shard \(number)'s copies in sync differ"
            }
        }
        return nil
    }

    private func batches(_ shard: UInt32, _ node: NodeID) -> [JournalBatch] {
        let seat = self.cluster.seats[node.name]
        return (try? seat?.disk.journal.batches(shard: shard, fromOp: 1, limit: .max)) ?? []
    }

    func judge() {
        let cluster = self.cluster
        cluster.report.acknowledged = cluster.callers.count { $0.isAcknowledged }
        cluster.report.charges = cluster.ledger.charges.count
        guard cluster.ledger.problems.isEmpty else { return }
        self.checkCommitted()
        self.checkDisks()
        self.checkCases()
    }

    /// What was once committed is in the journal of every copy in sync.
    private func checkCommitted() {
        for (number, shard) in self.cluster.coordinator.map.shards.enumerated() {
            let known = self.cluster.watch?.committed[UInt32(number)] ?? [:]
            for member in shard.inSync {
                var held: [UInt64: [UInt8]] = [:]
                for batch in self.batches(UInt32(number), member.node) {
                    held[batch.op] = batch.hash
                }
                for op in known.keys.sorted() where held[op] != known[op] {
                    self.cluster.note("shard \(number) has lost the committed batch \(op)")
                    return
                }
            }
        }
    }

    private func checkDisks() {
        for name in self.cluster.names {
            guard let disk = self.cluster.seats[name]?.disk else { continue }
            let verified = try? Verifier(
                journal: disk.journal, rows: disk.rows,
                map: ShardMap(shardCount: SimCluster.shards),
                committedOps: self.cluster.seats[name]?.part?.marks.committedOps()
            ).run()
            guard let verified, verified.isGood else {
                self.cluster.note(
                    "node \(name)'s disk is damaged: \(String(describing: verified?.damage))")
                continue
            }
            self.cluster.report.digest =
                self.cluster.report.digest &* 31 &+ verified.stateDigest
            self.cluster.report.records += verified.records
        }
    }

    /// Every acknowledged failure is a case, and what the gateway took is known.
    private func checkCases() {
        var paid: [String: Int] = [:]
        for charge in self.cluster.ledger.charges where charge.wasApproved {
            paid[charge.obligation, default: 0] += 1
        }
        let map = ShardMap(shardCount: SimCluster.shards)
        var states: [UInt32: JournalStates] = [:]
        for (number, shard) in self.cluster.coordinator.map.shards.enumerated() {
            guard let primary = shard.primary,
                let journal = self.cluster.seats[primary.name]?.disk.journal
            else { continue }
            states[UInt32(number)] = JournalStates(journal, shards: SimCluster.shards)
        }
        for caller in self.cluster.callers where caller.isAcknowledged {
            let shard = map.shard(of: EntityKey(key: caller.account))
            guard let state = states[shard]?[caller.account], let found = state.cases.first else {
                self.cluster.note("\(caller.account) was acknowledged and is lost")
                continue
            }
            let isPaid = paid[caller.obligation] != nil
            let isRecovered = found.phase == .recovered
            if isRecovered { self.cluster.report.recovered += 1 }
            if isPaid, found.inFlight == nil, !isRecovered {
                self.cluster.note("\(caller.obligation) was paid and is not recovered")
            }
            if isRecovered, !isPaid, !caller.isPaidElsewhere {
                self.cluster.note("\(caller.obligation) is recovered and was not paid")
            }
        }
    }
}
