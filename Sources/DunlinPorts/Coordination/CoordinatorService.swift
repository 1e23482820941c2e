package import DunlinCluster

/// What the coordinator offers to nodes: membership, leases and the map.
///
/// Every answer that changes something is durable in the coordinator's store when it returns. A
/// change whose answer was lost may be sent again: it compares versions, so that it happens once.
package protocol CoordinatorService: Sendable {
    /// A node's process begins. The former process of that node leads nothing from then on.
    func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError)
        -> RegistrationReply

    /// Renews the node's lease, from the instant at which the request was sent.
    func heartbeat(_ heartbeat: Heartbeat) async throws(CoordinatorError) -> HeartbeatReply

    /// A primary proposes other in-sync copies (R5, R6). Answers the configuration that holds now,
    /// whether or not it is the proposed one.
    func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError)
        -> ShardConfiguration

    /// A primary that has committed all it took gives its shard to an in-sync copy. Answers the
    /// configuration that holds now.
    func handOver(_ handOver: HandOver) async throws(CoordinatorError) -> ShardConfiguration

    /// The map; `nil` when it is still the one of `revision`.
    func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap?
}
