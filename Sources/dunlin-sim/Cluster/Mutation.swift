import DunlinCluster

/// A rule of the protocol that the simulator leaves out, to see that it notices.
enum Mutation: String, CaseIterable {
    /// R1: a batch counts before the copy that is about to join has it.
    case maximalInSync = "maximal in-sync set on expand"
    /// R6: a slow copy is not waited for once its removal was asked for.
    case waitOnShrink = "wait for the answer on shrink"
    case epochPromise = "epoch promise"
    case epochStart = "epoch-start barrier"
    case incarnationInChanges = "incarnation in changes"
    case versionCompare = "version compare"
    case uncleanElection = "election from complete copies only"
    case cutAtCommitMark = "truncation where journals part"
    case epochFloorAndIncarnation = "epoch floor and incarnation-checked acknowledgements"
    case actsBeforeCommit = "Law 1: act after commit"
    case rateShares = "rate leases: each node a part of the limit"
    case watchesClock = "a node whose clock is off charges nothing"
    case newKeyAfterUnknown = "Law 2: no new key after an unknown outcome"

    /// What the replicas of the nodes leave out.
    var flaws: ReplicaFlaws {
        switch self {
        case .maximalInSync: .ignoresJoining
        case .waitOnShrink: .dropsSlowAtOnce
        case .epochPromise: .forgetsPromise
        case .epochStart: .ignoresEpochStart
        case .incarnationInChanges: .ignoresIncarnation
        case .epochFloorAndIncarnation: [.ignoresIncarnation, .forgetsFloor]
        case .cutAtCommitMark: .cutsAtCommitMark
        case .actsBeforeCommit: .actsBeforeCommit
        case .versionCompare, .uncleanElection, .rateShares, .watchesClock, .newKeyAfterUnknown: []
        }
    }
}
