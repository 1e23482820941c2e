import DunlinCluster
import DunlinCore
import DunlinPorts
import Logging

// The primary's side of a shard, as a shell around ``PrimaryReplica``.

extension Shard {
    /// Takes the shard up: replays the journal, begins the epoch, and serves once the beginning is
    /// committed (R3).
    func lead(_ configuration: ShardConfiguration) {
        guard let cluster = self.environment.cluster else { return }
        self.following = nil
        self.ledEpoch = configuration.epoch
        cluster.takeUps.begin(CrashedTakeUp(shard: self.index, epoch: configuration.epoch))
        defer { if self.state != .reconciling { cluster.takeUps.end(self.index) } }
        do {
            try self.load()
        } catch {
            self.log.error(
                "a shard cannot be taken up",
                metadata: ["shard": "\(self.index)", "error": "\(error)"])
            self.dropMemory()
            self.follow(configuration)
            cluster.ask(.broken(self.index))
            return
        }
        let head = ChainHead(op: self.committedOp, epoch: self.epoch, hash: self.lastHash)
        guard
            let replica = PrimaryReplica(
                configuration, me: cluster.me, storedOp: self.committedOp,
                committedOp: self.foldedOp, minInSync: Int(cluster.settings.minInSync),
                limits: cluster.limits, nowMs: self.environment.runtime.monotonicMs())
        else {
            self.dropMemory()
            self.follow(configuration)
            return
        }
        self.leading = Leading(replica, head: head)
        self.epoch = configuration.epoch
        self.state = .reconciling
        self.open.append(
            JournalRecord(
                key: .shard, previous: .none,
                content: .shard(
                    .epochBegan(configuration.epoch, primary: cluster.me.node.name), at: self.now)))
        // Not at the first level, which is what every journal begins at.
        if cluster.level > 1 { self.open.append(self.levelRecord(cluster.level)) }
        self.seal()
        self.tick()
    }

    /// Sends a batch that was just sealed to the other copies.
    func replicate(_ batch: JournalBatch, forgotten: [EntityKey]) {
        guard self.leading != nil else { return }
        let nowMs = self.environment.runtime.monotonicMs()
        let place = ChainHead(op: batch.op, epoch: batch.epoch, hash: batch.hash)
        self.leading?.replica.append(op: batch.op, nowMs: nowMs)
        self.leading?.head = place
        self.leading?.newest = ReplicaBatch(
            place: place, records: batch.records,
            keys: batch.newKeys.map { SealedKey(entity: $0.entity, wrapped: $0.wrapped) },
            forgotten: forgotten)
        self.sendToAll(nowMs)
    }

    /// The journal here holds the sealed batch.
    func storedHere(op: UInt64) {
        self.leading?.replica.stored(op: op)
        // A copy that is behind may be waiting for it to be readable.
        self.sendToAll(self.environment.runtime.monotonicMs())
        self.afterProgress()
    }

    /// What follows when an acknowledgement or a configuration may have committed something.
    func afterProgress() {
        guard let replica = self.leading?.replica else { return }
        guard replica.phase != .deposed else {
            self.stepDown()
            return
        }
        self.environment.cluster?.marks.raise(self.index, to: replica.commitOp)
        guard let batch = self.sealed, replica.commitOp >= batch.op else { return }
        self.sealed = nil
        self.leading?.newest = nil
        let isBeginning = self.state == .reconciling
        self.committed(batch)
        if isBeginning, self.state == .reconciling {
            self.serve()
            self.environment.cluster?.takeUps.end(self.index)
        }
        self.handOverIfDue(self.environment.runtime.monotonicMs())
    }

    // MARK: To the copies

    /// With `asksOutsiders`, level copies that are not in sync are asked how they stand: one may
    /// have come back with another disk, and what its former one held says nothing.
    func sendToAll(_ nowMs: Int64, asksOutsiders: Bool = false) {
        guard let count = self.leading?.outgoing.count else { return }
        for index in 0..<count { self.send(toPeer: index, nowMs, asksOutsiders: asksOutsiders) }
    }

    private func send(toPeer index: Int, _ nowMs: Int64, asksOutsiders: Bool = false) {
        guard let leading = self.leading, let cluster = self.environment.cluster else { return }
        let outgoing = leading.outgoing[index]
        guard !outgoing.isAsked, nowMs >= outgoing.waitUntilMs else { return }
        let isUnknown = !leading.replica.peers.contains {
            $0.node == outgoing.node && $0.incarnation != 0
        }
        var batches: [ReplicaBatch] = []
        if outgoing.place.op < leading.head.op {
            batches = self.batches(after: outgoing.place.op, leading)
            guard !batches.isEmpty else { return }
        } else if !isUnknown, outgoing.sentCommitOp >= leading.replica.commitOp {
            let isOutside =
                leading.replica.configuration.inSyncMember(outgoing.node) == nil
            guard asksOutsiders, isOutside else { return }
        }
        let commitOp = leading.replica.commitOp
        let entry = PrepareEntry(
            shard: self.index, epoch: leading.replica.epoch, previous: outgoing.place,
            commitOp: commitOp, batches: batches)
        self.leading?.outgoing[index].isAsked = true
        self.leading?.outgoing[index].sentCommitOp = commitOp
        let node = outgoing.node
        let last = batches.last?.place ?? outgoing.place
        let epoch = leading.replica.epoch
        cluster.links.send(entry, to: node) { incarnation, outcome in
            self.postNext {
                $0.answered(
                    by: node, incarnation: incarnation, epoch: epoch, last: last, outcome)
            }
        }
    }

    /// What a copy needs next: the newest batch from memory, older ones from the journal.
    private func batches(after op: UInt64, _ leading: Leading) -> [ReplicaBatch] {
        if let newest = leading.newest, newest.place.op == op + 1 { return [newest] }
        do {
            var batches: [ReplicaBatch] = []
            var bytes = 0
            let stored = try self.environment.journal.batches(
                shard: self.index, fromOp: op + 1, limit: 4)
            for batch in stored where batch.op <= leading.head.op {
                bytes += batch.records.count
                guard batches.isEmpty || bytes <= Leading.catchUpBytesMax else { break }
                batches.append(
                    ReplicaBatch(
                        place: ChainHead(op: batch.op, epoch: batch.epoch, hash: batch.hash),
                        records: batch.records, keys: try self.keys(madeIn: batch)))
            }
            return batches
        } catch {
            self.log.error(
                "a copy cannot be caught up", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// The sealing keys that a stored batch made and that were not destroyed since.
    func keys(madeIn batch: JournalBatch) throws -> [SealedKey] {
        var entities: [EntityKey] = []
        var reader = BatchReader(batch.records)
        while let record = try reader.next() {
            if case .account(let event) = record.content, case .keyCreated = event.event {
                entities.append(record.key)
            }
        }
        guard !entities.isEmpty else { return [] }
        let keys = try self.environment.keys.keys(entities)
        return zip(entities, keys).compactMap { entity, wrapped in
            wrapped.map { SealedKey(entity: entity, wrapped: $0) }
        }
    }

    private func answered(
        by node: NodeID, incarnation: UInt64, epoch: UInt64, last: ChainHead,
        _ outcome: PrepareOutcome?
    ) {
        guard let leading = self.leading, leading.replica.epoch == epoch,
            let index = leading.outgoing.firstIndex(where: { $0.node == node })
        else { return }
        let nowMs = self.environment.runtime.monotonicMs()
        self.leading?.outgoing[index].isAsked = false
        switch outcome {
        case .stored(let op):
            self.leading?.outgoing[index].place = last
            self.leading?.replica.acknowledged(
                by: node, incarnation: incarnation, epoch: epoch, op: min(op, last.op),
                nowMs: nowMs)
        case .stale(let promised):
            self.leading?.replica.refused(promised: promised)
        case .apart(let recent):
            self.leading?.outgoing[index].place = self.common(with: recent)
        case .forked:
            self.log.critical(
                "a copy holds committed batches that this one lacks",
                metadata: ["shard": "\(self.index)", "node": "\(node)"])
            self.leading?.outgoing[index].waitUntilMs = .max
        case .notStored, nil:
            self.leading?.outgoing[index].waitUntilMs = nowMs + Leading.retryMs
        }
        self.send(toPeer: index, nowMs)
        self.propose(nowMs)
        self.afterProgress()
    }

    /// The newest place that this journal shares with a copy's.
    private func common(with recent: [ChainHead]) -> ChainHead {
        for place in recent.reversed() {
            if let found = try? self.environment.journal.batch(shard: self.index, op: place.op),
                found.hash == place.hash
            {
                return place
            }
        }
        return .none
    }

    // MARK: From time to time

    /// Sends again what failed, tells the commit mark, and asks for another in-sync set where one
    /// is due. Runs while the shard is led.
    func tick() {
        guard let leading = self.leading else { return }
        let epoch = leading.replica.epoch
        let nowMs = self.environment.runtime.monotonicMs()
        self.leading?.ticks += 1
        self.sendToAll(nowMs, asksOutsiders: true)
        self.propose(nowMs)
        self.handOverIfDue(nowMs)
        self.executor.run(afterMs: Leading.retryMs) {
            self.assumeIsolated { shard in
                guard shard.leading?.replica.epoch == epoch else { return }
                shard.tick()
            }
        }
    }

    private func propose(_ nowMs: Int64) {
        guard let cluster = self.environment.cluster, let leading = self.leading else { return }
        let wasOpen = leading.replica.proposal != nil
        // While one is open it is repeated each second: its answer may be lost.
        if wasOpen, leading.ticks % 5 != 0 { return }
        guard let members = self.leading?.replica.nextProposal(nowMs: nowMs) else { return }
        cluster.ask(
            .changeInSync(
                InSyncChange(
                    shard: self.index, version: leading.replica.configuration.version,
                    epoch: leading.replica.epoch, primary: cluster.me, inSync: members)))
    }

    /// Stops new work when the successor of a planned move is level, and resigns when nothing is
    /// on its way any more.
    private func handOverIfDue(_ nowMs: Int64) {
        guard let leading = self.leading, let cluster = self.environment.cluster,
            self.state == .active
        else { return }
        guard let since = leading.handingOverSinceMs else {
            guard leading.replica.mayHandOverSoon, !self.isFolding else { return }
            self.leading?.handingOverSinceMs = nowMs
            self.isQuiescing = true
            self.flush()
            self.handOverIfDue(nowMs)
            return
        }
        guard nowMs - since <= Leading.handOverMsMax else {
            // Nobody took it: go on, and try again.
            self.leading?.handingOverSinceMs = nil
            self.leading?.hasResigned = false
            self.isQuiescing = false
            self.admitWaiting()
            self.afterWork()
            return
        }
        guard !leading.hasResigned, self.open.isEmpty, self.sealed == nil,
            let successor = leading.replica.successor
        else { return }
        self.leading?.hasResigned = true
        cluster.ask(
            .handOver(
                HandOver(
                    shard: self.index, version: leading.replica.configuration.version,
                    epoch: leading.replica.epoch, primary: cluster.me, to: successor)))
    }

    /// Asks to be elected anew, or another: after a failed append nobody can tell which copies hold
    /// the batch, so that its place may not be used again in this epoch.
    func resign() {
        guard let leading = self.leading, let cluster = self.environment.cluster else { return }
        let others = leading.replica.configuration.inSync.filter { $0 != cluster.me }
        cluster.ask(
            .handOver(
                HandOver(
                    shard: self.index, version: leading.replica.configuration.version,
                    epoch: leading.replica.epoch, primary: cluster.me,
                    to: others.first ?? cluster.me)))
    }

    /// Nobody elects anew while the map names this node for an epoch that it has left: it asks, for
    /// another copy and for itself in turns, until the map says something else.
    private func resignUntilHeard(tries: Int) {
        guard let cluster = self.environment.cluster else { return }
        let delay = min(Leading.retryMs << min(tries, 5), Leading.resignMsMax)
        self.executor.run(afterMs: delay) {
            self.assumeIsolated { shard in
                let configuration = shard.configuration
                guard shard.leading == nil, shard.state == .following,
                    configuration.primary == cluster.me.node,
                    configuration.epoch == shard.ledEpoch, configuration.condition == .normal
                else { return }
                let others = configuration.inSync.filter { $0 != cluster.me }
                let other = others.isEmpty ? nil : others[tries / 2 % others.count]
                let successor = tries % 2 == 0 ? other ?? cluster.me : cluster.me
                cluster.ask(
                    .handOver(
                        HandOver(
                            shard: shard.index, version: configuration.version,
                            epoch: configuration.epoch, primary: cluster.me, to: successor)))
                shard.resignUntilHeard(tries: tries + 1)
            }
        }
    }

    /// Another leads now, or nobody knows: what is not committed is not known to be done.
    func stepDown() {
        guard self.leading != nil else { return }
        self.leading = nil
        self.isQuiescing = false
        self.environment.cluster?.takeUps.end(self.index)
        let replies = (self.sealed?.replies ?? []) + self.open.replies
        self.sealed = nil
        self.dropMemory()
        self.open = OpenBatch(op: 1)
        self.state = .following
        let error = StoreError(.failed, operation: "commit before another took the shard over")
        for reply in replies { reply.release(error) }
        self.releaseWaiting()
        let waiters = self.quietWaiters
        self.quietWaiters = []
        for waiter in waiters { waiter() }
        self.resignUntilHeard(tries: 0)
        self.follow(self.configuration)
    }
}
