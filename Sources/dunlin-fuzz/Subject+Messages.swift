import DunlinCore
import DunlinTesting
import DunlinWire

extension Subject {
    /// Every message of the node's calls, of the handshake and of what every peer answers.
    static func messages() throws -> [Subject] {
        try Self.requests() + Self.replies() + Self.items() + Self.connection()
    }

    private static func requests() throws -> [Subject] {
        let events = Samples.events
        return [
            .codec(
                "intake request",
                try [IntakeCall.request(events)] + events.map { try IntakeCall.request([$0]) },
                decode: IntakeCall.events, encode: IntakeCall.request),
            .codec(
                "accounts request", [try AccountsCall.request([Samples.key, EntityKey(key: "b")])],
                decode: AccountsCall.keys, encode: AccountsCall.request),
            .codec(
                "timeline request", [try TimelineCall.request(Samples.key, limit: 10)],
                decode: { try TimelineCall.request(packed: $0) },
                encode: { try TimelineCall.request($0.key, limit: $0.limit) }),
            .codec(
                "operate request",
                [
                    try OperateCall.request(
                        Samples.key, OperatorRequest(verb: .pause, caseNumber: 3))
                ],
                decode: { try OperateCall.request(packed: $0) },
                encode: { try OperateCall.request($0.key, $0.request) }),
            .codec(
                "cases request", [try CasesCall.request(Samples.query)],
                decode: CasesCall.query, encode: CasesCall.request),
            .codec(
                "report request",
                [
                    try ReportCall.request(
                        ReportQuery(since: Timestamp(ms: 5), tenant: "a", by: .day))
                ], decode: { try ReportCall.request(packed: $0) },
                encode: { try ReportCall.request($0) }),
            .codec(
                "timers request", [try TimersCall.request(sliceMs: 60_000)],
                decode: TimersCall.sliceMs, encode: TimersCall.request),
            .codec(
                "advance clock request", [try ClockCall.advanceRequest(to: Timestamp(ms: 9))],
                decode: ClockCall.instant, encode: ClockCall.advanceRequest),
            .codec(
                "apply policy request",
                [try PolicyCall.request(yaml: "policy: patient\n", tenant: "acme")],
                decode: { try PolicyCall.request(packed: $0) },
                encode: { try PolicyCall.request(yaml: $0.yaml, tenant: $0.tenant) }),
            .codec(
                "switch tenant request",
                [
                    try TenantCall.request(
                        TenantSwitch(tenant: "acme", mode: .live, chargesPaused: true))
                ], decode: TenantCall.change, encode: TenantCall.request),
        ]
    }

    private static func replies() throws -> [Subject] {
        [
            .codec(
                "intake reply", [try IntakeCall.reply(Samples.results)],
                decode: IntakeCall.results, encode: IntakeCall.reply),
            .codec(
                "operate reply",
                try [nil, .accepted, .ignored(.older), .refused(.noSuchCase)].map {
                    try OperateCall.reply($0)
                }, decode: OperateCall.answer, encode: OperateCall.reply),
            .codec(
                "shards reply", [try ShardsCall.reply([Samples.shard, Samples.shard])],
                decode: ShardsCall.views, encode: ShardsCall.reply),
            .codec(
                "timers reply", [try TimersCall.reply(Samples.timers)],
                decode: TimersCall.view, encode: TimersCall.reply),
            .codec(
                "status reply", [try StatusCall.reply(Samples.status)],
                decode: StatusCall.view, encode: StatusCall.reply),
            .codec(
                "clock reply",
                [try ClockCall.reply(ClockView(now: Timestamp(ms: 4), kind: "manual"))],
                decode: ClockCall.view, encode: ClockCall.reply),
            .codec(
                "apply policy reply",
                [
                    try PolicyCall.reply(
                        PolicyApplied(
                            bundle: BundleID(7), policies: ["a", "b"], warnings: ["Short gap."]))
                ], decode: PolicyCall.applied, encode: PolicyCall.reply),
            .codec(
                "switch tenant reply", [try TenantCall.reply(Samples.tenant)],
                decode: TenantCall.view, encode: TenantCall.reply),
        ]
    }

    private static func items() throws -> [Subject] {
        let views = [Samples.view, nil]
        return [
            .codec(
                "accounts item", try AccountsCall.items(views), decode: AccountsCall.views,
                encode: { try AccountsCall.items($0).first ?? [] }),
            .codec(
                "timeline item", try TimelineCall.items(Samples.timeline, of: Samples.key),
                decode: { bytes in
                    var timeline: Timeline?
                    try TimelineCall.add(item: bytes, to: &timeline)
                    return timeline
                },
                encode: { timeline in
                    let items = try timeline.map { try TimelineCall.items($0, of: Samples.key) }
                    return items?.first ?? []
                }),
            .codec(
                "cases item", try CasesCall.items(Samples.page),
                decode: { bytes in
                    var page = CasePage(rows: [])
                    try CasesCall.add(item: bytes, to: &page)
                    return page
                }, encode: { try CasesCall.items($0).first ?? [] }),
            .codec(
                "report item", try ReportCall.items(Samples.report),
                decode: { bytes in
                    var report = Report(since: Timestamp(ms: 0), rows: [])
                    try ReportCall.add(item: bytes, to: &report)
                    return report
                }, encode: { try ReportCall.items($0).first ?? [] }),
        ]
    }

    private static func connection() throws -> [Subject] {
        let hello = PeerHello(
            node: 1, incarnation: 2, role: .node, software: "dunlin", cluster: 3,
            serves: [PeerHello.Serving(api: 16, versions: 1...3)])
        let apis = InboundCall(api: .apis, version: 1, stream: 1, body: [])
        let listed = try StandardCalls.answer(apis, health: .serving, serving: NodeCalls.all)?.get()
        return [
            .codec(
                "hello", [try hello.packed()], decode: { try PeerHello(packed: $0) },
                encode: { try $0.packed() }),
            .codec(
                "goaway", [try Goaway(status: .ok, message: "Bye.", lastStream: 9).frame().body],
                decode: { try Goaway(packed: $0) }, encode: { try $0.frame().body }),
            .codec(
                "echo", [try StandardCalls.echo(Array(0..<50))],
                decode: { try StandardCalls.echoed(packed: $0) },
                encode: { try StandardCalls.echo($0) }),
            Subject(name: "apis reply", corpus: [listed ?? []]) { input, _ in
                (try? StandardCalls.apis(packed: input)) != nil
            },
            Subject(
                name: "failure",
                corpus: [CallError(.staleEpoch, "Old.", retryAfterMs: 5, epoch: 9).packed()]
            ) { input, _ in
                CallError(status: .staleEpoch, packed: input).status == .staleEpoch
            },
        ]
    }
}
