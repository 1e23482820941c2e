package import DunlinCore

/// What a node offers to its callers, in process or over the wire.
///
/// Every answer reflects committed events only. Implemented by the node itself and by the client
/// that forwards over a connection, so that a caller cannot tell the two apart.
package protocol NodeService: EventIntake {
    /// What the node would make of events, in order, without doing it.
    ///
    /// Answers One forecast for each event, in order.
    func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast]

    /// Answers One view for each key, in order; `nil` for an account that was never heard of.
    func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?]

    /// `limit`: The newest records that are wanted, 1…10,000.
    /// Answers `nil` for an account that was never heard of.
    func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline?

    /// Answers `nil` for an account that was never heard of.
    func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError)
        -> CommandAnswer?

    /// Why the account's cases plan what they plan, and what would change it.
    ///
    /// Answers `nil` for an account that was never heard of.
    func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons?

    /// The account's addresses in clear, for an export of what is held about a person.
    ///
    /// Answers `nil` for an account that was never heard of.
    func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]?

    func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage
    func report(_ query: ReportQuery) async throws(NodeError) -> Report
    func shards() async throws(NodeError) -> [ShardView]

    /// `sliceMs`: Width of a histogram's slice in milliseconds; 0 for no histogram.
    func timers(sliceMs: Int64) async throws(NodeError) -> TimersView
    func status() async throws(NodeError) -> NodeView

    /// The node's domain time.
    func clock() async throws(NodeError) -> ClockView

    /// Moves the manual clock forward and returns when everything due until then is done.
    func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView

    /// Checks a policy file and, when it is good, makes its bundle current on every shard.
    ///
    /// `yaml`: The file's text, at most 1 MiB.
    /// `tenant`: Whose cases use it from now on; `nil` for tenants that name no policy.
    func applyPolicy(yaml: String, tenant: String?) async throws(NodeError) -> PolicyApplied

    /// Durable when it returns, and in force on every shard.
    func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView
}

/// Why a node did not do what it was asked.
package struct NodeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the caller can act on; also the metric label.
    package enum Code: UInt16, Sendable, CaseIterable {
        /// The request itself is wrong; sending it again is of no use.
        case invalid = 1
        case notFound = 2
        /// The caller may not do this.
        case denied = 3
        /// Too much at once: nothing was done; try again after a while.
        case overloaded = 4
        /// The disk is full or failed: nothing was done.
        case storage = 5
        /// Whether it was done is not known; ask, or send it again: repeats are recognised.
        case unknownOutcome = 6
        /// Starting, draining or not reachable.
        case unavailable = 7
        /// It cannot be done in the present state, for instance advancing a wall clock.
        case failedPrecondition = 8
        case deadlineExceeded = 9
        /// Ours to mend.
        case internalError = 10
        /// Another node leads what this is about: nothing was done; ask it, or again.
        case notPrimary = 11

        /// In answers and metrics: `notPrimary`.
        package var name: String { "\(self)" }
    }

    package var code: Code
    /// What was wrong, where, and what to do. No personal data, no ids.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code): \(self.message)" }
}

extension NodeService {
    /// Totals by the class of the failure that opened the cases.
    package func report(since: Timestamp, tenant: String?) async throws(NodeError) -> Report {
        try await self.report(ReportQuery(since: since, tenant: tenant))
    }
}

/// What takes events for accounts: a node, or a client that finds the nodes that do.
package protocol EventIntake: Sendable {
    /// Takes events in order; each is durable when its result says so. Not atomic: every event has
    /// its own result, and sending all of them again is safe.
    ///
    /// Answers One result for each event, in order.
    func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult]
}
