// The primary's side of one shard's replication (PacificA with Kafka's corrections), as decisions
// without I/O. The rules by their numbers, and where they are kept:
//
//     R1  a batch is committed when it is durable here and on every member of the maximal in-sync
//         set: the configured one and the proposed one together     → commitOp, mustHave
//     R3  nothing is committed, answered or charged before the batch that begins the epoch is
//         committed                                                 → phase, epochStartOp
//     R5  a learner joins when it has, acknowledged in this epoch, all that is committed and the
//         epoch's beginning                                         → nextProposal
//     R6  a slow backup is waited for until its removal is known    → mustHave
//     R10 an older configuration is ignored                         → adopt
//
// Invariants:
//
// (1) commitOp never falls, and never passes durableOp.
// (2) An acknowledgement counts only in this epoch and from the incarnation that the configuration
//     or the proposal names.
// (3) At most one proposal is open; it is open until the configuration that follows it is known.
//
//     phase         happening                              to
//     reconciling   the epoch's first batch is committed   active
//     any           another epoch, or not the primary      deposed, for good

/// The primary's replication of one shard in one epoch.
package struct PrimaryReplica: Sendable {
    package enum Phase: Sendable {
        case reconciling
        case active
        case deposed
    }

    /// What is known of one other copy.
    package struct Peer: Sendable {
        package let node: NodeID
        /// As its last acknowledgement said; 0 before the first.
        package fileprivate(set) var incarnation: UInt64 = 0
        /// The op up to which it surely has this journal; 0 before the first acknowledgement.
        package fileprivate(set) var ackedOp: UInt64 = 0
        /// When it was last level with what was asked of it, in monotonic ms.
        package fileprivate(set) var levelAtMs: Int64
    }

    package let me: Member
    package let epoch: UInt64
    package private(set) var configuration: ShardConfiguration
    package private(set) var phase = Phase.reconciling
    /// The batch that began the epoch.
    package let epochStartOp: UInt64
    /// The last op that was handed to the journal.
    package private(set) var headOp: UInt64
    /// The last op that is durable here.
    package private(set) var durableOp: UInt64
    package private(set) var commitOp: UInt64
    /// In the order of their nodes.
    package private(set) var peers: [Peer] = []
    /// The in-sync set that was proposed and is not known to be refused.
    package private(set) var proposal: [Member]?
    /// After a refusal: what it was for may still be so.
    private var proposesFromMs = Int64.min
    private let minInSync: Int
    private let limits: ReplicaLimits

    /// Begins an epoch. Answers `nil` when the configuration gives the shard to another.
    ///
    /// - Parameters:
    ///   - configuration: That made `me` the primary.
    ///   - me: This node's present life.
    ///   - storedOp: The journal's head: everything before it is durable here.
    ///   - committedOp: Up to where it was known to be committed.
    ///   - minInSync: Copies that must hold a batch, this one counted.
    ///   - limits: Times.
    ///   - nowMs: Monotonic ms.
    package init?(
        _ configuration: ShardConfiguration, me: Member, storedOp: UInt64, committedOp: UInt64,
        minInSync: Int, limits: ReplicaLimits, nowMs: Int64
    ) {
        guard configuration.primary == me.node, configuration.inSync.contains(me) else {
            return nil
        }
        self.me = me
        self.epoch = configuration.epoch
        self.configuration = configuration
        self.epochStartOp = storedOp + 1
        self.headOp = storedOp
        self.durableOp = storedOp
        self.commitOp = min(committedOp, storedOp)
        self.minInSync = max(1, minInSync)
        self.limits = limits
        self.listPeers(nowMs)
    }

    // MARK: Journal

    /// A batch goes to the journal and to the peers.
    package mutating func append(op: UInt64, nowMs: Int64) {
        self.headOp = max(self.headOp, op)
        for index in self.peers.indices where self.peers[index].ackedOp + 1 >= op {
            // It was level until now: its time to answer begins.
            self.peers[index].levelAtMs = nowMs
        }
    }

    /// The journal holds everything up to `op`.
    package mutating func stored(op: UInt64) {
        self.durableOp = max(self.durableOp, min(op, self.headOp))
        self.advance()
    }

    // MARK: Peers

    /// A copy says that it holds this journal up to `op`, durably.
    package mutating func acknowledged(
        by node: NodeID, incarnation: UInt64, epoch: UInt64, op: UInt64, nowMs: Int64
    ) {
        guard epoch == self.epoch, self.phase != .deposed,
            let index = self.peers.firstIndex(where: { $0.node == node })
        else { return }
        if self.peers[index].incarnation != incarnation {
            self.peers[index].incarnation = incarnation
            // Another disk: what the former one held says nothing.
            if !self.limits.flaws.contains(.ignoresIncarnation) { self.peers[index].ackedOp = 0 }
        }
        self.peers[index].ackedOp = max(self.peers[index].ackedOp, min(op, self.headOp))
        if self.peers[index].ackedOp == self.headOp { self.peers[index].levelAtMs = nowMs }
        self.advance()
    }

    /// A copy promised a newer epoch to somebody else.
    package mutating func refused(promised: UInt64) {
        if promised > self.epoch { self.phase = .deposed }
    }

    /// The copies that a batch must be on before it counts: configured and proposed (R1, R6).
    private var mustHave: [Member] {
        guard let proposal = self.proposal else { return self.configuration.inSync }
        if !self.limits.flaws.isDisjoint(with: [.ignoresJoining, .dropsSlowAtOnce]) {
            return self.flawedMustHave(proposal)
        }
        return self.configuration.inSync
            + proposal.filter { !self.configuration.inSync.contains($0) }
    }

    private func flawedMustHave(_ proposal: [Member]) -> [Member] {
        let known = self.configuration.inSync
        let kept = known.filter { proposal.contains($0) }
        let joining = proposal.filter { !known.contains($0) }
        return (self.limits.flaws.contains(.dropsSlowAtOnce) ? kept : known)
            + (self.limits.flaws.contains(.ignoresJoining) ? [] : joining)
    }

    private mutating func advance() {
        guard self.phase != .deposed, self.configuration.inSync.count >= self.minInSync else {
            return
        }
        var common = self.durableOp
        for member in self.mustHave where member != self.me {
            common = min(common, self.acked(by: member))
        }
        self.commitOp = max(self.commitOp, common)
        if self.phase == .reconciling, self.commitOp >= self.epochStartOp { self.phase = .active }
    }

    private func acked(by member: Member) -> UInt64 {
        guard let peer = self.peers.first(where: { $0.node == member.node }),
            peer.incarnation == member.incarnation
                || self.limits.flaws.contains(.ignoresIncarnation)
        else { return 0 }
        return peer.ackedOp
    }

    private mutating func listPeers(_ nowMs: Int64) {
        var nodes: [NodeID] = []
        for node in self.configuration.inSync.map(\.node) + self.configuration.eligible.map(\.node)
            + self.configuration.learners
        where node != self.me.node && !nodes.contains(node) {
            nodes.append(node)
        }
        let known = self.peers
        self.peers = nodes.sorted().map { node in
            known.first { $0.node == node } ?? Peer(node: node, levelAtMs: nowMs)
        }
    }

    // MARK: Configuration

    /// Takes a configuration over; an older one is ignored.
    package mutating func adopt(_ configuration: ShardConfiguration, nowMs: Int64) {
        guard configuration.version > self.configuration.version, self.phase != .deposed else {
            return
        }
        guard configuration.epoch == self.epoch, configuration.primary == self.me.node,
            configuration.inSync.contains(self.me)
        else {
            self.phase = .deposed
            return
        }
        if let proposal = self.proposal, proposal != configuration.inSync {
            self.proposesFromMs = nowMs + ReplicaLimits.refusedPauseMs
        }
        self.configuration = configuration
        self.proposal = nil
        self.listPeers(nowMs)
        self.advance()
    }

    /// The in-sync set to ask the coordinator for, if another than the present one is due; the same
    /// again while an earlier request's result is not known. It is known with the next version: a
    /// refusal raises it, too.
    package mutating func nextProposal(nowMs: Int64) -> [Member]? {
        guard self.phase != .deposed else { return nil }
        if let proposal = self.proposal { return proposal }
        guard nowMs >= self.proposesFromMs else { return nil }
        var members = self.configuration.inSync
        if let slow = self.slowMember(nowMs) {
            members.removeAll { $0 == slow }
        } else if let joining = self.joiningMember() {
            members.removeAll { $0.node == joining.node }
            members.append(joining)
            members.sort()
        } else {
            return nil
        }
        self.proposal = members
        return members
    }

    /// The longest silent member of the in-sync set, if it has been behind for too long.
    private func slowMember(_ nowMs: Int64) -> Member? {
        let slow = self.configuration.inSync.compactMap { member -> (Member, Int64)? in
            guard member != self.me else { return nil }
            guard let peer = self.peers.first(where: { $0.node == member.node }) else { return nil }
            let isBehind = peer.incarnation != member.incarnation || peer.ackedOp < self.headOp
            guard isBehind, nowMs - peer.levelAtMs > self.limits.lagMsMax else { return nil }
            return (member, peer.levelAtMs)
        }
        return slow.min { $0.1 < $1.1 }?.0
    }

    private func joiningMember() -> Member? {
        for peer in self.peers where peer.incarnation != 0 {
            let member = Member(peer.node, incarnation: peer.incarnation)
            guard !self.configuration.inSync.contains(member), peer.ackedOp >= self.commitOp,
                // Not only once the beginning is committed: with too few in sync it never would be.
                peer.ackedOp >= self.epochStartOp
                    || self.limits.flaws.contains(.ignoresEpochStart)
            else { continue }
            return member
        }
        return nil
    }

    /// The in-sync copy that a planned move names, once it has everything; then nothing more may
    /// be appended in this epoch.
    package var successor: Member? {
        guard self.phase == .active, self.proposal == nil, self.commitOp == self.headOp,
            let target = self.configuration.moveTo, target != self.me.node
        else { return nil }
        return self.configuration.inSyncMember(target)
    }

    /// A planned move waits for nothing but an end of new work.
    package var mayHandOverSoon: Bool {
        guard self.phase == .active, let target = self.configuration.moveTo,
            target != self.me.node, let member = self.configuration.inSyncMember(target)
        else { return false }
        return self.acked(by: member) + 1 >= self.headOp
    }
}
