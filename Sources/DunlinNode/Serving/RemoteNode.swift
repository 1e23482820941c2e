package import DunlinCore
package import DunlinPorts
package import DunlinWire

/// A node at the other end of a channel. Callers cannot tell it from a node in the process.
///
/// What one request cannot carry is cut: long lists of events or keys go in several requests, one
/// after the other, in order.
package struct RemoteNode: NodeService, EntityMail {
    private let channel: any CallChannel
    /// How long one answer may take, in milliseconds; 0 for no limit.
    private let timeoutMs: Int64
    /// The same for ``advanceClock(to:)``, which waits for work.
    private let advanceTimeoutMs: Int64

    package static let advanceTimeoutMsDefault: Int64 = 3_600_000
    /// Events go out in requests of at most this many bytes, so that none is near the frame limit.
    private static let intakeBytesAim = 262_144

    package init(
        _ channel: any CallChannel, timeoutMs: Int64 = CallOptions.timeoutMsDefault,
        advanceTimeoutMs: Int64 = RemoteNode.advanceTimeoutMsDefault
    ) {
        self.channel = channel
        self.timeoutMs = timeoutMs
        self.advanceTimeoutMs = advanceTimeoutMs
    }

    /// Events that were not sent because an earlier request failed are answered with
    /// ``IntakeResult/retry(code:message:)``; the error is thrown only when nothing was taken.
    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        var results: [IntakeResult] = []
        for run in try self.runs(events) {
            do throws(NodeError) {
                let taken = try await self.intakeRun(run)
                results += taken
            } catch {
                guard !results.isEmpty else { throw error }
                let rest = IntakeResult.retry(code: "\(error.code)", message: error.message)
                results += repeatElement(rest, count: events.count - results.count)
                return results
            }
        }
        return results
    }

    package func forecast(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeForecast] {
        var forecasts: [IntakeForecast] = []
        for run in try self.runs(events) {
            forecasts += try await self.unary(
                NodeCalls.forecast, changes: false, { () throws(WireError) in run.body },
                ForecastCall.forecasts)
        }
        return forecasts
    }

    package func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        var views: [AccountView?] = []
        views.reserveCapacity(keys.count)
        for start in stride(from: 0, to: keys.count, by: NodeCalls.keysMax) {
            let run = Array(keys[start..<min(start + NodeCalls.keysMax, keys.count)])
            let body = try self.encode { () throws(WireError) in try AccountsCall.request(run) }
            try await self.items(NodeCalls.accounts, body) { item throws(WireError) in
                views += try AccountsCall.views(item: item)
            }
            guard views.count == start + run.count else {
                throw NodeError(.internalError, "The node answered for another number of accounts.")
            }
        }
        return views
    }

    package func timeline(
        _ key: EntityKey, limit: Int
    ) async throws(NodeError) -> Timeline? {
        var timeline: Timeline?
        let body = try self.encode { () throws(WireError) in
            try TimelineCall.request(key, limit: limit)
        }
        try await self.items(NodeCalls.timeline, body) { item throws(WireError) in
            try TimelineCall.add(item: item, to: &timeline)
        }
        return timeline
    }

    package func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError) -> CommandAnswer? {
        try await self.unary(
            NodeCalls.operate, changes: true,
            { () throws(WireError) in try OperateCall.request(key, request) },
            OperateCall.answer)
    }

    package func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        var reasons: AccountReasons?
        let body = try self.encode { () throws(WireError) in try ExplainCall.request(key) }
        try await self.items(NodeCalls.explain, body) { item throws(WireError) in
            try ExplainCall.add(item: item, of: key, to: &reasons)
        }
        return reasons
    }

    package func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try await self.unary(
            NodeCalls.contacts, changes: false,
            { () throws(WireError) in try ContactsCall.request(key) }, ContactsCall.contacts)
    }

    package func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        try await self.unary(
            NodeCalls.deliver, changes: true,
            { () throws(WireError) in try DeliverCall.request(letter) }, DeliverCall.reply(packed:))
    }

    package func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        var page = CasePage(rows: [])
        let body = try self.encode { () throws(WireError) in try CasesCall.request(query) }
        try await self.items(NodeCalls.cases, body) { item throws(WireError) in
            try CasesCall.add(item: item, to: &page)
        }
        return page
    }

    package func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        var report = Report(since: query.since, rows: [])
        let body = try self.encode { () throws(WireError) in try ReportCall.request(query) }
        try await self.items(NodeCalls.report, body) { item throws(WireError) in
            try ReportCall.add(item: item, to: &report)
        }
        return report
    }

    package func shards() async throws(NodeError) -> [ShardView] {
        try await self.unary(NodeCalls.shards, ShardsCall.request, ShardsCall.views)
    }

    package func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        try await self.unary(
            NodeCalls.timers,
            { () throws(WireError) in try TimersCall.request(sliceMs: sliceMs) }, TimersCall.view)
    }

    package func status() async throws(NodeError) -> NodeView {
        try await self.unary(NodeCalls.status, StatusCall.request, StatusCall.view)
    }

    package func clock() async throws(NodeError) -> ClockView {
        try await self.unary(NodeCalls.clock, ClockCall.request, ClockCall.view)
    }

    package func advanceClock(to instant: Timestamp) async throws(NodeError) -> ClockView {
        try await self.unary(
            NodeCalls.advanceClock, changes: true, timeoutMs: self.advanceTimeoutMs,
            { () throws(WireError) in try ClockCall.advanceRequest(to: instant) }, ClockCall.view)
    }

    package func applyPolicy(
        yaml: String, tenant: String?
    ) async throws(NodeError) -> PolicyApplied {
        try await self.unary(
            NodeCalls.applyPolicy, changes: true,
            { () throws(WireError) in try PolicyCall.request(yaml: yaml, tenant: tenant) },
            PolicyCall.applied)
    }

    package func switchTenant(_ change: TenantSwitch) async throws(NodeError) -> TenantView {
        try await self.unary(
            NodeCalls.switchTenant, changes: true,
            { () throws(WireError) in try TenantCall.request(change) }, TenantCall.view)
    }
}

extension RemoteNode {
    /// `changes`: The call may change something at the node.
    func unary<Answer>(
        _ api: Api, changes: Bool = false, timeoutMs: Int64? = nil,
        _ encode: () throws(WireError) -> [UInt8],
        _ decode: ([UInt8]) throws(WireError) -> Answer
    ) async throws(NodeError) -> Answer {
        let body = try self.encode(encode)
        let answer: [UInt8]
        do throws(CallError) {
            answer = try await self.channel.call(
                api, body, CallOptions(timeoutMs: timeoutMs ?? self.timeoutMs))
        } catch {
            throw NodeError(error, changes: changes)
        }
        do throws(WireError) {
            return try decode(answer)
        } catch {
            throw NodeError(answer: error)
        }
    }

    /// Only reads are streams.
    private func items(
        _ api: Api, _ body: [UInt8], _ take: ([UInt8]) throws(WireError) -> Void
    ) async throws(NodeError) {
        var misunderstood: WireError?
        do throws(CallError) {
            try await self.channel.stream(api, body, CallOptions(timeoutMs: self.timeoutMs)) {
                item throws(CallError) in
                do throws(WireError) {
                    try take(item)
                } catch {
                    misunderstood = error
                    throw CallError(.internalError, error.detail)
                }
            }
        } catch {
            if let misunderstood { throw NodeError(answer: misunderstood) }
            throw NodeError(error, changes: false)
        }
    }

    private func encode(
        _ encode: () throws(WireError) -> [UInt8]
    ) throws(NodeError) -> [UInt8] {
        do throws(WireError) {
            return try encode()
        } catch {
            throw NodeError(request: error)
        }
    }

    // MARK: Intake

    private func intakeRun(
        _ run: (body: [UInt8], count: Int)
    ) async throws(NodeError) -> [IntakeResult] {
        let results = try await self.unary(
            NodeCalls.intake, changes: true, { () throws(WireError) in run.body },
            IntakeCall.results)
        guard results.count == run.count else {
            throw NodeError(.internalError, "The node answered for another number of events.")
        }
        return results
    }

    /// Packs events into requests; a run that is too long is halved until it fits.
    private func runs(
        _ events: [IntakeEvent]
    ) throws(NodeError) -> [(body: [UInt8], count: Int)] {
        var runs: [(body: [UInt8], count: Int)] = []
        for start in stride(from: 0, to: events.count, by: NodeCalls.eventsMax) {
            try self.pack(
                events[start..<min(start + NodeCalls.eventsMax, events.count)], into: &runs)
        }
        return runs
    }

    private func pack(
        _ events: ArraySlice<IntakeEvent>, into runs: inout [(body: [UInt8], count: Int)]
    ) throws(NodeError) {
        let body = try self.encode { () throws(WireError) in
            try IntakeCall.request(Array(events))
        }
        guard body.count > Self.intakeBytesAim, events.count > 1 else {
            runs.append((body, events.count))
            return
        }
        let middle = events.startIndex + events.count / 2
        try self.pack(events[..<middle], into: &runs)
        try self.pack(events[middle...], into: &runs)
    }
}
