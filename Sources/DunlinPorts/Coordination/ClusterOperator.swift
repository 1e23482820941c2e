package import DunlinCluster

/// What the coordinator offers to operators.
package protocol ClusterOperator: Sendable {
    /// Durable when it returns; what it begins goes on by itself. May be sent again.
    func operate(_ operation: ClusterOperation) async throws(CoordinatorError)

    func status() async throws(CoordinatorError) -> ClusterStatus
}
