import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Logging
import Synchronization

// What a member looks at by itself, over and over: tenants' switches at their owners, the clock of
// the others, and its own load.

extension ClusterRouter {
    /// Real ms between two looks: a pause is in force everywhere within a second.
    static let lookEveryMs: Int64 = 400

    /// Looks until cancelled.
    package func run() async {
        var looks = 0
        while !Task.isCancelled {
            await self.lookAtTenants()
            if looks % 5 == 0 {
                await self.node.measureLoad()
                await self.catchClockUp()
            }
            let forecastLooks = Int(Node.forecastEveryMs / Self.lookEveryMs)
            if looks % forecastLooks == 0, self.node.shapesLoad,
                let timers = try? await self.timers(sliceMs: Node.forecastSliceMs)
            {
                await self.node.publish(timers)
            }
            looks += 1
            await withCheckedContinuation { continuation in
                self.node.runtime.keeper.run(afterMs: Self.lookEveryMs) { continuation.resume() }
            }
        }
    }

    private func lookAtTenants() async {
        for tenant in self.node.tenants {
            let key = EntityKey(tenant: tenant.name, kind: .tenant, key: tenant.name)
            guard let service = self.service(self.owner(of: key)) else { continue }
            let asked = TenantSwitch(
                tenant: tenant.name, mode: nil, chargesPaused: nil, messagesPaused: nil)
            // Unreachable: what was last known stays in force.
            guard let view = try? await service.switchTenant(asked) else { continue }
            await self.node.adopt(view, of: tenant)
        }
    }

    /// A node that was away comes level with the others' manual clock.
    private func catchClockUp() async {
        guard let clock = self.node.runtime.clock as? ManualClock, let map = self.map() else {
            return
        }
        for record in map.nodes where record.id != self.node.settings.cluster?.me.node {
            guard record.state == .active, let service = self.directory.service(of: record.id),
                let view = try? await service.clock(), view.now > clock.now()
            else { continue }
            clock.move(to: view.now)
        }
    }

    // MARK: The cluster's clock

    /// Moves every node's manual clock by quanta: the next one begins when nothing is due,
    /// uncommitted or unanswered anywhere in this one, so that the end state depends neither on the
    /// quantum nor on the nodes.
    package func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        guard let clock = self.node.runtime.clock as? ManualClock else {
            throw NodeError(
                .failedPrecondition,
                "the clock is the wall's; start the nodes with a manual clock to move it")
        }
        guard instant >= clock.now() else {
            throw NodeError(.invalid, "a clock never goes back: \(clock.now()) has been reached")
        }
        var due = try await self.nextDue()
        while let next = due, next <= instant {
            let quantum = next.ms.flooredDivision(by: Node.clockQuantumMs) + 1
            let target = min(instant, Timestamp(ms: quantum * Node.clockQuantumMs))
            due = try await self.step(to: max(target, clock.now()))
        }
        // Once more where it stands already: what one node's end began at another is awaited.
        _ = try await self.step(to: instant)
        return try await self.node.clock()
    }

    /// Every node does what is due until then; repeated while shards change hands. Begins when all
    /// shards are known to be served, and answers when they are, with what is due next.
    private func step(to instant: Timestamp) async throws(NodeError) -> Timestamp? {
        let startMs = self.node.runtime.monotonicMs()
        var isServed = true
        while true {
            do throws(NodeError) {
                let before = self.map()?.revision
                if !isServed { _ = try await self.served() }
                isServed = false
                _ = try await self.everyNode { service throws(NodeError) in
                    try await service.advanceClock(to: instant)
                }
                let due = try await self.served()
                // A shard that moved meanwhile may have been asked at neither place.
                guard self.map()?.revision == before else { continue }
                return due
            } catch {
                guard self.node.runtime.monotonicMs() - startMs < Self.clockPatienceMs else {
                    throw NodeError(error.code, "the clock stands at \(instant): \(error.message)")
                }
            }
            await self.pause()
        }
    }

    /// How long an advance waits for a node or shard that does not answer, in real ms.
    static let clockPatienceMs: Int64 = 60_000

    /// When the next of all timers is due. Throws while a shard is served by nobody.
    private func served() async throws(NodeError) -> Timestamp? {
        let served = try await self.shards().filter { $0.state == "active" }
        let count = Int(self.node.settings.map.shardCount)
        guard Set(served.map(\.shard)).count == count else {
            throw NodeError(
                .unavailable, "\(count - served.count) shards are served by nobody just now")
        }
        return served.lazy.map(\.nextDueAt).filter { $0.ms != 0 }.min()
    }

    private func nextDue() async throws(NodeError) -> Timestamp? {
        let startMs = self.node.runtime.monotonicMs()
        while true {
            do throws(NodeError) {
                return try await self.served()
            } catch {
                guard self.node.runtime.monotonicMs() - startMs < Self.clockPatienceMs else {
                    throw error
                }
            }
            await self.pause()
        }
    }
}

extension Node {
    /// Takes over how a tenant stands at its owner.
    func adopt(_ view: TenantView, of tenant: TenantHandle) async {
        let before = self.settings(of: tenant)
        guard
            view.mode != before.mode || view.chargesPaused != before.chargesPaused
                || view.messagesPaused != before.messagesPaused
        else { return }
        self.tenantStates.withLock { states in
            var state = states[tenant.name] ?? TenantState()
            state.mode = view.mode
            state.chargesPaused = view.chargesPaused
            state.messagesPaused = view.messagesPaused
            states[tenant.name] = state
        }
        await self.installEverywhere()
        if view.mode == .live, before.mode != .live {
            do {
                try await self.takeUpWithheld(tenant: tenant.name)
            } catch {
                self.log.warning(
                    "cases that were only observed wait for their next turn",
                    metadata: ["error": "\(error)"])
            }
        }
    }
}
