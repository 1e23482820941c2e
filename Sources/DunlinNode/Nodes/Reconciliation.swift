import DunlinCore
import DunlinPorts

/// One comparison of a tenant's billing system with what is held, by a node for itself or by one
/// for its whole cluster: the billing system is asked for its list once.
struct Reconciliation {
    let tenant: String
    let billing: any BillingSystem
    /// Who holds the accounts: a node alone, or its cluster.
    let holder: any NodeService
    /// The holder can list its cases.
    let hasLists: Bool

    private static let pageRows = 200

    /// Open invoices that nobody knew become cases; cases whose invoice is no longer open are told.
    func run() async throws(NodeError) -> Reconciled {
        var result = Reconciled()
        do {
            let open = try await self.takeOpen(into: &result)
            if self.hasLists { try await self.follow(open: open, into: &result) }
        } catch let error as NodeError {
            throw error
        } catch {
            throw NodeError(.unavailable, "the billing system did not answer: \(error)")
        }
        return result
    }

    private func takeOpen(into result: inout Reconciled) async throws -> Set<String> {
        var open = Set<String>()
        var cursor: String?
        repeat {
            let page = try await self.billing.openInvoices(after: cursor)
            result.listed += UInt64(page.obligations.count)
            open.formUnion(page.obligations)
            try await self.take(page.events, into: &result)
            cursor = page.next
        } while cursor != nil
        return open
    }

    /// Asks about the cases whose invoice is not listed as open, and counts those of which the
    /// gateway has yet to say what became of a charge.
    private func follow(open: Set<String>, into result: inout Reconciled) async throws {
        var query = CaseQuery(
            tenant: self.tenant, phases: CasePhase.allCases.filter(\.isOpen),
            limit: Self.pageRows)
        while true {
            let rows = try await self.holder.cases(query).rows
            guard let last = rows.last else { return }
            let missing = Set(rows.map(\.obligation).filter { !open.contains($0) }).sorted()
            if !missing.isEmpty {
                let events = try await self.billing.changes(
                    ofObligations: missing, tenant: self.tenant)
                try await self.take(events, into: &result)
            }
            let views = try await self.holder.accounts(Array(Set(rows.map(\.key))).sorted())
            for view in views {
                result.inDoubt += UInt64(view?.state.cases.count { $0.inFlight != nil } ?? 0)
            }
            query.after = CaseQuery.Cursor(
                openedAt: last.openedAt, key: last.key, caseNumber: last.caseNumber)
        }
    }

    private func take(_ events: [IntakeEvent], into result: inout Reconciled) async throws {
        guard !events.isEmpty else { return }
        for answer in try await self.holder.intake(events) {
            switch answer {
            case .accepted: result.news += 1
            case .refused: result.refused += 1
            case .repeated, .ignored, .retry: break
            }
        }
    }
}
