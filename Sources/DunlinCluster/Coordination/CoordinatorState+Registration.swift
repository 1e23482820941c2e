extension CoordinatorState {
    /// A process of a node begins (R7).
    ///
    /// Throws `refused` while another process of that name may live, for a disk that was taken out,
    /// and for what no node may say; `unavailable` while it cannot be told; `failedPrecondition` for
    /// the nonce of a process that has begun: who still wants in comes with another.
    package mutating func register(
        _ registration: NodeRegistration, nowMs: Int64
    ) throws(CoordinatorError) {
        try self.check(registration)
        for crash in registration.crashed { self.noteCrash(crash, on: registration) }
        guard let present = self.record.node(registration.id) else {
            self.welcome(registration, nowMs: nowMs)
            return
        }
        let isSameDisk = present.record.diskID == registration.diskID
        if isSameDisk, present.nonce == registration.nonce, present.record.state != .removed {
            guard !present.hasBegun else {
                throw CoordinatorError(
                    .failedPrecondition, "A registration that was answered and kept before.")
            }
            // The answer was lost: the same one again.
            self.hear(registration.id, nowMs: nowMs)
            self.wake(registration.id)
            return
        }
        if present.record.state == .removed {
            guard !isSameDisk else {
                throw CoordinatorError(
                    .refused,
                    "This node was taken out of the cluster. Start it with an empty data directory."
                )
            }
            self.replace(present, by: registration, nowMs: nowMs)
            return
        }
        let isNewest =
            isSameDisk && present.record.incarnation == registration.incarnation
            && present.record.startCounter == registration.startCounter
        guard isNewest else {
            try self.refuseIfAlive(registration.id, nowMs: nowMs)
            self.replace(present, by: registration, nowMs: nowMs)
            return
        }
        if registration.isSuspect {
            self.replace(present, by: registration, nowMs: nowMs)
        } else {
            self.restart(present, by: registration, nowMs: nowMs)
        }
    }

    /// What a registered node is told.
    package func registrationReply(_ id: NodeID) -> RegistrationReply? {
        guard let node = self.record.node(id) else { return nil }
        return RegistrationReply(
            incarnation: node.record.incarnation, startCounter: node.record.startCounter,
            epochFloors: self.record.shards.map(\.configuration.epoch), map: self.record.map,
            lease: self.settings.lease)
    }

    private func check(_ registration: NodeRegistration) throws(CoordinatorError) {
        guard registration.diskID != 0, registration.nonce != 0 else {
            throw CoordinatorError(.invalid, "A registration without a disk or a nonce.")
        }
        guard registration.levelMin <= registration.levelMax else {
            throw CoordinatorError(.invalid, "A registration with levels the wrong way round.")
        }
        let level = self.record.settings.level
        guard registration.levelMin <= level, level <= registration.levelMax else {
            throw CoordinatorError(
                .refused,
                "The cluster writes level \(level), and this program knows levels "
                    + "\(registration.levelMin) to \(registration.levelMax): start "
                    + (level > registration.levelMax ? "a newer one." : "an older one."))
        }
    }

    /// A process ended while it took a shard up, with no chance to say so. Counted as an owner that
    /// could not, unless a later one could.
    ///
    /// Of a process that does not come back nobody hears it, and that is enough: only a complete copy
    /// is elected, and an owner that never served completes none, so that a shard brings down at most
    /// its backups and one, and then waits for them. A silent end alone is not counted: a machine that
    /// dies just after an election would make all that it had been given doubtful.
    private mutating func noteCrash(_ crash: CrashedTakeUp, on registration: NodeRegistration) {
        guard let node = self.record.node(registration.id), node.nonce != registration.nonce,
            crash.shard < self.record.settings.shardCount
        else { return }
        let shard = Int(crash.shard)
        let configuration = self.configuration(shard)
        guard configuration.condition == .normal, crash.epoch > self.takenUpIn[shard],
            crash.epoch <= configuration.epoch
        else { return }
        self.countFaultyOwner(shard)
    }

    private func refuseIfAlive(_ id: NodeID, nowMs: Int64) throws(CoordinatorError) {
        guard self.mayHoldLease(id, nowMs: nowMs) else { return }
        guard self.liveness[id]?.isHeard == true else {
            throw CoordinatorError(
                .unavailable, "Whether another process of this name lives is known in a moment.")
        }
        throw CoordinatorError(
            .refused,
            "Another process of node \(id) lives, or did a moment ago. Stop it, or give this one a "
                + "name of its own.")
    }

    /// A name that was never heard of. A disk that claims a former life here is not believed.
    private mutating func welcome(_ registration: NodeRegistration, nowMs: Int64) {
        let place =
            self.record.nodes.firstIndex { registration.id < $0.record.id }
            ?? self.record.nodes.count
        self.record.nodes.insert(
            ClusterRecord.Node(
                record: self.record(of: registration, startCounter: 1), nonce: registration.nonce),
            at: place)
        self.record.nextIncarnation += 1
        self.isChanged = true
        self.begin(registration.id, nowMs: nowMs)
    }

    /// Another life of the node's disk: what the former one promised, nobody keeps.
    private mutating func replace(
        _ present: ClusterRecord.Node, by registration: NodeRegistration, nowMs: Int64
    ) {
        self.fence(registration.id)
        let record = self.record(of: registration, startCounter: 1)
        self.changeNode(registration.id) { node in
            node.record = record
            node.nonce = registration.nonce
            node.hasBegun = false
            node.isDraining = present.isDraining && present.record.state != .removed
        }
        self.record.nextIncarnation += 1
        self.begin(registration.id, nowMs: nowMs)
    }

    /// The same disk with all that it had promised: it stays where it was, and leads nothing.
    private mutating func restart(
        _ present: ClusterRecord.Node, by registration: NodeRegistration, nowMs: Int64
    ) {
        var record = self.record(of: registration, startCounter: present.record.startCounter + 1)
        record.incarnation = present.record.incarnation
        self.changeNode(registration.id) { node in
            node.record = record
            node.nonce = registration.nonce
            node.hasBegun = false
        }
        self.begin(registration.id, nowMs: nowMs)
        self.wake(registration.id)
        var leads = self.leadCounts()
        for shard in self.record.shards.indices
        where self.configuration(shard).primary == registration.id {
            self.change(shard) { $0.primary = nil }
            leads[registration.id, default: 1] -= 1
            // Others serve at once; this one has its journal to read first.
            guard self.configuration(shard).condition == .normal else { continue }
            self.elect(shard, avoiding: registration.id, &leads, nowMs: nowMs)
        }
    }

    private func record(of registration: NodeRegistration, startCounter: UInt64) -> NodeRecord {
        NodeRecord(
            id: registration.id, incarnation: self.record.nextIncarnation,
            diskID: registration.diskID, startCounter: startCounter,
            address: registration.address, state: .active, levelMin: registration.levelMin,
            levelMax: registration.levelMax, zone: registration.zone)
    }

    private mutating func begin(_ id: NodeID, nowMs: Int64) {
        self.liveness[id] = nil
        self.hear(id, nowMs: nowMs)
        self.rates.forget(id)
        if self.placementSinceMs == nil { self.placementSinceMs = nowMs }
    }

    /// A node that was heard of is not silent. One that wants its shards led elsewhere, since it is
    /// about to end, counts as draining for everybody: nodes that end at the same time need not wait
    /// for each other.
    mutating func wake(_ id: NodeID) {
        let isLeaving = self.isLeaving(id)
        self.changeNode(id) { node in
            guard node.record.state != .removed else { return }
            node.record.state = isLeaving ? .draining : .active
        }
    }

    /// Takes the node out of everything that says its copy is complete (R7). A shard that had no
    /// other is lost, and keeps the node as a learner: what it still has may be all there is.
    mutating func fence(_ id: NodeID) {
        for shard in self.record.shards.indices {
            self.change(shard) { configuration in
                let had = configuration.inSync.count + configuration.eligible.count
                configuration.inSync.removeAll { $0.node == id }
                configuration.eligible.removeAll { $0.node == id }
                if configuration.primary == id { configuration.primary = nil }
                let left = configuration.inSync.count + configuration.eligible.count
                guard had > 0, left == 0 else { return }
                configuration.condition = .lost
                configuration.moveTo = nil
                if !configuration.learners.contains(id) { configuration.learners.append(id) }
            }
        }
    }
}
