package import DunlinCluster
package import DunlinCore
package import DunlinPorts
import DunlinWire

extension RemoteNode: NodeUpkeep {
    /// A reconciliation asks a billing system page by page.
    private static let reconcileMsMax: Int64 = 600_000

    package func extract(
        shard: UInt32, from op: UInt64
    ) async throws(NodeError) -> PrepareEntry {
        let entries = try await self.unary(
            NodeCalls.backup,
            { () throws(WireError) in try BackupCall.request(shard: shard, fromOp: op) },
            { bytes throws(WireError) in try PrepareCall.entries(packed: bytes).entries })
        guard let entry = entries.first, entries.count == 1, entry.shard == shard else {
            throw NodeError(.internalError, "The node answered for another shard.")
        }
        return entry
    }

    package func reconcile(tenant name: String) async throws(NodeError) -> Reconciled {
        try await self.unary(
            NodeCalls.reconcile, changes: true, timeoutMs: Self.reconcileMsMax,
            { () throws(WireError) in try ReconcileCall.request(tenant: name) },
            ReconcileCall.reply(packed:))
    }

    package func member() async throws(NodeError) -> MemberView {
        try await self.unary(
            ReplicaCalls.member, timeoutMs: 2000,
            { () throws(WireError) in try MemberCall.request() }, MemberCall.view)
    }
}
