import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Logging

extension Node {
    /// Reconciles every tenant that has a billing system, at once and then at the set interval of
    /// real time, until the node drains.
    func reconcileInTurns() async {
        guard self.settings.reconcileEveryMs > 0 else { return }
        self.reconcileContinuation.yield()
        for await _ in self.reconcileSignal {
            for tenant in self.tenants where tenant.parts.billing != nil {
                do {
                    let found = try await self.reconcile(tenant: tenant.name)
                    if found.news > 0 {
                        self.log.info(
                            "reconciliation brought what webhooks did not",
                            metadata: ["listed": "\(found.listed)", "news": "\(found.news)"])
                    }
                } catch {
                    self.log.warning("reconciliation failed", metadata: ["error": "\(error)"])
                }
            }
            let next = self.reconcileContinuation
            self.runtime.executors[0].run(afterMs: self.settings.reconcileEveryMs) { next.yield() }
        }
    }

    /// Compares a tenant's billing system with what we hold, because webhooks get lost: open
    /// invoices that we do not know become cases; cases whose invoice is no longer open are told.
    package func reconcile(tenant name: String) async throws(NodeError) -> Reconciled {
        try self.mustBeReady()
        guard let tenant = self.tenants.first(where: { $0.name == name }),
            let billing = tenant.parts.billing
        else { throw NodeError(.notFound, "the tenant has no billing system") }
        var result = Reconciled()
        var open = Set<String>()
        do {
            var cursor: String?
            repeat {
                let page = try await billing.openInvoices(after: cursor)
                result.listed += UInt64(page.obligations.count)
                open.formUnion(page.obligations)
                try await self.take(page.events, into: &result)
                cursor = page.next
            } while cursor != nil
            try await self.follow(tenant, billing, open: open, into: &result)
            result.inDoubt = try await self.countInDoubt(tenant.name)
        } catch let error as NodeError {
            throw error
        } catch {
            throw NodeError(.unavailable, "the billing system did not answer: \(error)")
        }
        return result
    }

    /// Asks about the cases whose invoice the billing system does not list as open.
    private func follow(
        _ tenant: TenantHandle, _ billing: any BillingSystem, open: Set<String>,
        into result: inout Reconciled
    ) async throws {
        guard let views = self.stores.views else { return }
        var after: EntityKey?
        while true {
            let rows = try await views.openObligations(
                tenant: tenant.name, after: after, limit: 200)
            guard let last = rows.last else { return }
            let missing = rows.map(\.obligation).filter { !open.contains($0) }
            if !missing.isEmpty {
                let events = try await billing.changes(ofObligations: missing, tenant: tenant.name)
                try await self.take(events, into: &result)
            }
            after = last.key
        }
    }

    /// A member takes what is about accounts that it leads; each of the others does so with its own.
    private func take(_ events: [IntakeEvent], into result: inout Reconciled) async throws {
        let events = await self.mine(events)
        guard !events.isEmpty else { return }
        for answer in try await self.intake(events) {
            switch answer {
            case .accepted: result.news += 1
            case .refused: result.refused += 1
            case .repeated, .ignored, .retry: break
            }
        }
    }

    private func mine(_ events: [IntakeEvent]) async -> [IntakeEvent] {
        guard self.settings.cluster != nil, !events.isEmpty else { return events }
        let led = Set(await self.ledShards())
        return events.filter { led.contains(self.settings.map.shard(of: $0.key)) }
    }

    /// Cases whose gateway must answer first.
    private func countInDoubt(_ tenant: String) async throws(NodeError) -> UInt64 {
        guard self.stores.views != nil else { return 0 }
        var query = CaseQuery(
            tenant: tenant, phases: CasePhase.allCases.filter(\.isOpen), limit: 1000)
        var count: UInt64 = 0
        while true {
            let rows = try await self.cases(query).rows
            guard let last = rows.last else { return count }
            let views = try await self.accounts(Array(Set(rows.map(\.key))).sorted())
            for view in views {
                count += UInt64(view?.state.cases.count { $0.inFlight != nil } ?? 0)
            }
            query.after = CaseQuery.Cursor(
                openedAt: last.openedAt, key: last.key, caseNumber: last.caseNumber)
        }
    }
}
