import DunlinCore

/// The calls of a node, by their keys. `proto/dunlin/v1/node.proto` has their messages.
package enum NodeCalls {
    package static let intake = Api(
        key: 16, name: "intake", request: "IntakeRequest", reply: "IntakeReply")
    package static let accounts = Api(
        key: 17, name: "accounts", shape: .serverStream, request: "AccountsRequest",
        reply: "AccountsItem")
    package static let timeline = Api(
        key: 18, name: "timeline", shape: .serverStream, request: "TimelineRequest",
        reply: "TimelineItem")
    package static let operate = Api(
        key: 19, name: "operate", request: "OperateRequest", reply: "OperateReply")
    package static let cases = Api(
        key: 20, name: "cases", shape: .serverStream, request: "CasesRequest", reply: "CasesItem")
    package static let report = Api(
        key: 21, name: "report", shape: .serverStream, request: "ReportRequest",
        reply: "ReportItem")
    package static let shards = Api(
        key: 22, name: "shards", request: "ShardsRequest", reply: "ShardsReply")
    package static let timers = Api(
        key: 23, name: "timers", request: "TimersRequest", reply: "TimersReply")
    package static let status = Api(
        key: 24, name: "status", request: "StatusRequest", reply: "StatusReply")
    package static let clock = Api(
        key: 25, name: "clock", request: "ClockRequest", reply: "ClockReply")
    package static let advanceClock = Api(
        key: 26, name: "advance_clock", request: "AdvanceClockRequest", reply: "ClockReply")
    package static let applyPolicy = Api(
        key: 27, name: "apply_policy", request: "ApplyPolicyRequest", reply: "ApplyPolicyReply")
    package static let switchTenant = Api(
        key: 28, name: "switch_tenant", request: "SwitchTenantRequest", reply: "TenantStanding")
    package static let contacts = Api(
        key: 29, name: "contacts", request: "ContactsRequest", reply: "ContactsReply")
    package static let explain = Api(
        key: 30, name: "explain", shape: .serverStream, request: "ExplainRequest",
        reply: "ExplainItem")
    package static let forecast = Api(
        key: 31, name: "forecast", request: "IntakeRequest", reply: "ForecastReply")

    package static let backup = Api(
        key: 32, name: "backup", request: "BackupRequest", reply: "PrepareRequest")
    package static let reconcile = Api(
        key: 33, name: "reconcile", request: "ReconcileRequest", reply: "ReconcileReply")

    /// From node to node: clients are not served it.
    package static let deliver = Api(
        key: 72, name: "deliver", request: "DeliverRequest", reply: "DeliverReply")
    package static let betweenNodes = [Self.deliver]

    package static let all = [
        Self.intake, Self.accounts, Self.timeline, Self.operate, Self.cases, Self.report,
        Self.shards, Self.timers, Self.status,
        Self.clock, Self.advanceClock, Self.applyPolicy, Self.switchTenant,
        Self.contacts, Self.explain, Self.forecast, Self.backup, Self.reconcile,
    ]

    // Limits of the messages; node.proto names them field by field.
    package static let eventsMax = 1000
    package static let keysMax = 1000
    package static let timelineRecordsMax = 10_000
    package static let caseRowsMax = 1000
    package static let shardsMax = 4096
    package static let slicesMax = 10_000
    package static let tenantsMax = 1000
    package static let policyBytesMax = 1_000_000
    package static let idBytesMax = EntityKey.keyBytesMax
    package static let linkBytesMax = 2048
    package static let valueBytesMax = 1024
    package static let earlierAttemptsMax = 1000
    /// Most clocks of one telephone number's place.
    package static let zonesMax = 64
    package static let stateBytesMax = 131_072
    package static let letterBytesMax = 65_536
    package static let batchBytesMax = 131_072
    /// Rows of one item are packed until they reach this many bytes.
    package static let itemBytesAim = 65_536
}
