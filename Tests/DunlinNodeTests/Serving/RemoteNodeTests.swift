import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting
import DunlinTransport
import DunlinWire
import NIOPosix
import Testing

/// A node behind a connection answers as the node itself does.
@Suite("A remote node", .timeLimit(.minutes(2)))
struct RemoteNodeTests {
    /// Runs `body` with a remote node that leads to `node`.
    static func withRemote(
        _ node: RecordingNode, _ body: @Sendable (RemoteNode) async throws -> Void
    ) async throws {
        let transport = MemoryTransport(
            settings: ConnectionSettings(hello: PeerHello(role: .node, software: "test")),
            handler: NodeCallServer(node), group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await transport.run() }
            defer { group.cancelAll() }
            let connection = try await transport.connect(
                ConnectionSettings(hello: PeerHello(software: "test")))
            defer { connection.close() }
            try await body(RemoteNode(connection))
        }
    }

    @Test("events arrive as they were, and results come back in order")
    func intake() async throws {
        let node = RecordingNode()
        let results: [IntakeResult] =
            [
                .accepted, .repeated, .ignored(.older),
                .refused(code: "amount", message: "Not so."),
                .retry(code: "overloaded", message: "Later."),
            ] + Array(repeating: .accepted, count: Samples.events.count - 5)
        node.with { $0.results = { _ in results } }
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.intake(Samples.events) == results)
            #expect(try await remote.intake([]) == [])
        }
        #expect(node.with { $0.asked } == ["intake \(Samples.events)"])
    }

    @Test("many events go in several requests, in order")
    func manyEvents() async throws {
        let node = RecordingNode()
        let link = String(repeating: "x", count: 1500)
        let events = (0..<2500).map { number in
            IntakeEvent(
                key: EntityKey(key: "cus_\(number)"),
                facts: IntakeFacts(
                    eventID: "", occurredAt: Timestamp(ms: 0),
                    fact: .paymentFailed(
                        PaymentFailed(
                            obligation: Obligation(
                                id: "in", amountMinor: 1, currency: .usd, link: link),
                            codes: DeclineCodes(code: "")))))
        }
        node.with {
            $0.results = { $0.map { .refused(code: $0.key.key, message: "") } }
        }
        try await Self.withRemote(node) { remote async throws in
            let results = try await remote.intake(events)
            #expect(results == events.map { .refused(code: $0.key.key, message: "") })
        }
        #expect(node.with { $0.asked.count } > 3)
    }

    @Test("when a later request fails, the rest is to be sent again")
    func laterRequestFails() async throws {
        let node = RecordingNode()
        // The second request is the shorter one.
        node.with { $0.refuses = { $0.count < 1000 ? NodeError(.storage, "Full.") : nil } }
        let events = (0..<1500).map { number in
            IntakeEvent(
                key: EntityKey(key: "cus_\(number)"),
                facts: IntakeFacts(
                    eventID: "", occurredAt: Timestamp(ms: 0), fact: .profileUpdated))
        }
        try await Self.withRemote(node) { remote async throws in
            let results = try await remote.intake(events)
            let again = IntakeResult.retry(code: "storage", message: "Full.")
            let first = [IntakeResult](repeating: .accepted, count: 1000)
            #expect(results == first + [IntakeResult](repeating: again, count: 500))
        }
    }

    @Test("accounts come back in order, unknown ones as nothing")
    func accounts() async throws {
        let node = RecordingNode()
        var state = AccountState()
        state.lastAt = Timestamp(ms: 99)
        state.profile.country = "MX"
        let view = AccountView(
            key: Samples.key, state: state, asOf: Timestamp(ms: 5), isStale: true)
        node.with { $0.views = [Samples.key: view] }
        try await Self.withRemote(node) { remote async throws in
            let other = EntityKey(key: "nobody")
            #expect(try await remote.accounts([other, Samples.key, other]) == [nil, view, nil])
            #expect(try await remote.accounts([]) == [])
            let many = (0..<2100).map { $0 == 2000 ? Samples.key : EntityKey(key: "c\($0)") }
            let views = try await remote.accounts(many)
            #expect(views.count == 2100)
            #expect(views[2000] == view)
            #expect(views.count { $0 == nil } == 2099)
        }
    }

    @Test("a timeline comes back whole, however long", arguments: [0, 1, 40, 10_000])
    func timeline(_ count: Int) async throws {
        let node = RecordingNode()
        let timeline = Timeline(
            entries: (0..<count).map(Samples.entry), startsAfter: RecordPosition(op: 3, index: 1))
        node.with { $0.timeline = timeline }
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.timeline(Samples.key, limit: 10_000) == timeline)
        }
        #expect(node.with { $0.asked } == ["timeline \(Samples.key) 10000"])
    }

    @Test("an account that was never heard of has no timeline and takes no request")
    func neverHeardOf() async throws {
        let node = RecordingNode()
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.timeline(Samples.key, limit: 1) == nil)
            let request = OperatorRequest(verb: .pause)
            #expect(try await remote.operate(Samples.key, request) == nil)
        }
    }

    @Test("an operator's request and its answer go through")
    func operate() async throws {
        var answers: [CommandAnswer] = [.accepted, .repeated]
        answers += CommandAnswer.IgnoredReason.allCases.map { .ignored($0) }
        answers += CommandAnswer.RefusedReason.allCases.map { .refused($0) }
        for answer in answers {
            let node = RecordingNode()
            node.with { $0.answer = answer }
            try await Self.withRemote(node) { remote async throws in
                for verb in OperatorRequest.Verb.allCases {
                    let request = OperatorRequest(verb: verb, caseNumber: 4)
                    #expect(try await remote.operate(Samples.key, request) == answer)
                }
            }
            #expect(node.with { $0.asked.count } == OperatorRequest.Verb.allCases.count)
        }
    }

    @Test("a page of cases comes back whole", arguments: [0, 1, 1000])
    func cases(_ count: Int) async throws {
        let node = RecordingNode()
        let page = CasePage(rows: (0..<count).map(Samples.row), missingShards: [3, 255])
        node.with { $0.page = page }
        let queries = [
            CaseQuery(),
            CaseQuery(
                tenant: "acme", phases: CasePhase.allCases, flags: [.unreachable],
                after: CaseQuery.Cursor(
                    openedAt: Timestamp(ms: 8), key: Samples.key, caseNumber: 2),
                limit: 1000),
        ]
        try await Self.withRemote(node) { remote async throws in
            for query in queries { #expect(try await remote.cases(query) == page) }
        }
        #expect(node.with { $0.asked } == queries.map { "cases \($0)" })
    }

    @Test("a report comes back whole", arguments: [0, 1, 3000])
    func report(_ count: Int) async throws {
        let node = RecordingNode()
        let report = Report(
            since: Timestamp(ms: 7), rows: (0..<count).map(Samples.reportRow),
            renewals: (0..<count).map {
                RenewalRow(tenant: "acme", day: Int64($0), failed: 3, paid: Int64($0))
            }, missingShards: [1])
        node.with { $0.report = report }
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.report(since: Timestamp(ms: 7), tenant: nil) == report)
            #expect(try await remote.report(since: Timestamp(ms: 9), tenant: "acme") == report)
        }
        #expect(node.with { $0.asked } == ["report 7 - class", "report 9 acme class"])
    }

    @Test("what operators look at comes back as it is")
    func inspection() async throws {
        let node = RecordingNode()
        let shards = (0..<4096).map { number in
            ShardView(
                shard: UInt32(number), epoch: .max, state: "active", committedOp: 1, foldedOp: 2,
                tailRecords: 3, residentAccounts: 4, pendingEffects: 5,
                nextDueAt: Timestamp(ms: 6))
        }
        let timers = TimersView(
            count: 3, nextDueAt: Timestamp(ms: 4), overdue: 5,
            slices: (0..<10_000).map {
                TimersView.Slice(
                    from: Timestamp(ms: Int64($0)), until: Timestamp(ms: Int64($0) + 1),
                    count: UInt64($0))
            })
        node.with { state in
            state.shards = shards
            state.timers = timers
        }
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.shards() == shards)
            #expect(try await remote.timers(sliceMs: 60_000) == timers)
            #expect(try await remote.status() == Samples.status)
        }
        #expect(node.with { $0.asked } == ["shards", "timers 60000", "status"])
    }

    @Test("too many slices are refused with the remedy, not cut")
    func tooManySlices() async throws {
        let node = RecordingNode()
        let slice = TimersView.Slice(from: Timestamp(ms: 0), until: Timestamp(ms: 1), count: 1)
        node.with {
            $0.timers.slices = [TimersView.Slice](repeating: slice, count: 10_001)
        }
        try await Self.withRemote(node) { remote async throws in
            let error = await #expect(throws: NodeError.self) {
                try await remote.timers(sliceMs: 1)
            }
            #expect(error?.code == .overloaded)
            #expect(error?.message.contains("slice_ms") == true)
        }
    }

    @Test("an explanation arrives as it was told; nothing arrives for who was never heard of")
    func explain() async throws {
        let node = RecordingNode()
        let key = EntityKey(key: "acct-1")
        let reason = SlotReason(
            rule: .networkBudget, name: "visa-30d", number: 3, version: "rules 20260101",
            source: "the network", words: "20 of 20 are used", freesAt: Timestamp(ms: 7),
            withoutAt: Timestamp(ms: 5), isDecisive: true)
        let reasons = AccountReasons(
            key: key, asOf: Timestamp(ms: 1), standing: ["Case 1."],
            slots: [
                PlannedSlot(
                    kind: .attempt, caseNumber: 1, at: Timestamp(ms: 7), words: "by the ladder",
                    reasons: [reason, SlotReason(rule: .holdout, name: "", words: "")]),
                PlannedSlot(
                    kind: .message, caseNumber: 1, name: "first", at: Timestamp(ms: 0), words: "",
                    reasons: []),
            ])
        try await Self.withRemote(node) { remote async throws in
            #expect(try await remote.explain(key) == nil)
            node.with { $0.reasons = reasons }
            #expect(try await remote.explain(key) == reasons)
        }
    }

    @Test("a forecast has one answer for each event, over as many calls as it takes")
    func forecast() async throws {
        let node = RecordingNode()
        let events = (0..<1_500).map { number in
            IntakeEvent(
                key: EntityKey(key: "acct-\(number)"),
                facts: IntakeFacts(
                    eventID: "", occurredAt: Timestamp(ms: 1), fact: .profileUpdated))
        }
        try await Self.withRemote(node) { remote async throws in
            let forecasts = try await remote.forecast(events)
            #expect(forecasts.count == 1_500)
            #expect(
                forecasts.allSatisfy {
                    $0 == IntakeForecast(outcome: .leftOut, startsAt: Timestamp(ms: 3))
                })
        }
        #expect(node.with { $0.asked } == ["forecast 1000", "forecast 500"])
    }

    @Test("the clock is read and moved")
    func clock() async throws {
        let node = RecordingNode()
        try await Self.withRemote(node) { remote async throws in
            let expected = ClockView(now: Timestamp(ms: 1), kind: "manual")
            #expect(try await remote.clock() == expected)
            #expect(try await remote.advanceClock(to: Timestamp(ms: 86_400_000)) == expected)
        }
        #expect(node.with { $0.asked } == ["clock", "advance 86400000"])
    }

    @Test("a policy goes up to its limit, and not beyond")
    func policy() async throws {
        let node = RecordingNode()
        let applied = PolicyApplied(
            bundle: BundleID(.max), policies: ["patient", "brisk"], warnings: ["A gap is short."])
        node.with { $0.applied = applied }
        try await Self.withRemote(node) { remote async throws in
            let longest = String(repeating: "y", count: NodeCalls.policyBytesMax)
            #expect(try await remote.applyPolicy(yaml: "policy: 1", tenant: "acme") == applied)
            #expect(try await remote.applyPolicy(yaml: longest, tenant: nil) == applied)
            let error = await #expect(throws: NodeError.self) {
                try await remote.applyPolicy(yaml: longest + "y", tenant: nil)
            }
            #expect(error?.code == .invalid)
        }
        #expect(node.with { $0.asked } == ["apply 9 acme", "apply 1000000 -"])
    }

    @Test("a tenant's switches go through, unset ones as unset")
    func tenants() async throws {
        let node = RecordingNode()
        let changes = [
            TenantSwitch(tenant: "acme"), TenantSwitch(tenant: "acme", mode: .observe),
            TenantSwitch(
                tenant: "acme", mode: .live, chargesPaused: false, messagesPaused: true),
        ]
        try await Self.withRemote(node) { remote async throws in
            for change in changes {
                #expect(try await remote.switchTenant(change) == Samples.tenant)
            }
        }
        #expect(node.with { $0.asked } == changes.map { "switch \($0)" })
    }

    @Test("every error code survives the way", arguments: NodeError.Code.allCases)
    func errors(_ code: NodeError.Code) async throws {
        let node = RecordingNode()
        let expected = NodeError(code, "What was wrong, and what to do.")
        node.with { $0.error = expected }
        try await Self.withRemote(node) { remote async throws in
            let unary = await #expect(throws: NodeError.self) { try await remote.status() }
            let stream = await #expect(throws: NodeError.self) {
                try await remote.cases(CaseQuery())
            }
            #expect(stream == expected)
            #expect(unary == expected)
        }
    }

    @Test("an answer that is lost leaves a change in doubt, and a read merely unavailable")
    func lostAnswers() async throws {
        let lost = LosingChannel()
        let remote = RemoteNode(lost)
        let change = await #expect(throws: NodeError.self) {
            try await remote.switchTenant(TenantSwitch(tenant: "acme", mode: .live))
        }
        #expect(change?.code == .unknownOutcome)
        let read = await #expect(throws: NodeError.self) { try await remote.status() }
        #expect(read?.code == .unavailable)
    }

    @Test("text that no message can carry is refused before it is sent")
    func badText() async throws {
        try await Self.withRemote(RecordingNode()) { remote async throws in
            let error = await #expect(throws: NodeError.self) {
                try await remote.applyPolicy(yaml: "a\0b", tenant: nil)
            }
            #expect(error?.code == .invalid)
        }
    }
}

/// Every answer is lost on the way back.
private struct LosingChannel: CallChannel {
    func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8] {
        throw CallError(.unavailable, "The connection was lost.")
    }

    func notify(_ api: Api, _ body: [UInt8], _ options: CallOptions) async throws(CallError) {}

    func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError) {
        throw CallError(.unavailable, "The connection was lost.")
    }
}
