import DunlinCore
import DunlinPorts
import Synchronization

/// A node that answers what a test gave it and remembers what it was asked.
final class FakeNode: NodeService {
    struct State {
        var taken: [IntakeEvent] = []
        var results: @Sendable (IntakeEvent) -> IntakeResult = { _ in .accepted }
        var views: [EntityKey: AccountView] = [:]
        var timelines: [EntityKey: Timeline] = [:]
        var answer: CommandAnswer? = .accepted
        var contacts: [PersonalContact]?
        var reasons: AccountReasons?
        var operated: [(EntityKey, OperatorRequest)] = []
        var queries: [CaseQuery] = []
        var page = CasePage(rows: [])
        var reports: [(Timestamp, String?)] = []
        var error: NodeError?
        /// Lists wait until they are cancelled.
        var hangs = false
    }

    private let state = Mutex(State())

    /// Reads or changes what the node knows.
    @discardableResult
    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        self.state.withLock { body(&$0) }
    }

    private func value<Value: Sendable>(
        _ body: (inout State) -> Value
    ) throws(NodeError) -> Value {
        let (error, value) = self.with { state in (state.error, body(&state)) }
        if let error { throw error }
        return value
    }

    func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        try self.value { state in
            state.taken += events
            return events.map(state.results)
        }
    }

    func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        events.map { _ in IntakeForecast(outcome: .nothing) }
    }

    func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        try self.value { state in keys.map { state.views[$0] } }
    }

    func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        try self.value { $0.timelines[key] }
    }

    func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError) -> CommandAnswer? {
        try self.value { state in
            state.operated.append((key, request))
            return state.answer
        }
    }

    func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        try self.value { $0.reasons }
    }

    func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try self.value { $0.contacts }
    }

    func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        if self.with({ $0.hangs }) {
            let (endless, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in endless {}
            throw NodeError(.unavailable, "Cancelled.")
        }
        return try self.value { state in
            state.queries.append(query)
            return state.page
        }
    }

    func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        try self.value { state in
            state.reports.append((query.since, query.tenant))
            return Report(since: query.since, rows: [])
        }
    }

    func shards() async throws(NodeError) -> [ShardView] { [] }

    func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        TimersView(count: 0, nextDueAt: Timestamp(ms: 0), overdue: 0, slices: [])
    }

    func status() async throws(NodeError) -> NodeView {
        NodeView(
            version: "0", clusterID: 1, restoreGeneration: 1, level: 1, shardCount: 4,
            startedAt: Timestamp(ms: 1), now: Timestamp(ms: 2), clockKind: "manual",
            state: "ready", residentAccounts: 0, transitions: 0, commits: 0, tenants: [],
            warnings: [])
    }

    func clock() async throws(NodeError) -> ClockView {
        ClockView(now: Timestamp(ms: 0), kind: "manual")
    }

    func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        ClockView(now: instant, kind: "manual")
    }

    func applyPolicy(yaml: String, tenant: String?) async throws(NodeError) -> PolicyApplied {
        PolicyApplied(bundle: BundleID(1), policies: [], warnings: [])
    }

    func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        TenantView(
            name: change.tenant, mode: .observe, chargesPaused: false, messagesPaused: false,
            gateway: "simulated", policy: "standard")
    }
}
