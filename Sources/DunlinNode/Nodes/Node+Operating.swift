import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Synchronization

extension Node {
    /// Begins the warning of a node that waits for the confirmation of a restore.
    package static let awaitsConfirmationHint = "restored from a backup: nothing is charged"

    package func status() async throws(NodeError) -> NodeView {
        let views = self.tenants.map { self.view(of: $0) }
        var warnings: [String] = []
        for tenant in views where tenant.mode == .observe {
            warnings.append(
                "tenant \(tenant.name) observes: nothing is charged or sent; go live with"
                    + " `dunlin tenant live \(tenant.name)`")
        }
        for tenant in views where tenant.chargesPaused || tenant.messagesPaused {
            warnings.append(
                "tenant \(tenant.name) is paused; resume with `dunlin resume all --tenant"
                    + " \(tenant.name)`")
        }
        if self.awaitsConfirmation.withLock({ $0 }) {
            warnings.append("\(Self.awaitsConfirmationHint) until `dunlin cluster confirm-restore`")
        }
        if try await self.hasForeignRetries() {
            warnings.append(
                "foreign_retries: somebody else also retries charges of our cases; switch off Smart"
                    + " Retries at the billing system, or every attempt counts twice against the"
                    + " networks' budgets (`dunlin case list --flag foreign_retries`)")
        }
        return NodeView(
            version: self.settings.version, clusterID: self.settings.origin.cluster,
            restoreGeneration: self.settings.origin.generation, level: self.settings.level,
            shardCount: self.settings.map.shardCount, startedAt: self.startedAt,
            now: self.runtime.clock.now(), clockKind: self.runtime.clock.kind,
            state: self.phase.rawValue,
            residentAccounts: UInt64(max(0, self.counters.resident.load(ordering: .relaxed))),
            transitions: self.counters.transitions.load(ordering: .relaxed),
            commits: self.counters.commits.load(ordering: .relaxed), tenants: views,
            warnings: warnings)
    }

    private func hasForeignRetries() async throws(NodeError) -> Bool {
        guard self.stores.views != nil, self.phase == .ready else { return false }
        let query = CaseQuery(
            phases: CasePhase.allCases.filter(\.isOpen), flags: .foreignRetries, limit: 1)
        return try await !self.cases(query).rows.isEmpty
    }

    func view(of tenant: TenantHandle) -> TenantView {
        let settings = self.settings(of: tenant)
        let bundle = self.shelf.snapshot.current.bundle
        return TenantView(
            name: tenant.name, mode: settings.mode, chargesPaused: settings.chargesPaused,
            messagesPaused: settings.messagesPaused, gateway: tenant.parts.gateway.traits.name,
            policy: bundle.policy(forTenant: tenant.name)?.name ?? "")
    }

    // MARK: Switches

    package func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        try self.mustBeReady()
        guard let tenant = self.tenants.first(where: { $0.name == change.tenant }) else {
            throw NodeError(.notFound, "no such tenant is configured on this node")
        }
        let key = EntityKey(tenant: tenant.name, kind: .tenant, key: tenant.name)
        guard !change.isEmpty else {
            // Only asked about: by other nodes, all the time.
            let state = try await self.shard(of: key).standing(ofTenant: key)
            self.tenantStates.withLock { $0[tenant.name] = state }
            return self.view(of: tenant)
        }
        let state = try await self.shard(of: key).switchTenant(
            TenantSwitched(
                mode: change.mode, chargesPaused: change.chargesPaused,
                messagesPaused: change.messagesPaused), key: key)
        self.tenantStates.withLock { $0[tenant.name] = state }
        await self.installEverywhere()
        if change.mode == .live { try await self.takeUpWithheld(tenant: tenant.name) }
        return self.view(of: tenant)
    }

    package func applyPolicy(
        yaml: String, tenant: String?
    ) async throws(NodeError)
        -> PolicyApplied
    {
        try self.mustBeReady()
        if let tenant, !self.tenants.contains(where: { $0.name == tenant }) {
            throw NodeError(.notFound, "no such tenant is configured on this node")
        }
        let compiled = try self.shelf.apply(yaml: yaml, tenant: tenant)
        try await self.activateWhereLed(compiled.bundle.id)
        await self.installEverywhere()
        return PolicyApplied(
            bundle: compiled.bundle.id, policies: compiled.bundle.policies.keys.sorted(),
            warnings: compiled.warnings)
    }

    // MARK: Clock

    package func clock() async throws(NodeError) -> ClockView {
        ClockView(now: self.runtime.clock.now(), kind: self.runtime.clock.kind)
    }

    /// Domain time moves by quanta, so that what one instant causes is done before the next one
    /// far away; empty quanta are skipped.
    static let clockQuantumMs = Milliseconds.hour

    package func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        try self.mustBeReady()
        guard let clock = self.runtime.clock as? ManualClock else {
            throw NodeError(
                .failedPrecondition,
                "the clock is the wall's; start the node with `--clock manual` to move it")
        }
        guard instant >= clock.now() else {
            throw NodeError(.invalid, "a clock never goes back: \(clock.now()) has been reached")
        }
        var isMoved = false
        while true {
            let outlook = try await self.outlook()
            if let due = outlook.nextDue, due <= instant {
                let quantum = due.ms.flooredDivision(by: Self.clockQuantumMs) + 1
                let target = min(instant, Timestamp(ms: quantum * Self.clockQuantumMs))
                try await self.move(clock, to: max(target, clock.now()))
            } else if !isMoved || !outlook.isQuiet || clock.now() < instant {
                try await self.move(clock, to: instant)
            } else {
                return try await self.clock()
            }
            isMoved = true
        }
    }

    private func move(_ clock: ManualClock, to instant: Timestamp) async throws(NodeError) {
        if instant > clock.now() {
            do {
                // Durable first: a restart must not find the clock before what has happened.
                try self.stores.meta.set("clock.now", Self.bytes(instant))
            } catch {
                throw NodeError(.storage, "the clock cannot be stored: \(error)")
            }
            clock.move(to: instant)
        }
        await self.advanceEveryShard()
    }

    /// What the node's shards have before them.
    private struct Outlook {
        /// The earliest instant at which any account needs a turn.
        var nextDue: Timestamp?
        /// Nothing is due, open, uncommitted or being performed anywhere.
        var isQuiet: Bool
    }

    private func outlook() async throws(NodeError) -> Outlook {
        let parts = await self.eachShard { shard -> (Result<Timestamp?, StoreError>, Bool) in
            let isQuiet = shard.isQuiet || shard.state == .following || shard.state == .stopped
            do throws(StoreError) {
                return (.success(try shard.nextDue()), isQuiet)
            } catch {
                return (.failure(error), isQuiet)
            }
        }
        var outlook = Outlook(nextDue: nil, isQuiet: true)
        for (due, isQuiet) in parts {
            outlook.isQuiet = outlook.isQuiet && isQuiet
            switch due {
            case .success(let due?): outlook.nextDue = min(outlook.nextDue ?? due, due)
            case .success(nil): break
            case .failure(let error):
                throw NodeError(.storage, "rows cannot be read: \(error)")
            }
        }
        return outlook
    }

    static func bytes(_ instant: Timestamp) -> [UInt8] {
        Array(instant.description.utf8)
    }

    /// Where a manual clock is to begin.
    package static func storeClock(_ now: Timestamp, _ meta: any MetaStore) throws(StoreError) {
        try meta.set("clock.now", Self.bytes(now))
    }

    /// Where a manual clock stood when the data directory was last used.
    package static func storedClock(_ meta: any MetaStore) throws(StoreError) -> Timestamp? {
        guard let bytes = try meta.value("clock.now") else { return nil }
        return Timestamp(iso8601: String(decoding: bytes, as: UTF8.self))
    }
}
