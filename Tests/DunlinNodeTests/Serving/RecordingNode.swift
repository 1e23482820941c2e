import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization

/// Remembers what it was asked, as text, and answers with what the test laid out.
final class RecordingNode: NodeService {
    struct State {
        var asked: [String] = []
        var error: NodeError?
        var results: @Sendable ([IntakeEvent]) -> [IntakeResult] = { $0.map { _ in .accepted } }
        /// Why a list of events is not taken; `nil` when it is.
        var refuses: @Sendable ([IntakeEvent]) -> NodeError? = { _ in nil }
        var views: [EntityKey: AccountView] = [:]
        var timeline: Timeline?
        var answer: CommandAnswer?
        var contacts: [PersonalContact]?
        var reasons: AccountReasons?
        var page = CasePage(rows: [])
        var report = Report(since: Timestamp(ms: 0), rows: [])
        var shards: [ShardView] = []
        var timers = TimersView(count: 0, nextDueAt: Timestamp(ms: 0), overdue: 0, slices: [])
        var status = Samples.status
        var clock = ClockView(now: Timestamp(ms: 1), kind: "manual")
        var applied = PolicyApplied(bundle: BundleID(0), policies: [], warnings: [])
        var tenant = Samples.tenant
    }

    private let state = Mutex(State())

    @discardableResult
    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        self.state.withLock { body(&$0) }
    }

    private func answer<Value: Sendable>(
        _ asked: String, _ body: (inout State) -> Value
    ) throws(NodeError) -> Value {
        let (error, value) = self.with { state in
            state.asked.append(asked)
            return (state.error, body(&state))
        }
        if let error { throw error }
        return value
    }

    func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        if let refusal = self.with({ $0.refuses(events) }) { throw refusal }
        return try self.answer("intake \(events)") { $0.results(events) }
    }

    func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        try self.answer("forecast \(events.count)") { _ in
            events.map { _ in IntakeForecast(outcome: .leftOut, startsAt: Timestamp(ms: 3)) }
        }
    }

    func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        try self.answer("accounts \(keys)") { state in keys.map { state.views[$0] } }
    }

    func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        try self.answer("timeline \(key) \(limit)") { $0.timeline }
    }

    func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError) -> CommandAnswer? {
        try self.answer("operate \(key) \(request)") { $0.answer }
    }

    func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        try self.answer("explain \(key)") { $0.reasons }
    }

    func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try self.answer("contacts \(key)") { $0.contacts }
    }

    func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        try self.answer("cases \(query)") { $0.page }
    }

    func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        try self.answer(
            "report \(query.since.ms) \(query.tenant ?? "-") \(query.dimension.name)"
        ) { $0.report }
    }

    func shards() async throws(NodeError) -> [ShardView] {
        try self.answer("shards") { $0.shards }
    }

    func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        try self.answer("timers \(sliceMs)") { $0.timers }
    }

    func status() async throws(NodeError) -> NodeView {
        try self.answer("status") { $0.status }
    }

    func clock() async throws(NodeError) -> ClockView {
        try self.answer("clock") { $0.clock }
    }

    func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        try self.answer("advance \(instant.ms)") { $0.clock }
    }

    func applyPolicy(yaml: String, tenant: String?) async throws(NodeError) -> PolicyApplied {
        try self.answer("apply \(yaml.utf8.count) \(tenant ?? "-")") { $0.applied }
    }

    func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        try self.answer("switch \(change)") { $0.tenant }
    }
}
