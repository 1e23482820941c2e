import DunlinCluster
package import DunlinCore
package import DunlinPorts

// Lists and totals: every primary's part, merged. A node that does not answer is an error that
// says so, never a shorter list.

extension ClusterRouter {
    /// All nodes that lead a shard.
    private var leaders: [Owner] {
        guard let map = self.map() else { return [.here] }
        let me = self.node.settings.cluster?.me.node
        let ids = Set(map.shards.compactMap(\.primary)).sorted()
        return ids.map { $0 == me ? .here : .there($0) }
    }

    private func gather<Part: Sendable>(
        _ ask: @Sendable @escaping (any NodeService) async throws(NodeError) -> Part
    ) async throws(NodeError) -> [Part] {
        let startMs = self.node.monotonicMs()
        while true {
            do throws(NodeError) {
                return try await self.gather(from: self.leaders, ask)
            } catch {
                // A node that stops or died is followed by others in a moment; looking again is safe.
                let isPassing =
                    error.code == .unavailable || error.code == .notPrimary
                    || error.code == .unknownOutcome
                guard isPassing, self.node.monotonicMs() - startMs < Self.patienceMs else {
                    throw error
                }
            }
            await self.pause()
        }
    }

    /// Asks every node that is there, whether it leads anything or not.
    func everyNode<Part: Sendable>(
        _ ask: @Sendable @escaping (any NodeService) async throws(NodeError) -> Part
    ) async throws(NodeError) -> [Part] {
        let me = self.node.settings.cluster?.me.node
        let ids = (self.map()?.nodes ?? []).filter { $0.state != .silent && $0.state != .removed }
        return try await self.gather(
            from: ids.map { $0.id == me ? .here : .there($0.id) }, ask)
    }

    private func gather<Part: Sendable>(
        from owners: [Owner],
        _ ask: @Sendable @escaping (any NodeService) async throws(NodeError) -> Part
    ) async throws(NodeError) -> [Part] {
        let services = owners.map { (self.name(of: $0), self.service($0)) }
        let results = await withTaskGroup(of: (Int, Result<Part, NodeError>).self) { group in
            for (index, (name, service)) in services.enumerated() {
                group.addTask {
                    guard let service else {
                        return (
                            index,
                            .failure(
                                NodeError(.unavailable, "node \(name) does not answer; try again"))
                        )
                    }
                    do throws(NodeError) {
                        return (index, .success(try await ask(service)))
                    } catch {
                        let told = NodeError(error.code, "node \(name): \(error.message)")
                        return (index, .failure(told))
                    }
                }
            }
            var results: [(Int, Result<Part, NodeError>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
        var parts: [Part] = []
        for result in results { parts.append(try result.get()) }
        return parts
    }

    private func name(of owner: Owner) -> String {
        switch owner {
        case .here: self.node.settings.cluster?.me.node.name ?? "this"
        case .there(let id): id.name
        case .nobody: "?"
        }
    }

    package func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        let pages = try await self.gather { service throws(NodeError) in
            try await service.cases(query)
        }
        let rows = pages.flatMap(\.rows).sorted { Self.isBefore($0, $1) }
        return CasePage(rows: Array(rows.prefix(query.limit)))
    }

    package func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        let parts = try await self.gather { service throws(NodeError) in
            try await service.report(query)
        }
        return Report(
            since: query.since, rows: ReportRow.merged(parts.flatMap(\.rows)),
            renewals: RenewalRow.merged(parts.flatMap(\.renewals)))
    }

    package func shards() async throws(NodeError) -> [ShardView] {
        let parts = try await self.gather { service throws(NodeError) in
            try await service.shards()
        }
        return parts.flatMap { $0 }.filter { $0.state == "active" || $0.state == "reconciling" }
            .sorted { $0.shard < $1.shard }
    }

    package func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        let parts = try await self.gather { service throws(NodeError) in
            try await service.timers(sliceMs: sliceMs)
        }
        return TimersView.merged(parts)
    }

    /// This node's own, with the whole cluster's accounts and transitions.
    package func status() async throws(NodeError) -> NodeView {
        var view = try await self.node.status()
        let parts = try await self.gather { service throws(NodeError) in
            try await service.status()
        }
        view.residentAccounts = parts.reduce(0) { $0 + $1.residentAccounts }
        view.transitions = parts.reduce(0) { $0 + $1.transitions }
        view.commits = parts.reduce(0) { $0 + $1.commits }
        view.warnings = Array(Set(parts.flatMap(\.warnings))).sorted()
        return view
    }

    // MARK: The whole cluster

    package func applyPolicy(
        yaml: String, tenant: String?
    ) async throws(NodeError)
        -> PolicyApplied
    {
        if let library = self.library {
            return try await self.applyEverywhere(yaml: yaml, tenant: tenant, library)
        }
        let applied = try await self.everyNode { service throws(NodeError) in
            try await service.applyPolicy(yaml: yaml, tenant: tenant)
        }
        guard let first = applied.first else {
            throw NodeError(.unavailable, "no node is there to take the policy; try again")
        }
        guard applied.allSatisfy({ $0.bundle == first.bundle }) else {
            throw NodeError(
                .failedPrecondition,
                "the nodes made different bundles of it: their configurations differ")
        }
        return first
    }

    package func clock() async throws(NodeError) -> ClockView { try await self.node.clock() }

    package func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        let key = EntityKey(tenant: change.tenant, kind: .tenant, key: change.tenant)
        // Saying it again changes nothing more.
        return try await self.ask(key, repeatable: true) { service throws(NodeError) in
            try await service.switchTenant(change)
        }
    }
}

extension ClusterRouter {
    /// The order of lists: opened first, then by account.
    private static func isBefore(_ left: CaseRow, _ right: CaseRow) -> Bool {
        if left.openedAt != right.openedAt { return left.openedAt < right.openedAt }
        if left.key != right.key { return left.key < right.key }
        return left.caseNumber < right.caseNumber
    }
}

extension TimersView {
    fileprivate static func merged(_ parts: [TimersView]) -> TimersView {
        var slices: [Timestamp: Slice] = [:]
        for slice in parts.flatMap(\.slices) {
            if slices[slice.from] == nil {
                slices[slice.from] = slice
            } else {
                slices[slice.from]?.count += slice.count
            }
        }
        let next = parts.map(\.nextDueAt).filter { $0.ms != 0 }.min()
        return TimersView(
            count: parts.reduce(0) { $0 + $1.count }, nextDueAt: next ?? Timestamp(ms: 0),
            overdue: parts.reduce(0) { $0 + $1.overdue },
            slices: slices.values.sorted { $0.from < $1.from })
    }
}

extension RenewalRow {
    /// The parts of several nodes, summed day by day.
    fileprivate static func merged(_ parts: [RenewalRow]) -> [RenewalRow] {
        var sums: [RenewalRow] = []
        for row in parts.sorted(by: { ($0.tenant, $0.day) < ($1.tenant, $1.day) }) {
            if let last = sums.last, last.tenant == row.tenant, last.day == row.day {
                sums[sums.count - 1].add(row)
            } else {
                sums.append(row)
            }
        }
        return sums
    }
}

extension ReportRow {
    private struct Name: Hashable {
        var tenant: String
        var currency: Currency
        var declineClass: DeclineClass
        var group: String
    }

    /// The parts of several nodes, summed row by row.
    fileprivate static func merged(_ parts: [ReportRow]) -> [ReportRow] {
        var sums: [Name: ReportRow] = [:]
        var order: [Name] = []
        for row in parts {
            let name = Name(
                tenant: row.tenant, currency: row.currency, declineClass: row.declineClass,
                group: row.group)
            if sums[name] == nil {
                order.append(name)
                sums[name] = row
            } else {
                sums[name]?.add(row)
            }
        }
        return order.compactMap { sums[$0] }
    }
}
