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

    /// Real ms between two looks at what the node's own shards have before them: the coordinator
    /// learns from it, too, that a shard was taken up.
    static let measureEveryMs: Int64 = 1000

    /// Looks until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.look() }
            // By itself: a look at others waits for those that have just died.
            group.addTask { await self.measure() }
            await group.waitForAll()
        }
    }

    private func measure() async {
        while !Task.isCancelled {
            await self.node.measureLoad()
            await self.node.pause(ms: Self.measureEveryMs)
        }
    }

    private func look() async {
        var looks = 0
        while !Task.isCancelled {
            await self.lookAtTenants()
            if looks % 5 == 0 { await self.catchClockUp() }
            let forecastLooks = Int(Node.forecastEveryMs / Self.lookEveryMs)
            if looks % forecastLooks == 0, self.node.shapesLoad,
                let timers = try? await self.timers(sliceMs: Node.forecastSliceMs)
            {
                await self.node.publish(timers)
            }
            looks += 1
            await self.node.pause(ms: Self.lookEveryMs)
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
        var standing = try await self.standing()
        while let next = standing.due, next <= instant {
            let quantum = next.ms.flooredDivision(by: Node.clockQuantumMs) + 1
            let target = min(instant, Timestamp(ms: quantum * Node.clockQuantumMs))
            standing = try await self.step(to: max(target, clock.now()), from: standing)
        }
        // Once more where it stands already: what one node's end began at another is awaited.
        _ = try await self.step(to: instant, from: standing)
        return try await self.node.clock()
    }

    /// Who serves the shards, all of them, and what is next.
    private struct Standing {
        /// The epoch in which each shard is served.
        var epochs: [UInt32: UInt64]
        /// When the next of all timers is due.
        var due: Timestamp?
    }

    /// Every node does what is due until then; repeated while shards change hands. Begins when all
    /// shards are known to be served, and answers when they are.
    private func step(
        to instant: Timestamp, from standing: Standing
    ) async throws(NodeError) -> Standing {
        let startMs = self.node.runtime.monotonicMs()
        var known: Standing? = standing
        while true {
            do throws(NodeError) {
                let before =
                    if let known { known } else { try await self.served() }
                known = nil
                _ = try await self.everyNode { service throws(NodeError) in
                    try await service.advanceClock(to: instant)
                }
                let after = try await self.served()
                // A shard that was taken over meanwhile may have been asked at neither place: the
                // epochs tell it, where this node's map may not have heard of it yet.
                guard after.epochs == before.epochs else {
                    known = after
                    continue
                }
                return after
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

    /// Throws while a shard is served by nobody.
    private func served() async throws(NodeError) -> Standing {
        let served = try await self.shards().filter { $0.state == "active" }
        var epochs: [UInt32: UInt64] = [:]
        for shard in served { epochs[shard.shard] = max(epochs[shard.shard] ?? 0, shard.epoch) }
        let count = Int(self.node.settings.map.shardCount)
        guard epochs.count == count else {
            throw NodeError(
                .unavailable, "\(count - epochs.count) shards are served by nobody just now")
        }
        return Standing(
            epochs: epochs, due: served.lazy.map(\.nextDueAt).filter { $0.ms != 0 }.min())
    }

    private func standing() async throws(NodeError) -> Standing {
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
