import DunlinCluster
import DunlinTesting

/// The smallest nodes that keep the rules of replication, under a real ``CoordinatorState``: one
/// shard, messages that are lost, late, doubled and out of order, nodes that crash, restart cleanly
/// or with a loss, and are cut off from the coordinator.
///
/// A log's entry is its epoch and a number of its own. What a copy must give up at a new epoch it
/// learns from the whole log of the primary; what it gets is a part of it.
struct ReplicaModel {
    /// A rule that a history can be lived without, to see that it is needed.
    enum Rule: CaseIterable {
        /// R1: whom a primary proposes counts from the moment of proposing.
        case maximalInSync
        /// R6: whom it proposes to drop counts until the change is known.
        case waitForShrink
        /// R2: nothing is acknowledged below a promised epoch.
        case promise
        /// R5: a learner has the epoch's first entry.
        case epochStart
        /// R5, KIP-903: a copy joins in the life in which it acknowledged.
        case incarnationInChange
        /// R10: a change compares the version.
        case version
        /// R4: only complete copies are elected.
        case cleanElection
        /// R7: a lossy restart takes the node out of the in-sync set.
        case fence
        /// R4: eligible ones are forgotten once something can be committed without them.
        case eligibleEnds
    }

    struct Entry: Hashable {
        var epoch: UInt64
        var number: Int
    }

    struct Node {
        // On disk.
        var disk: UInt64
        var incarnation: UInt64 = 0
        var startCounter: UInt64 = 0
        var promised: UInt64 = 0
        var log: [Entry] = []
        var logEpoch: UInt64 = 0
        // The process.
        var isUp = false
        var isSuspect = false
        var isCutOff = false
        var map: ClusterMap?
        /// The epoch that it leads.
        var leads: UInt64?
        var startsAt = 0
        var committed = 0
        var acknowledged: [NodeID: (incarnation: UInt64, length: Int)] = [:]
        var proposed: (inSync: [Member], version: UInt64)?
    }

    enum Message {
        /// The whole log, to tell where both part, and how much of it is sent.
        case log(from: NodeID, to: NodeID, epoch: UInt64, log: [Entry], count: Int)
        case acknowledgement(from: Member, to: NodeID, epoch: UInt64, length: Int)
        case change(InSyncChange)
        case handOver(HandOver)
        case map(to: NodeID, incarnation: UInt64, startCounter: UInt64, ClusterMap)
    }

    let ids: [NodeID]
    private(set) var nodes: [NodeID: Node] = [:]
    private var state: CoordinatorState
    private var messages: [Message] = []
    private var random: SeededRandom
    private var nowMs: Int64 = 10_000
    private var nonce: UInt64 = 0
    private var numbers = 0
    private var acked: Set<Entry> = []
    private var primaries: [UInt64: NodeID] = [:]
    private let dropped: Rule?
    /// Everything that ever was committed: to see that the histories get anywhere.
    private(set) var commits = 0
    /// What was broken, if anything.
    private(set) var violation: String?

    init(seed: UInt64, without dropped: Rule?) throws {
        self.ids = try ["a", "b", "c"].map { try node($0) }
        self.random = SeededRandom(seed: seed)
        self.dropped = dropped
        let minInSync: UInt32 = seed % 2 == 0 ? 1 : 2
        let backups: UInt32 = seed / 2 % 2 == 0 ? 1 : 2
        self.state = CoordinatorState(
            ClusterRecord(
                ClusterSettings(
                    clusterID: 1, restoreGeneration: 0, shardCount: 1, backups: backups,
                    minInSync: minInSync)),
            settings: CoordinatorSettings(
                expectedNodes: Int(backups) + 1, rebalanceEveryMs: 60_000),
            startedMs: 0)
        for (index, id) in self.ids.enumerated() { self.nodes[id] = Node(disk: UInt64(index + 1)) }
    }

    private var shard: ShardConfiguration { self.state.record.shards[0].configuration }

    mutating func run(steps: Int) {
        for _ in 0..<steps where self.violation == nil {
            self.step()
            self.check()
        }
    }

    // MARK: What happens

    private mutating func step() {
        let id = self.ids[Int(self.random.next() % UInt64(self.ids.count))]
        switch self.random.next() % 200 {
        case 0..<8: self.tick(by: Int64(self.random.next() % 1500))
        case 8..<38: self.heartbeat(id)
        case 38: self.crash(id)
        case 39..<50: self.start(id)
        case 50..<56: self.cutOff(id)
        case 56: self.replaceCoordinator()
        case 57..<72: self.write(id)
        case 72..<92: self.replicate(id)
        case 92..<106: self.propose(id)
        case 106..<108: self.handOver(id)
        case 108: self.moveSomewhere(id)
        default: self.deliver()
        }
    }

    private mutating func tick(by ms: Int64) {
        self.nowMs += ms
        self.state.settle(nowMs: self.nowMs)
        _ = self.state.seal()
        if self.dropped == .cleanElection { self.electAnybody() }
        if self.dropped == .eligibleEnds { self.keepEligible() }
    }

    private mutating func replaceCoordinator() {
        self.nowMs += 500
        self.state = CoordinatorState(
            self.state.record, settings: self.state.settings, startedMs: self.nowMs)
    }

    private mutating func heartbeat(_ id: NodeID) {
        guard let node = self.nodes[id], node.isUp, !node.isCutOff else { return }
        let heartbeat = Heartbeat(
            member: Member(id, incarnation: node.incarnation), startCounter: node.startCounter,
            mapRevision: 0)
        do throws(CoordinatorError) {
            try self.state.heartbeat(heartbeat, nowMs: self.nowMs)
        } catch {
            self.nodes[id]?.isUp = false
            return
        }
        _ = self.state.seal()
        // Late or never.
        if self.random.oneIn(4) { return }
        self.messages.append(
            .map(
                to: id, incarnation: node.incarnation, startCounter: node.startCounter,
                self.state.record.map))
    }

    private mutating func cutOff(_ id: NodeID) {
        guard let node = self.nodes[id] else { return }
        if self.random.oneIn(node.isCutOff ? 4 : 12) { self.nodes[id]?.isCutOff.toggle() }
    }

    private mutating func crash(_ id: NodeID) {
        guard var node = self.nodes[id], node.isUp else { return }
        node.isUp = false
        node.map = nil
        node.leads = nil
        node.proposed = nil
        node.acknowledged = [:]
        // Never the last complete copy: a lost shard's history ends there.
        if self.random.oneIn(3), self.shard.inSync.count > 1 || self.shard.inSyncMember(id) == nil {
            // The disk loses an end of what it had promised to keep, and the promise.
            node.isSuspect = true
            node.log.removeLast(Int(self.random.next() % UInt64(node.log.count + 1)))
            node.promised = 0
            node.logEpoch = node.log.last?.epoch ?? 0
        }
        self.nodes[id] = node
    }

    private mutating func start(_ id: NodeID) {
        guard var node = self.nodes[id], !node.isUp, !node.isCutOff else { return }
        let former = self.shard
        self.nonce += 1
        do throws(CoordinatorError) {
            try self.state.register(
                NodeRegistration(
                    id: id, address: "", diskID: node.disk, incarnation: node.incarnation,
                    startCounter: node.startCounter, nonce: self.nonce,
                    isSuspect: node.isSuspect), nowMs: self.nowMs)
        } catch {
            return
        }
        if self.dropped == .fence { self.unfence(id, former) }
        self.state.settle(nowMs: self.nowMs)
        _ = self.state.seal()
        guard let reply = self.state.registrationReply(id) else { return }
        node.incarnation = reply.incarnation
        node.startCounter = reply.startCounter
        node.isSuspect = false
        node.isUp = true
        node.promised = max(node.promised, reply.epochFloors[0])
        self.nodes[id] = node
    }

    private mutating func write(_ id: NodeID) {
        guard let node = self.nodes[id], node.isUp, let epoch = node.leads else { return }
        self.numbers += 1
        self.nodes[id]?.log.append(Entry(epoch: epoch, number: self.numbers))
        self.advance(id)
    }

    private mutating func replicate(_ id: NodeID) {
        guard let node = self.nodes[id], node.isUp, let epoch = node.leads else { return }
        for other in self.ids where other != id {
            let count =
                self.random.oneIn(2)
                ? node.log.count : Int(self.random.next() % UInt64(node.log.count + 1))
            self.messages.append(
                .log(from: id, to: other, epoch: epoch, log: node.log, count: count))
        }
    }

    private mutating func propose(_ id: NodeID) {
        guard var node = self.nodes[id], node.isUp, node.leads != nil, let map = node.map else {
            return
        }
        let configuration = map.shards[0]
        if let proposed = node.proposed {
            // The answer may have been lost: the same again.
            self.send(proposed.inSync, configuration, id)
            return
        }
        var inSync = configuration.inSync
        if self.random.oneIn(3), inSync.count > 1 {
            inSync.removeAll { $0.node != id && self.random.oneIn(2) }
        } else {
            for learner in configuration.learners {
                guard let had = node.acknowledged[learner],
                    had.length >= node.committed,
                    had.length >= node.startsAt || self.dropped == .epochStart
                else { continue }
                inSync.append(Member(learner, incarnation: had.incarnation))
            }
            if self.random.oneIn(2) {
                for eligible in configuration.eligible
                where (node.acknowledged[eligible.node]?.length ?? -1)
                    >= max(node.committed, node.startsAt)
                    && node.acknowledged[eligible.node]?.incarnation == eligible.incarnation
                {
                    inSync.append(eligible)
                }
            }
        }
        inSync = Set(inSync).sorted()
        guard inSync != configuration.inSync, Set(inSync.map(\.node)).count == inSync.count
        else { return }
        self.send(inSync, configuration, id)
        node.proposed = (inSync, configuration.version)
        self.nodes[id] = node
        self.advance(id)
    }

    private mutating func send(
        _ inSync: [Member], _ configuration: ShardConfiguration, _ id: NodeID
    ) {
        guard let node = self.nodes[id] else { return }
        self.messages.append(
            .change(
                InSyncChange(
                    shard: 0, version: configuration.version, epoch: configuration.epoch,
                    primary: Member(id, incarnation: node.incarnation), inSync: inSync)))
    }

    private mutating func handOver(_ id: NodeID) {
        guard let node = self.nodes[id], node.isUp, node.leads != nil, let map = node.map,
            node.committed == node.log.count, node.proposed == nil
        else { return }
        let configuration = map.shards[0]
        guard let goal = configuration.inSync.first(where: { $0.node != id }) else { return }
        self.messages.append(
            .handOver(
                HandOver(
                    shard: 0, version: configuration.version, epoch: configuration.epoch,
                    primary: Member(id, incarnation: node.incarnation), to: goal)))
    }

    private mutating func moveSomewhere(_ id: NodeID) {
        do throws(CoordinatorError) {
            try self.state.operate(.move(shard: 0, to: id), nowMs: self.nowMs)
        } catch {
            return
        }
        _ = self.state.seal()
    }

    // MARK: Messages

    private mutating func deliver() {
        guard !self.messages.isEmpty else { return }
        // Half of them at once, the others whenever.
        let index =
            self.random.oneIn(2)
            ? self.messages.count - 1 : Int(self.random.next() % UInt64(self.messages.count))
        let message =
            self.random.oneIn(5) ? self.messages[index] : self.messages.remove(at: index)
        if self.messages.count > 60 { self.messages.removeFirst(20) }
        if self.random.oneIn(6) { return }
        switch message {
        case .log(let from, let to, let epoch, let log, let count):
            self.take(log, count, epoch, from: from, to: to)
        case .acknowledgement(let from, let to, let epoch, let length):
            self.count(from, length, epoch: epoch, at: to)
        case .change(let change): self.change(change)
        case .handOver(let handOver):
            do throws(CoordinatorError) {
                try self.state.handOver(handOver, nowMs: self.nowMs)
            } catch {
                return
            }
            _ = self.state.seal()
        case .map(let to, let incarnation, let startCounter, let map):
            guard let node = self.nodes[to], node.isUp, node.incarnation == incarnation,
                node.startCounter == startCounter
            else { return }
            self.learn(map, to)
        }
    }

    private mutating func take(
        _ log: [Entry], _ count: Int, _ epoch: UInt64, from: NodeID, to: NodeID
    ) {
        guard var node = self.nodes[to], node.isUp else { return }
        if epoch < node.promised, self.dropped != .promise { return }
        node.promised = max(node.promised, epoch)
        if node.leads ?? 0 < epoch { node.leads = nil }
        // A new epoch takes away what its primary does not have; within an epoch logs only grow.
        if epoch != node.logEpoch {
            let common = zip(node.log, log).prefix { $0 == $1 }.count
            node.log.removeLast(node.log.count - common)
            node.logEpoch = epoch
        }
        if count > node.log.count { node.log = Array(log.prefix(count)) }
        self.nodes[to] = node
        self.messages.append(
            .acknowledgement(
                from: Member(to, incarnation: node.incarnation), to: from, epoch: epoch,
                length: node.log.count))
    }

    private mutating func count(_ from: Member, _ length: Int, epoch: UInt64, at id: NodeID) {
        guard let node = self.nodes[id], node.isUp, node.leads == epoch, let map = node.map else {
            return
        }
        let known =
            map.shards[0].inSyncMember(from.node)?.incarnation
            ?? map.node(from.node)?.incarnation
        guard known == from.incarnation || self.dropped == .incarnationInChange else { return }
        let former = node.acknowledged[from.node]
        if let former, former.incarnation == from.incarnation, former.length >= length { return }
        self.nodes[id]?.acknowledged[from.node] = (from.incarnation, length)
        self.advance(id)
    }

    private mutating func change(_ change: InSyncChange) {
        var change = change
        if self.dropped == .version { change.version = self.shard.version }
        if self.dropped == .incarnationInChange {
            change.inSync = change.inSync.map { member in
                self.state.record.node(member.node)?.record.member ?? member
            }.sorted()
        }
        do throws(CoordinatorError) {
            try self.state.changeInSync(change, nowMs: self.nowMs)
        } catch {
            return
        }
        _ = self.state.seal()
    }

    private mutating func learn(_ map: ClusterMap, _ id: NodeID) {
        guard var node = self.nodes[id] else { return }
        let configuration = map.shards[0]
        if let known = node.map, known.shards[0].version >= configuration.version {
            if known.revision < map.revision { self.nodes[id]?.map = map }
            return
        }
        node.map = map
        // A proposal that compares an older version can no longer happen.
        if let proposed = node.proposed, proposed.version < configuration.version {
            node.proposed = nil
        }
        if configuration.primary == id {
            if node.leads != configuration.epoch, configuration.epoch >= node.promised {
                node.leads = configuration.epoch
                node.promised = configuration.epoch
                node.logEpoch = configuration.epoch
                node.acknowledged = [:]
                node.proposed = nil
                node.committed = 0
                self.numbers += 1
                node.log.append(Entry(epoch: configuration.epoch, number: self.numbers))
                node.startsAt = node.log.count
            }
        } else {
            node.leads = nil
        }
        self.nodes[id] = node
        self.advance(id)
    }

    /// What all that count have is committed, from the epoch's first entry on.
    private mutating func advance(_ id: NodeID) {
        guard var node = self.nodes[id], node.leads != nil, let map = node.map else { return }
        let configuration = map.shards[0]
        guard configuration.inSync.count >= Int(map.settings.minInSync) else { return }
        var counting = Set(configuration.inSync)
        if let proposed = node.proposed {
            if self.dropped != .maximalInSync { counting.formUnion(proposed.inSync) }
            if self.dropped == .waitForShrink { counting.formIntersection(proposed.inSync) }
        }
        var length = node.log.count
        for member in counting where member.node != id {
            let had = node.acknowledged[member.node]
            let counts =
                had?.incarnation == member.incarnation || self.dropped == .incarnationInChange
            length = min(length, counts ? had?.length ?? 0 : 0)
        }
        guard length >= node.startsAt, length > node.committed else { return }
        node.committed = length
        self.acked.formUnion(node.log.prefix(length))
        self.commits += 1
        self.nodes[id] = node
    }

    // MARK: Without a rule

    private mutating func alter(_ change: (inout ShardConfiguration) -> Void) {
        var record = self.state.record
        change(&record.shards[0].configuration)
        record.shards[0].configuration.version += 1
        record.revision += 1
        self.state.reload(record)
    }

    private mutating func electAnybody() {
        let shard = self.shard
        guard let primary = shard.primary, self.nodes[primary]?.isUp != true,
            let other = shard.learners.first(where: { self.nodes[$0]?.isUp == true }),
            let member = self.state.record.node(other)?.record.member
        else { return }
        self.alter { shard in
            shard.epoch += 1
            shard.primary = other
            shard.inSync = [member]
            shard.learners.removeAll { $0 == other }
        }
    }

    private mutating func keepEligible() {
        let shard = self.shard
        guard let primary = shard.primary, let gone = shard.learners.first,
            shard.eligible.isEmpty, self.nodes[primary]?.isUp == false,
            let member = self.state.record.node(gone)?.record.member
        else { return }
        // As if it had not been forgotten when the others went on without it.
        guard self.nodes[gone]?.log.isEmpty == false, self.nodes[gone]?.isUp == true else { return }
        self.alter { shard in
            shard.epoch += 1
            shard.primary = gone
            shard.inSync = [member]
            shard.learners.removeAll { $0 == gone }
        }
    }

    private mutating func unfence(_ id: NodeID, _ former: ShardConfiguration) {
        guard former.inSyncMember(id) != nil, self.shard.inSyncMember(id) == nil,
            let member = self.state.record.node(id)?.record.member
        else { return }
        self.alter { shard in
            shard.inSync = (shard.inSync + [member]).sorted()
            shard.learners.removeAll { $0 == id }
            shard.condition = .normal
        }
    }

    // MARK: What must hold

    private mutating func check() {
        let shard = self.shard
        if let primary = shard.primary {
            let known = self.primaries[shard.epoch]
            if let known, known != primary {
                self.violation = "I1: epoch \(shard.epoch) has two primaries"
            }
            self.primaries[shard.epoch] = primary
        }
        for member in shard.inSync + shard.eligible {
            guard let node = self.nodes[member.node], node.incarnation == member.incarnation,
                !node.isSuspect
            else { continue }
            if !self.acked.isSubset(of: node.log) {
                self.violation = "I3: \(member.node) lacks what was acknowledged"
            }
        }
        if shard.inSync.count >= Int(self.state.record.settings.minInSync),
            !shard.eligible.isEmpty
        {
            self.violation = "eligible copies that something may be committed without"
        }
    }
}
