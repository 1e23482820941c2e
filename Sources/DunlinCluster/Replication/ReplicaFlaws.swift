/// Rules of the protocol that a replica leaves out. Always empty but under the simulator, which has
/// to see that each of them is needed.
package struct ReplicaFlaws: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// R1: a copy that was proposed to join is not waited for.
    package static let ignoresJoining = ReplicaFlaws(rawValue: 1 << 0)
    /// R6: a copy that was proposed to leave is not waited for.
    package static let dropsSlowAtOnce = ReplicaFlaws(rawValue: 1 << 1)
    /// R2: batches of any epoch are taken.
    package static let forgetsPromise = ReplicaFlaws(rawValue: 1 << 2)
    /// R5: a copy may join before it has the epoch's beginning.
    package static let ignoresEpochStart = ReplicaFlaws(rawValue: 1 << 3)
    /// KIP-903: an acknowledgement counts for every life of its node's disk.
    package static let ignoresIncarnation = ReplicaFlaws(rawValue: 1 << 4)
    /// KIP-101: a new epoch cuts off everything beyond the known commit mark.
    package static let cutsAtCommitMark = ReplicaFlaws(rawValue: 1 << 5)
    /// R7: neither the floor that registration gives nor the map's epoch is a promise.
    package static let forgetsFloor = ReplicaFlaws(rawValue: 1 << 7)
    /// Law 1: what was decided is done before it is committed.
    package static let actsBeforeCommit = ReplicaFlaws(rawValue: 1 << 6)
}
