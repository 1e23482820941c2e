/// How a shard's replication goes; times in real ms.
package struct ReplicaLimits: Hashable, Sendable {
    /// A backup that has been behind for longer is taken out of the in-sync set.
    package var lagMsMax: Int64
    /// Empty but under the simulator.
    package var flaws: ReplicaFlaws

    /// After a proposal was refused the next one waits so long, in ms.
    package static let refusedPauseMs: Int64 = 500

    package static let standard = ReplicaLimits(lagMsMax: 1500)

    package init(lagMsMax: Int64, flaws: ReplicaFlaws = []) {
        self.lagMsMax = lagMsMax
        self.flaws = flaws
    }
}
