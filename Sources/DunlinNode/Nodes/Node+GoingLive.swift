import DunlinCluster
import DunlinCore
import DunlinPorts
import Logging

extension Node {
    /// Cases whose accounts are visited before the next are read.
    private static let visitedAtOnce = 200

    /// What a death left of a tenant's going live is done after the next start.
    func takeUpWithheldEverywhere() async {
        for tenant in self.tenants where self.settings(of: tenant).mode == .live {
            do {
                try await self.takeUpWithheld(tenant: tenant.name)
            } catch {
                self.log.warning(
                    "cases that were only observed wait for their next turn",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    /// Visits every case from which something was withheld while its tenant observed: those that
    /// plan nothing would never wake by themselves. Repeating it is of no harm.
    func takeUpWithheld(tenant: String) async throws(NodeError) {
        guard self.stores.views != nil else { return }
        var query = CaseQuery(
            tenant: tenant, phases: CasePhase.allCases.filter(\.isOpen), flags: .withheld,
            limit: Self.visitedAtOnce)
        while true {
            let rows = try await self.cases(query).rows
            guard let last = rows.last else { return }
            var keys: [UInt32: [EntityKey]] = [:]
            for key in Set(rows.map(\.key)).sorted() {
                keys[self.settings.map.shard(of: key), default: []].append(key)
            }
            for (shard, keys) in keys.sorted(by: { $0.key < $1.key }) {
                while try await !self.shards[Int(shard)].visit(keys) { await Task.yield() }
            }
            query.after = CaseQuery.Cursor(
                openedAt: last.openedAt, key: last.key, caseNumber: last.caseNumber)
        }
    }
}
