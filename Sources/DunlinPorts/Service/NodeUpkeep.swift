package import DunlinCluster
package import DunlinCore

/// What a node offers to operators for the upkeep of what it keeps, in process or over the wire.
package protocol NodeUpkeep: Sendable {
    /// Some of a shard's committed batches from `op` on, with the sealing keys that they made and
    /// that still exist; no batches when nothing more is committed. Only a primary answers.
    func extract(shard: UInt32, from op: UInt64) async throws(NodeError) -> PrepareEntry

    /// Compares a tenant's billing system with what is held, because webhooks get lost: open
    /// invoices that nobody knew become cases; cases whose invoice is no longer open are told.
    func reconcile(tenant name: String) async throws(NodeError) -> Reconciled

    /// The node's own account of its lease and of the copies that it keeps.
    func member() async throws(NodeError) -> MemberView
}
