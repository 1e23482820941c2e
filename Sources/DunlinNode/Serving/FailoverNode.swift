package import DunlinCore
package import DunlinPorts
import Synchronization

/// Several nodes of one cluster as one: whom one does not answer is asked at the next.
///
/// A request is sent again where surely nothing was done, or where a repeat is recognised: reads,
/// events, a clock's advance to an instant. For all others a lost answer is told to the caller.
package final class FailoverNode: NodeService {
    /// How long it is tried until somebody answers, in real ms: longer than an election takes.
    package static let patienceMs: Int64 = 30_000
    private static let pauseMs: Int64 = 100

    private let nodes: [any NodeService]
    private let monotonicMs: @Sendable () -> Int64
    private let pause: @Sendable (_ ms: Int64) async -> Void
    /// The one that answered last.
    private let current = Mutex(0)

    /// `nodes`: At least one; the first is asked first.
    package init(
        _ nodes: [any NodeService], monotonicMs: @escaping @Sendable () -> Int64,
        pause: @escaping @Sendable (_ ms: Int64) async -> Void
    ) {
        precondition(!nodes.isEmpty, "nobody to ask")
        self.nodes = nodes
        self.monotonicMs = monotonicMs
        self.pause = pause
    }

    private func ask<Answer: Sendable>(
        repeatable: Bool = true, _ body: (any NodeService) async throws(NodeError) -> Answer
    ) async throws(NodeError) -> Answer {
        let startMs = self.monotonicMs()
        var tries = 0
        while true {
            let asked = self.current.withLock { $0 }
            let failure: NodeError
            do throws(NodeError) {
                return try await body(self.nodes[asked])
            } catch {
                failure = error
            }
            let mayAskAgain =
                failure.code == .unavailable || failure.code == .notPrimary
                || failure.code == .unknownOutcome && repeatable
            guard mayAskAgain, self.monotonicMs() - startMs < Self.patienceMs else {
                throw failure
            }
            self.current.withLock { if $0 == asked { $0 = (asked + 1) % self.nodes.count } }
            tries += 1
            if tries % self.nodes.count == 0 { await self.pause(Self.pauseMs) }
        }
    }

    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        try await self.ask { node throws(NodeError) in try await node.intake(events) }
    }

    package func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        try await self.ask { node throws(NodeError) in try await node.forecast(events) }
    }

    package func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        try await self.ask { node throws(NodeError) in try await node.accounts(keys) }
    }

    package func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        try await self.ask { node throws(NodeError) in
            try await node.timeline(key, limit: limit)
        }
    }

    package func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError) -> CommandAnswer? {
        try await self.ask(repeatable: false) { node throws(NodeError) in
            try await node.operate(key, request)
        }
    }

    package func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        try await self.ask { node throws(NodeError) in try await node.explain(key) }
    }

    package func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try await self.ask { node throws(NodeError) in try await node.contacts(key) }
    }

    package func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        try await self.ask { node throws(NodeError) in try await node.cases(query) }
    }

    package func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        try await self.ask { node throws(NodeError) in try await node.report(query) }
    }

    package func shards() async throws(NodeError) -> [ShardView] {
        try await self.ask { node throws(NodeError) in try await node.shards() }
    }

    package func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        try await self.ask { node throws(NodeError) in try await node.timers(sliceMs: sliceMs) }
    }

    package func status() async throws(NodeError) -> NodeView {
        try await self.ask { node throws(NodeError) in try await node.status() }
    }

    package func clock() async throws(NodeError) -> ClockView {
        try await self.ask { node throws(NodeError) in try await node.clock() }
    }

    package func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        try await self.ask { node throws(NodeError) in try await node.advanceClock(to: instant) }
    }

    package func applyPolicy(
        yaml: String, tenant: String?
    ) async throws(NodeError) -> PolicyApplied {
        try await self.ask(repeatable: false) { node throws(NodeError) in
            try await node.applyPolicy(yaml: yaml, tenant: tenant)
        }
    }

    package func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        try await self.ask(repeatable: false) { node throws(NodeError) in
            try await node.switchTenant(change)
        }
    }
}
