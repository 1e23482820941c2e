import DunlinCluster
import DunlinCore
package import DunlinPorts
package import DunlinWire

/// Answers the calls of ``NodeCalls`` from a node: decodes, asks, encodes.
package struct NodeCallServer: CallHandler {
    private let node: any NodeService
    private let mail: (any EntityMail)?

    /// `mail`: Takes messages between entities from other nodes; `nil` where clients are served.
    package init(_ node: any NodeService, mail: (any EntityMail)? = nil) {
        self.node = node
        self.mail = mail
    }

    package var apis: [Api] { NodeCalls.all + (self.mail == nil ? [] : NodeCalls.betweenNodes) }

    package func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        switch call.api {
        case NodeCalls.intake:
            return try await self.reply(
                call, IntakeCall.events,
                { node, events async throws(NodeError) in
                    try await node.intake(events)
                }, IntakeCall.reply)
        case NodeCalls.operate:
            return try await self.reply(
                call, OperateCall.request(packed:),
                { node, asked async throws(NodeError) in
                    try await node.operate(asked.key, asked.request)
                }, OperateCall.reply)
        case NodeCalls.shards:
            return try await self.reply(
                call, ShardsCall.checkRequest,
                { node, _ async throws(NodeError) in
                    try await node.shards()
                }, ShardsCall.reply)
        case NodeCalls.timers:
            return try await self.reply(
                call, TimersCall.sliceMs,
                { node, sliceMs async throws(NodeError) in
                    try await node.timers(sliceMs: sliceMs)
                }, TimersCall.reply)
        case NodeCalls.status:
            return try await self.reply(
                call, StatusCall.checkRequest,
                { node, _ async throws(NodeError) in
                    try await node.status()
                }, StatusCall.reply)
        case NodeCalls.clock:
            return try await self.reply(
                call, ClockCall.checkRequest,
                { node, _ async throws(NodeError) in
                    try await node.clock()
                }, ClockCall.reply)
        case NodeCalls.advanceClock:
            return try await self.reply(
                call, ClockCall.instant,
                { node, instant async throws(NodeError) in
                    try await node.advanceClock(to: instant)
                }, ClockCall.reply)
        case NodeCalls.applyPolicy:
            return try await self.reply(
                call, PolicyCall.request(packed:),
                { node, policy async throws(NodeError) in
                    try await node.applyPolicy(yaml: policy.yaml, tenant: policy.tenant)
                }, PolicyCall.reply)
        case NodeCalls.switchTenant:
            return try await self.reply(
                call, TenantCall.change,
                { node, change async throws(NodeError) in
                    try await node.switchTenant(change)
                }, TenantCall.reply)
        case NodeCalls.forecast:
            return try await self.reply(
                call, IntakeCall.events(packed:),
                { node, events async throws(NodeError) in
                    try await node.forecast(events)
                }, ForecastCall.reply)
        case NodeCalls.contacts:
            return try await self.reply(
                call, ContactsCall.key,
                { node, key async throws(NodeError) in
                    try await node.contacts(key)
                }, ContactsCall.reply)
        case NodeCalls.backup:
            return try await self.reply(
                call, BackupCall.request(packed:),
                { node, asked async throws(NodeError) in
                    try await Self.upkeep(node).extract(shard: asked.shard, from: asked.fromOp)
                },
                { entry throws(WireError) in
                    guard let sender = NodeID("node") else { return [] }
                    return try PrepareCall.request(from: sender, [entry])
                })
        case NodeCalls.reconcile:
            return try await self.reply(
                call, ReconcileCall.tenant,
                { node, tenant async throws(NodeError) in
                    try await Self.upkeep(node).reconcile(tenant: tenant)
                }, ReconcileCall.reply)
        case NodeCalls.deliver:
            guard let mail = self.mail else { fallthrough }
            return try await self.reply(
                call, DeliverCall.letter,
                { _, letter async throws(NodeError) in
                    try await mail.deliver(letter)
                }, DeliverCall.reply)
        default:
            throw CallError(.unimplemented, "\(call.api.name) is not served here.")
        }
    }

    package func stream(
        _ call: InboundCall, to sink: any ItemSink
    ) async throws(CallError) {
        switch call.api {
        case NodeCalls.accounts:
            try await self.send(
                call, to: sink, AccountsCall.keys,
                { node, keys async throws(NodeError) in
                    try await node.accounts(keys)
                }, { _, views throws(WireError) in try AccountsCall.items(views) })
        case NodeCalls.timeline:
            try await self.send(
                call, to: sink, TimelineCall.request(packed:),
                { node, asked async throws(NodeError) in
                    try await node.timeline(asked.key, limit: asked.limit)
                },
                { asked, timeline throws(WireError) in
                    guard let timeline else { return [] }
                    return try TimelineCall.items(timeline, of: asked.key)
                })
        case NodeCalls.explain:
            try await self.send(
                call, to: sink, ExplainCall.key,
                { node, key async throws(NodeError) in
                    try await node.explain(key)
                }, { _, reasons throws(WireError) in try ExplainCall.items(reasons) })
        case NodeCalls.cases:
            try await self.send(
                call, to: sink, CasesCall.query,
                { node, query async throws(NodeError) in
                    try await node.cases(query)
                }, { _, page throws(WireError) in try CasesCall.items(page) })
        case NodeCalls.report:
            try await self.send(
                call, to: sink, ReportCall.request(packed:),
                { node, asked async throws(NodeError) in
                    try await node.report(asked)
                }, { _, report throws(WireError) in try ReportCall.items(report) })
        default:
            throw CallError(.unimplemented, "\(call.api.name) is not served here.")
        }
    }

    private static func upkeep(
        _ node: any NodeService
    ) throws(NodeError) -> any NodeUpkeep {
        guard let upkeep = node as? any NodeUpkeep else {
            throw NodeError(.failedPrecondition, "this is no node that keeps anything")
        }
        return upkeep
    }

    private func reply<Asked, Answer>(
        _ call: InboundCall, _ decode: ([UInt8]) throws(WireError) -> Asked,
        _ ask: (any NodeService, Asked) async throws(NodeError) -> Answer,
        _ encode: (Answer) throws(WireError) -> [UInt8]
    ) async throws(CallError) -> [UInt8] {
        let answer = try await self.ask(try self.decode(call, decode), ask)
        do throws(WireError) {
            return try encode(answer)
        } catch {
            throw Self.unanswerable(error)
        }
    }

    private func send<Asked, Answer>(
        _ call: InboundCall, to sink: any ItemSink,
        _ decode: ([UInt8]) throws(WireError) -> Asked,
        _ ask: (any NodeService, Asked) async throws(NodeError) -> Answer,
        _ encode: (Asked, Answer) throws(WireError) -> [[UInt8]]
    ) async throws(CallError) {
        let asked = try self.decode(call, decode)
        let answer = try await self.ask(asked, ask)
        let items: [[UInt8]]
        do throws(WireError) {
            items = try encode(asked, answer)
        } catch {
            throw Self.unanswerable(error)
        }
        for item in items { try await sink.send(item) }
    }

    private func decode<Asked>(
        _ call: InboundCall, _ decode: ([UInt8]) throws(WireError) -> Asked
    ) throws(CallError) -> Asked {
        do throws(WireError) {
            return try decode(call.body)
        } catch {
            throw CallError(request: error)
        }
    }

    private func ask<Asked, Answer>(
        _ asked: Asked, _ ask: (any NodeService, Asked) async throws(NodeError) -> Answer
    ) async throws(CallError) -> Answer {
        do throws(NodeError) {
            return try await ask(self.node, asked)
        } catch {
            throw CallError(error)
        }
    }

    /// An answer that does not fit its message: the caller asked for too much.
    private static func unanswerable(_ error: WireError) -> CallError {
        CallError(.resourceExhausted, "The answer cannot be sent: \(error.detail).")
    }
}
