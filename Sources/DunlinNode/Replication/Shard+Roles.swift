import DunlinCluster
import DunlinCore
import DunlinPorts

// Who the shard is for the cluster.
//
//     state         happening                                   to
//     following     the map makes this node the primary         loading, reconciling
//     reconciling   the epoch's first batch is committed        active
//     any led one   another epoch is met                        following, memory dropped
//
// A change of role waits until what is at the journal has been answered: of a batch on its way
// nobody could say whether the next role finds it.

extension Shard {
    /// The map says who holds the shard. From any thread.
    nonisolated func assume(_ configuration: ShardConfiguration) {
        self.post { $0.adopt(configuration) }
    }

    private func adopt(_ configuration: ShardConfiguration) {
        guard let cluster = self.environment.cluster else { return }
        guard configuration.version > self.configuration.version else { return }  // R10
        self.configuration = configuration
        if self.leading != nil {
            self.leading?.replica.adopt(
                configuration, nowMs: self.environment.runtime.monotonicMs())
            self.leading?.listOutgoing()
            self.afterProgress()
            if self.leading != nil { self.sendToAll(self.environment.runtime.monotonicMs()) }
        }
        if self.leading == nil { self.take(self.role(cluster)) }
    }

    /// An epoch is led once: of a batch that failed in it nobody can tell who holds it.
    private func role(_ cluster: ClusterPart) -> Role {
        let isMine =
            self.configuration.primary == cluster.me.node
            && self.configuration.inSync.contains(cluster.me)
            && self.configuration.condition == .normal
        return isMine && self.configuration.epoch > self.ledEpoch ? .primary : .backup
    }

    private enum Role {
        case primary
        case backup
    }

    private func take(_ role: Role) {
        guard self.appending == 0, !self.isFolding else {
            self.awaitsRole = true
            self.state = .following
            return
        }
        switch role {
        case .primary: self.lead(self.configuration)
        case .backup: self.follow(self.configuration)
        }
    }

    /// The coordinator answered a proposal or a resignation.
    nonisolated func coordinated(_ configuration: ShardConfiguration) {
        self.post { $0.adopt(configuration) }
    }

    /// Nothing is at the journal any more: a role that waited is taken.
    func settleRole() {
        guard self.awaitsRole, self.appending == 0, !self.isFolding, self.leading == nil,
            let cluster = self.environment.cluster
        else { return }
        self.awaitsRole = false
        self.take(self.role(cluster))
    }

    /// Work that waited for room is told that another node leads.
    func releaseWaiting() {
        let work = self.waiting
        self.waiting = []
        for item in work { item(self) }
    }

    /// Effects may leave: in a cluster only while the lease holds.
    nonisolated var mayAct: Bool { self.environment.cluster?.lease.holds ?? true }

    /// Law 1 left out, under the simulator only.
    var actsBeforeCommit: Bool {
        self.environment.cluster?.limits.flaws.contains(.actsBeforeCommit) ?? false
    }
}
