import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Logging
import Synchronization

/// Compares a tenant's billing system with what is held, by name.
package typealias Reconciling = @Sendable (String) async throws(NodeError) -> Reconciled

extension Node {
    /// A member looks so often whether it is the one that reconciles, in real ms.
    private static let reconcileLookMs: Int64 = 5000

    /// Reconciles every tenant that has a billing system, at once and then at the set interval of
    /// real time, until the node drains. Of a cluster's nodes one does it for all: the one that
    /// leads the tenant's shard; who takes that over begins with it at once.
    func reconcileInTurns() async {
        let everyMs = self.settings.reconcileEveryMs
        guard everyMs > 0 else { return }
        let lookMs = self.settings.cluster == nil ? everyMs : min(everyMs, Self.reconcileLookMs)
        var doneAtMs: [String: Int64] = [:]
        self.reconcileContinuation.yield()
        for await _ in self.reconcileSignal {
            for tenant in self.tenants where tenant.parts.billing != nil {
                guard await self.reconciles(tenant.name) else {
                    doneAtMs[tenant.name] = nil
                    continue
                }
                let nowMs = self.runtime.monotonicMs()
                if self.settings.cluster != nil, let last = doneAtMs[tenant.name],
                    nowMs - last < everyMs
                {
                    continue
                }
                doneAtMs[tenant.name] = nowMs
                await self.reconcileForAll(tenant.name)
            }
            let next = self.reconcileContinuation
            self.runtime.executors[0].run(afterMs: lookMs) { next.yield() }
        }
    }

    /// This node is the one that asks the tenant's billing system.
    private func reconciles(_ tenant: String) async -> Bool {
        guard self.settings.cluster != nil else { return true }
        let shard = self.settings.map.shard(of: EntityKey(tenant: tenant, key: tenant))
        return await self.ledShards().contains(shard)
    }

    private func reconcileForAll(_ tenant: String) async {
        do throws(NodeError) {
            let reconciling = self.reconciling.withLock { $0 }
            let found =
                if let reconciling { try await reconciling(tenant) } else {
                    try await self.reconcile(tenant: tenant)
                }
            if found.news > 0 {
                self.log.info(
                    "reconciliation brought what webhooks did not",
                    metadata: ["listed": "\(found.listed)", "news": "\(found.news)"])
            }
        } catch {
            self.log.warning("reconciliation failed", metadata: ["error": "\(error)"])
        }
    }

    /// A member compares through its cluster: without it, only what it leads itself.
    package func reconcile(through cluster: @escaping Reconciling) {
        self.reconciling.withLock { $0 = cluster }
    }

    /// Compares a tenant's billing system with what we hold, because webhooks get lost: open
    /// invoices that we do not know become cases; cases whose invoice is no longer open are told.
    package func reconcile(tenant name: String) async throws(NodeError) -> Reconciled {
        try await self.reconcile(tenant: name, with: self, hasLists: self.stores.views != nil)
    }

    func reconcile(
        tenant name: String, with holder: any NodeService, hasLists: Bool
    ) async throws(NodeError) -> Reconciled {
        try self.mustBeReady()
        guard let tenant = self.tenants.first(where: { $0.name == name }),
            let billing = tenant.parts.billing
        else { throw NodeError(.notFound, "the tenant has no billing system") }
        return try await Reconciliation(
            tenant: name, billing: billing, holder: holder, hasLists: hasLists
        ).run()
    }
}
