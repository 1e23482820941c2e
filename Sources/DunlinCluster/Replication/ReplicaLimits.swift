/// Times of a shard's replication, in real ms.
package struct ReplicaLimits: Hashable, Sendable {
    /// A backup that has been behind for longer is taken out of the in-sync set.
    package var lagMsMax: Int64

    package static let standard = ReplicaLimits(lagMsMax: 1500)

    package init(lagMsMax: Int64) {
        self.lagMsMax = lagMsMax
    }
}
