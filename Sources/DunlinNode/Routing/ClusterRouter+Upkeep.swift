package import DunlinCluster
package import DunlinCore
package import DunlinPorts

extension ClusterRouter: NodeUpkeep {
    package func extract(
        shard: UInt32, from op: UInt64
    ) async throws(NodeError) -> PrepareEntry {
        let startMs = self.node.monotonicMs()
        while true {
            var failure = NodeError(
                .unavailable, "nobody leads the shard now; try again in a few seconds")
            if let service = self.service(self.owner(of: shard)) as? any NodeUpkeep {
                do throws(NodeError) {
                    return try await service.extract(shard: shard, from: op)
                } catch {
                    switch error.code {
                    case .notPrimary, .unavailable, .unknownOutcome: failure = error
                    default: throw error
                    }
                }
            }
            guard self.node.monotonicMs() - startMs < Self.patienceMs else { throw failure }
            await self.pause()
        }
    }

    package func member() async throws(NodeError) -> MemberView {
        try await self.node.member()
    }

    /// Another node's account of itself, asked from here; `nil` for one that does not answer.
    package func member(_ id: NodeID) async -> MemberView? {
        guard id != self.node.settings.cluster?.me.node else { return await self.node.memberView() }
        return try? await (self.directory.service(of: id) as? any NodeUpkeep)?.member()
    }

    /// The billing system is asked once, from here, and whoever leads an account is told.
    package func reconcile(tenant name: String) async throws(NodeError) -> Reconciled {
        try await self.node.reconcile(tenant: name, with: self, hasLists: true)
    }
}

extension ClusterRouter {
    /// How long an applied bundle is waited for on every node, in real ms.
    private static let bundleMsMax: Int64 = 10_000

    /// Has the coordinator keep the bundle, and all nodes decide by it.
    func applyEverywhere(
        yaml: String, tenant: String?, _ library: any BundleLibrary
    ) async throws(NodeError) -> PolicyApplied {
        let former = self.map()?.settings.bundle ?? 0
        let compiled = try self.node.shelf.compile(yaml: yaml, tenant: tenant)
        let id = compiled.bundle.id.rawValue
        do throws(CoordinatorError) {
            try await library.keep(bundle: id, source: compiled.source, use: former)
        } catch {
            let code: NodeError.Code =
                switch error.code {
                case .unavailable: .unknownOutcome
                case .failedPrecondition: .failedPrecondition
                case .invalid: .invalid
                default: .internalError
                }
            throw NodeError(code, error.message)
        }
        var applied = PolicyApplied(
            bundle: compiled.bundle.id, policies: compiled.bundle.policies.keys.sorted(),
            warnings: compiled.warnings)
        applied.warnings += await self.laggards(behind: id).map {
            "node \($0) does not decide by it yet; it starts nothing before it does"
        }
        return applied
    }

    /// Waits until every node that is there decides by the bundle; who does not after all.
    private func laggards(behind bundle: UInt64) async -> [String] {
        let startMs = self.node.monotonicMs()
        while true {
            let names = await self.namesBehind(bundle)
            guard !names.isEmpty, self.node.monotonicMs() - startMs < Self.bundleMsMax else {
                return names
            }
            await self.pause()
        }
    }

    private func namesBehind(_ bundle: UInt64) async -> [String] {
        var names: [String] = []
        for record in self.map()?.nodes ?? []
        where record.state != .silent && record.state != .removed {
            if await self.member(record.id)?.bundle != bundle { names.append(record.id.name) }
        }
        return names
    }
}
