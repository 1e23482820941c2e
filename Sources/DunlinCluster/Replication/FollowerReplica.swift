// A backup's side of one shard's replication, as decisions without I/O.
//
//     R2  no epoch below the promised one is acknowledged. The promise is the highest of: the floor
//         given at registration (R7), the epoch of the stored head, every epoch met since. It needs
//         no place of its own on disk, because every start of a process registers first.
//     KIP-101  what a new primary does not have is cut off where the journals part, which the hash
//         chain tells exactly; never at a commit mark, which may be old.
//
// Invariants:
//
// (1) An acknowledged op is durable here, and the primary has the same batch under it.
// (2) A batch that the primary has too is never cut off.
// (3) commitOp never falls, and never passes the primary's.

/// A place in a shard's journal, with the chain's hash there.
package struct ChainHead: Hashable, Sendable {
    /// 0 before the first batch.
    package var op: UInt64
    package var epoch: UInt64
    /// 32 bytes; zeros before the first batch.
    package var hash: [UInt8]

    package static let none = ChainHead(op: 0, epoch: 0, hash: [UInt8](repeating: 0, count: 32))

    package init(op: UInt64, epoch: UInt64, hash: [UInt8]) {
        self.op = op
        self.epoch = epoch
        self.hash = hash
    }
}

/// A backup's replication of one shard.
package struct FollowerReplica: Sendable {
    /// What a primary sent, without the records.
    package struct Offer: Sendable {
        package var epoch: UInt64
        /// The batch before the first one offered.
        package var previous: ChainHead
        /// In the order of their ops, without gaps; none to ask how far the copy is.
        package var batches: [ChainHead]
        package var commitOp: UInt64

        package init(
            epoch: UInt64, previous: ChainHead, batches: [ChainHead], commitOp: UInt64
        ) {
            self.epoch = epoch
            self.previous = previous
            self.batches = batches
            self.commitOp = commitOp
        }
    }

    /// What to do with an offer.
    package enum Receipt: Equatable, Sendable {
        /// An older epoch than the one promised: refuse, and say so.
        case stale(promised: UInt64)
        /// The copy does not have the batch before: say what it has.
        case apart
        /// The primary lacks a batch that is committed: one of the two has broken its promises.
        /// Nothing may be cut off or acknowledged; an operator must look.
        case forked
        /// Cut off what comes after `cutAfter`, if it is given, then store the batches from
        /// `first` on, and acknowledge `ackOp` when all that is durable.
        case take(cutAfter: UInt64?, first: Int, ackOp: UInt64)
    }

    package private(set) var promised: UInt64
    /// The newest batches that were handed to the journal, oldest first; the last is the head.
    package private(set) var recent: [ChainHead]
    package private(set) var commitOp: UInt64

    /// How many of the newest batches are kept in mind.
    package static let recentMax = 16
    private let flaws: ReplicaFlaws

    /// - Parameters:
    ///   - recent: The newest stored batches, oldest first.
    ///   - promised: The floor that registration gave.
    ///   - commitOp: Known to be committed: the folded op.
    ///   - flaws: Empty but under the simulator.
    package init(
        recent: [ChainHead], promised: UInt64, commitOp: UInt64, flaws: ReplicaFlaws = []
    ) {
        self.flaws = flaws
        self.recent = recent.suffix(Self.recentMax)
        self.promised = max(
            flaws.contains(.forgetsFloor) ? 0 : promised, recent.last?.epoch ?? 0)
        self.commitOp = commitOp
    }

    package var head: ChainHead { self.recent.last ?? .none }

    /// The map names an epoch: nothing older is acknowledged from now on.
    package mutating func promise(_ epoch: UInt64) {
        guard !self.flaws.contains(.forgetsFloor) else { return }
        self.promised = max(self.promised, epoch)
    }

    /// Decides about what a primary sent. `stored` answers the hash of an older stored batch, `nil`
    /// when there is none.
    package mutating func receive(
        _ offer: Offer, stored: (UInt64) -> [UInt8]?
    ) -> Receipt {
        guard offer.epoch >= self.promised || self.flaws.contains(.forgetsPromise) else {
            return .stale(promised: self.promised)
        }
        self.promised = max(offer.epoch, self.promised)
        let previous = offer.previous
        guard previous.op <= self.head.op, self.hash(at: previous.op, stored) == previous.hash
        else { return .apart }
        var cutAfter: UInt64?
        var first = 0
        var last = previous.op
        for batch in offer.batches {
            guard batch.op == last + 1 else { return .apart }
            guard cutAfter == nil, batch.op <= self.head.op else { break }
            guard self.hash(at: batch.op, stored) == batch.hash else {
                cutAfter = last
                break
            }
            last = batch.op
            first += 1
        }
        if let cutAfter {
            guard cutAfter >= self.commitOp else { return .forked }
            self.recent.removeAll { $0.op > cutAfter }
            if self.recent.isEmpty, cutAfter > 0 {
                let batch = first > 0 ? offer.batches[first - 1] : previous
                self.recent = [batch]
            }
        }
        self.recent += offer.batches[first...]
        self.recent = self.recent.suffix(Self.recentMax)
        let ackOp = offer.batches.last?.op ?? previous.op
        self.commitOp = max(self.commitOp, min(offer.commitOp, ackOp))
        return .take(cutAfter: cutAfter, first: first, ackOp: ackOp)
    }

    private func hash(at op: UInt64, _ stored: (UInt64) -> [UInt8]?) -> [UInt8]? {
        if op == 0 { return ChainHead.none.hash }
        if let known = self.recent.last(where: { $0.op == op }) { return known.hash }
        return stored(op)
    }

    /// Under ``ReplicaFlaws/cutsAtCommitMark`` only: what to cut off before an entry of a newer epoch
    /// is looked at.
    package mutating func flawedCut(before epoch: UInt64) -> UInt64? {
        guard self.flaws.contains(.cutsAtCommitMark), epoch >= self.promised,
            epoch > self.head.epoch, self.head.op > self.commitOp
        else { return nil }
        self.recent.removeAll { $0.op > self.commitOp }
        return self.commitOp
    }

    /// The journal did not store what was handed to it: it holds what `recent` says.
    package mutating func restored(recent: [ChainHead]) {
        self.recent = recent.suffix(Self.recentMax)
    }
}
