import DunlinCluster
import DunlinCore
import DunlinPorts
import Logging
import Synchronization

// A backup's side of a shard, as a shell around ``FollowerReplica``.

extension Shard {
    /// Keeps a copy, or is ready to: what is stored is looked at, nothing is held in memory.
    func follow(_ configuration: ShardConfiguration) {
        guard let cluster = self.environment.cluster else { return }
        self.state = .following
        guard self.appending == 0, !self.isFolding else {
            self.awaitsRole = true
            return
        }
        if self.following == nil {
            do {
                self.following = Following(try self.storedReplica(cluster, commitOp: 0))
            } catch {
                self.log.error(
                    "a copy's journal cannot be read",
                    metadata: ["shard": "\(self.index)", "error": "\(error)"])
                return
            }
        }
        self.following?.replica.promise(configuration.epoch)
    }

    /// The replica as the journal has it. `commitOp`: what is known of before.
    private func storedReplica(
        _ cluster: ClusterPart, commitOp: UInt64
    ) throws -> FollowerReplica {
        let head = try self.environment.journal.heads().first { $0.shard == self.index }
        let newest = head?.op ?? 0
        let count = UInt64(FollowerReplica.recentMax)
        let places = try self.environment.journal.places(
            shard: self.index, fromOp: newest > count ? newest - count + 1 : 1,
            limit: FollowerReplica.recentMax)
        let folded = try self.environment.rows.foldedOps()[self.index] ?? 0
        self.foldedOp = folded
        cluster.marks.raise(self.index, to: folded)
        return FollowerReplica(
            recent: places.map { ChainHead(op: $0.op, epoch: $0.epoch, hash: $0.hash) },
            promised: max(cluster.epochFloors[Int(self.index)], self.configuration.epoch),
            commitOp: max(folded, commitOp), flaws: cluster.limits.flaws)
    }

    /// Takes what a primary sends, from any thread. `answer` is called once.
    nonisolated func receive(
        _ entry: PrepareEntry, answer: @escaping @Sendable (PrepareOutcome) -> Void
    ) {
        self.post { $0.take(entry, answer) }
    }

    private func take(
        _ entry: PrepareEntry, _ answer: @escaping @Sendable (PrepareOutcome) -> Void
    ) {
        if let leading = self.leading {
            guard entry.epoch > leading.replica.epoch else {
                answer(.stale(promised: leading.replica.epoch))
                return
            }
            self.stepDown()
        }
        guard self.state == .following, let following = self.following,
            self.isChained(entry)
        else {
            answer(.notStored)
            return
        }
        guard following.cutting == nil else {
            self.following?.cutting?.entries.append((entry, answer))
            return
        }
        var replica = following.replica
        if let op = replica.flawedCut(before: entry.epoch) {
            return self.cut(after: op, promising: entry.epoch, then: (entry, answer))
        }
        let receipt = replica.receive(entry.offer) { op in
            (try? self.environment.journal.places(shard: self.index, fromOp: op, limit: 1))?
                .first { $0.op == op }?.hash
        }
        if case .take(let cutAfter?, _, _) = receipt {
            return self.cut(after: cutAfter, promising: entry.epoch, then: (entry, answer))
        }
        self.following?.replica = replica
        switch receipt {
        case .stale(let promised): answer(.stale(promised: promised))
        case .apart: answer(.apart(replica.recent))
        case .forked:
            self.log.critical(
                "the primary lacks committed batches", metadata: ["shard": "\(self.index)"])
            answer(.forked)
        case .take(_, let first, let ackOp):
            for batch in entry.batches[first...] { self.store(batch) }
            self.following?.waiting.append(Following.Waiting(ackOp: ackOp, answer: answer))
            self.answerWaiting()
            self.followCommit()
        }
    }

    /// Each batch's hash is that of its records after the one before: damage on the way or in
    /// another's memory does not spread.
    private func isChained(_ entry: PrepareEntry) -> Bool {
        var previous = entry.previous.hash
        for batch in entry.batches {
            let hash = HashChain.next(
                previous: previous, shard: self.index, op: batch.place.op,
                epoch: batch.place.epoch, records: batch.records)
            guard hash == batch.place.hash else {
                self.log.error(
                    "a batch from a primary is damaged", metadata: ["shard": "\(self.index)"])
                return false
            }
            previous = hash
        }
        return true
    }

    /// Cuts off what a primary of a newer epoch does not have, and looks at `entry` again when that
    /// is done: the copy is then what the journal holds.
    private func cut(
        after op: UInt64, promising epoch: UInt64,
        then entry: (PrepareEntry, @Sendable (PrepareOutcome) -> Void)
    ) {
        self.following?.replica.promise(epoch)
        for waiting in self.following?.cut(after: op) ?? [] { waiting.answer(.notStored) }
        self.following?.cutting?.entries = [entry]
        self.appending += 1
        self.environment.journal.cut(shard: self.index, after: op) { result in
            self.postNext { $0.hasCut(result) }
        }
    }

    private func hasCut(_ result: Result<Void, StoreError>) {
        if case .failure = result { return self.followed(nil, result) }
        self.appending -= 1
        defer { self.settleRole() }
        guard let former = self.following, let cluster = self.environment.cluster else { return }
        let entries = former.cutting?.entries ?? []
        do {
            var following = Following(
                try self.storedReplica(cluster, commitOp: former.replica.commitOp))
            following.replica.promise(former.replica.promised)
            following.forgotten = former.forgotten
            following.waiting = former.waiting
            self.following = following
        } catch {
            self.log.error(
                "a copy's journal cannot be read",
                metadata: ["shard": "\(self.index)", "error": "\(error)"])
            self.leaveFollowing()
        }
        for (entry, answer) in entries { self.take(entry, answer) }
    }

    private func store(_ batch: ReplicaBatch) {
        for key in batch.forgotten {
            self.following?.forgotten.append((batch.place.op, key))
        }
        self.appending += 1
        let count = UInt64(BatchReader.count(in: batch.records))
        let journaled = JournalBatch(
            shard: self.index, op: batch.place.op, epoch: batch.place.epoch,
            hash: batch.place.hash, records: batch.records,
            newKeys: batch.keys.map { WrappedKey(entity: $0.entity, wrapped: $0.wrapped) })
        self.environment.journal.append(journaled) { result in
            self.postNext { shard in
                if case .success = result { shard.countTail(count) }
                shard.followed(batch.place.op, result)
            }
        }
    }

    private func countTail(_ records: UInt64) {
        guard self.following != nil else { return }
        self.tailRecords += records
        let counters = self.environment.counters
        counters.tailRecords.add(records, ordering: .relaxed)
        if counters.tailRecords.load(ordering: .relaxed) > self.environment.limits.tailRecordsMax {
            self.environment.needsFold()
        }
    }

    /// The journal has done, or refused, what a primary's batch asked for.
    private func followed(_ op: UInt64?, _ result: Result<Void, StoreError>) {
        self.appending -= 1
        defer { self.settleRole() }
        guard self.following != nil else { return }
        switch result {
        case .success:
            if let op { self.following?.stored(op) }
            self.answerWaiting()
            self.followCommit()
        case .failure(let error):
            self.log.error("a backup could not store a batch", metadata: ["error": "\(error)"])
            self.leaveFollowing()
            switch error.code {
            case .corrupt, .incompatible: self.environment.onFatal(error)
            case .busy, .full, .failed: break
            }
        }
    }

    /// What the copy holds is not known: it is read again once the journal is quiet.
    private func leaveFollowing() {
        let former = self.following
        self.following = nil
        self.awaitsRole = true
        for entry in former?.waiting ?? [] { entry.answer(.notStored) }
        for (_, answer) in former?.cutting?.entries ?? [] { answer(.notStored) }
    }

    private func answerWaiting() {
        guard let following = self.following, self.appending == 0 || !following.waiting.isEmpty
        else { return }
        var left: [Following.Waiting] = []
        for entry in following.waiting {
            if entry.ackOp <= following.durableOp {
                entry.answer(.stored(op: entry.ackOp))
            } else {
                left.append(entry)
            }
        }
        self.following?.waiting = left
    }

    /// What is committed may show in lists, and keys of erased accounts go.
    private func followCommit() {
        guard let following = self.following else { return }
        let committed = following.committedOp
        self.environment.cluster?.marks.raise(self.index, to: committed)
        guard !following.forgotten.isEmpty else { return }
        for (op, key) in following.forgotten where op <= committed {
            do {
                try self.environment.keys.destroy(key)
                self.following?.forgotten.removeAll { $0.op == op && $0.key == key }
            } catch {
                self.log.error(
                    "a key could not be destroyed", metadata: ["error": "\(error)"])
            }
        }
    }
}
