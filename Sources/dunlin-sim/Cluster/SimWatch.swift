import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting

/// What must hold at every moment of a cluster's run, and is looked at while it runs.
///
///     I2     under one op of a shard there is one committed batch, for ever
///     I3     every member of an in-sync set, and every eligible one, holds all that is committed
///     I6     no gateway is called but for an intent that is committed
///     rate   in no second do more requests begin than the gateway's limit allows
///     Law 5  who was replaced because its lease had run out calls no gateway any more
final class SimWatch {
    private unowned let cluster: SimCluster
    /// By shard and op: the hash of what was committed there.
    private(set) var committed: [UInt32: [UInt64: [UInt8]]] = [:]
    /// By shard: the highest op that was committed.
    private var newest: [UInt32: UInt64] = [:]
    private var seen: [String: [UInt32: UInt64]] = [:]
    /// Attempts whose intent is committed.
    private var intents: Set<GatewayKey> = []
    /// By shard: who was replaced as silent, and does not lead it again.
    private var replaced: [UInt32: Set<String>] = [:]
    private(set) var rate: SimRateCheck

    init(_ cluster: SimCluster) {
        self.cluster = cluster
        self.rate = SimRateCheck(limit: cluster.mix.requestsPerSecond)
    }

    /// Looks at what nodes count as committed, and whether it is where it must be.
    func look() {
        for (number, shard) in self.cluster.coordinator.map.shards.enumerated() {
            guard let primary = shard.primary else { continue }
            self.replaced[UInt32(number)]?.remove(primary.name)
        }
        for name in self.cluster.names { self.noteCommits(name) }
        self.checkComplete()
    }

    private func noteCommits(_ name: String) {
        guard let seat = self.cluster.seats[name], let part = seat.part else { return }
        let marks = part.marks.committedOps()
        for shard in 0..<SimCluster.shards {
            let mark = marks[shard] ?? 0
            let from = (self.seen[name]?[shard] ?? 0) + 1
            guard mark >= from else { continue }
            self.seen[name, default: [:]][shard] = mark
            let batches = try? seat.disk.journal.batches(shard: shard, fromOp: from, limit: .max)
            for batch in batches ?? [] where batch.op <= mark {
                if let known = self.committed[shard]?[batch.op] {
                    guard known != batch.hash else { continue }
                    self.cluster.note("shard \(shard) committed two batches under op \(batch.op)")
                }
                self.committed[shard, default: [:]][batch.op] = batch.hash
                self.newest[shard] = max(self.newest[shard] ?? 0, batch.op)
                self.noteIntents(batch)
            }
        }
    }

    private func noteIntents(_ batch: JournalBatch) {
        var reader = BatchReader(batch.records)
        while let record = (try? reader.next()) ?? nil {
            if case .account(let event) = record.content,
                case .attemptIntended(let intent) = event.event
            {
                self.intents.insert(intent.key)
            }
        }
    }

    /// I3. A disk that has lost something and has not registered since is known to be incomplete.
    private func checkComplete() {
        for (number, shard) in self.cluster.coordinator.map.shards.enumerated() {
            let number = UInt32(number)
            guard let op = self.newest[number], let hash = self.committed[number]?[op] else {
                continue
            }
            for member in shard.inSync + shard.eligible {
                guard let seat = self.cluster.seats[member.node.name], !seat.isSuspect,
                    seat.member == member
                else { continue }
                // The chain of hashes speaks for what is below.
                let held = (try? seat.disk.journal.batch(shard: number, op: op)) ?? nil
                guard held?.hash != hash else { continue }
                self.cluster.note(
                    "\(member.node) counts as complete for shard \(number), epoch \(shard.epoch), "
                        + "and lacks the committed batch \(op)")
            }
        }
    }

    /// A copy's journal is about to lose everything after `op`.
    func cut(_ seat: SimSeat, shard: UInt32, after op: UInt64) {
        guard let newest = self.newest[shard], newest > op, let member = seat.member else { return }
        let configuration = self.cluster.coordinator.map.shards[Int(shard)]
        guard configuration.inSync.contains(member) || configuration.eligible.contains(member),
            let batch = (try? seat.disk.journal.batch(shard: shard, op: op + 1)) ?? nil,
            batch.hash == self.committed[shard]?[op + 1]
        else { return }
        self.cluster.note(
            "\(seat.id), in sync for shard \(shard), cut off the committed batch \(op + 1)")
    }

    /// A node calls the gateway.
    func charge(_ order: ChargeOrder, by name: String) {
        self.look()
        if !self.intents.contains(order.key) {
            self.cluster.note("\(order.obligation) is charged before its intent is committed")
        }
        let shard = ShardMap(shardCount: SimCluster.shards).shard(of: order.account)
        if self.cluster.mix.leasesHold, self.replaced[shard]?.contains(name) == true {
            self.cluster.note("\(name) charges though another was elected after its lease")
        }
    }

    /// A request to the gateway begins, whatever it asks.
    func request() {
        guard let problem = self.rate.begins(nowMs: self.cluster.scheduler.nowMs),
            self.cluster.mix.leasesHold
        else { return }
        self.cluster.note(problem)
    }

    func resumes() { self.rate.resumes(nowMs: self.cluster.scheduler.nowMs) }

    /// The coordinator drew what follows from nodes' silence.
    func elected(_ former: [ShardConfiguration], _ present: [ShardConfiguration]) {
        for (number, pair) in zip(former, present).enumerated() {
            guard let gone = pair.0.primary, pair.1.primary != gone, pair.1.epoch > pair.0.epoch
            else { continue }
            self.replaced[UInt32(number), default: []].insert(gone.name)
        }
    }

    /// A process that begins is not the one that was replaced.
    func began(_ name: String) {
        for shard in self.replaced.keys { self.replaced[shard]?.remove(name) }
    }
}

/// A journal of which the watch sees every cut.
struct SimWatchedJournal: JournalStore {
    let journal: any JournalStore
    let onCut: @Sendable (_ shard: UInt32, _ op: UInt64) -> Void

    func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.journal.append(batch, completion: completion)
    }

    func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.onCut(shard, op)
        self.journal.cut(shard: shard, after: op, completion: completion)
    }

    func batches(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError) -> [JournalBatch] {
        try self.journal.batches(shard: shard, fromOp: fromOp, limit: limit)
    }

    func places(
        shard: UInt32, fromOp: UInt64, limit: Int
    ) throws(StoreError) -> [JournalHead] {
        try self.journal.places(shard: shard, fromOp: fromOp, limit: limit)
    }

    func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        try self.journal.batch(shard: shard, op: op)
    }

    func heads() throws(StoreError) -> [JournalHead] { try self.journal.heads() }
}
