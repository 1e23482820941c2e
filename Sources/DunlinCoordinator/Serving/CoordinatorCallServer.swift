import DunlinCluster
package import DunlinPorts
package import DunlinWire
import Logging

/// Answers the calls of ``CoordinatorCalls`` from a coordinator: decodes, asks, encodes.
package struct CoordinatorCallServer: CallHandler {
    package typealias Served = CoordinatorService & ClusterOperator & BundleLibrary

    private let coordinator: any Served
    private let log = Logger(label: "dunlin.coordinator")

    package init(_ coordinator: any Served) {
        self.coordinator = coordinator
    }

    package var apis: [Api] { CoordinatorCalls.all }

    package func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        switch call.api {
        case CoordinatorCalls.register:
            return try await self.reply(
                call, RegisterCall.registration,
                { coordinator, registration async throws(CoordinatorError) in
                    try await coordinator.register(registration)
                }, RegisterCall.reply)
        case CoordinatorCalls.heartbeat:
            return try await self.reply(
                call, HeartbeatCall.heartbeat,
                { coordinator, heartbeat async throws(CoordinatorError) in
                    try await coordinator.heartbeat(heartbeat)
                }, HeartbeatCall.reply)
        case CoordinatorCalls.changeInSync:
            return try await self.reply(
                call, InSyncCall.change,
                { coordinator, change async throws(CoordinatorError) in
                    try await coordinator.changeInSync(change)
                }, InSyncCall.reply)
        case CoordinatorCalls.handOver:
            return try await self.reply(
                call, InSyncCall.handOver,
                { coordinator, handOver async throws(CoordinatorError) in
                    try await coordinator.handOver(handOver)
                }, InSyncCall.reply)
        case CoordinatorCalls.map:
            return try await self.reply(
                call, ClusterMapCall.revision,
                { coordinator, revision async throws(CoordinatorError) in
                    try await coordinator.map(since: revision)
                }, ClusterMapCall.reply)
        case CoordinatorCalls.operate:
            self.note(call)
            return try await self.reply(
                call, ClusterOperateCall.operation,
                { coordinator, operation async throws(CoordinatorError) in
                    try await coordinator.operate(operation)
                }, ClusterOperateCall.reply)
        case CoordinatorCalls.status:
            return try await self.reply(
                call, ClusterStatusCall.checkRequest,
                { coordinator, _ async throws(CoordinatorError) in
                    try await coordinator.status()
                }, ClusterStatusCall.reply)
        case CoordinatorCalls.keepBundle:
            return try await self.reply(
                call, KeepBundleCall.bundle,
                { coordinator, kept async throws(CoordinatorError) in
                    try await coordinator.keep(
                        bundle: kept.id, source: kept.source, use: kept.former)
                }, { () throws(WireError) in try KeepBundleCall.reply() })
        case CoordinatorCalls.bundle:
            return try await self.reply(
                call, BundleCall.id,
                { coordinator, id async throws(CoordinatorError) in
                    try await coordinator.source(ofBundle: id)
                }, BundleCall.reply)
        case CoordinatorCalls.bundles:
            return try await self.reply(
                call, BundlesCall.checkRequest,
                { coordinator, _ async throws(CoordinatorError) in
                    try await coordinator.bundles()
                }, BundlesCall.reply)
        default:
            throw CallError(.unimplemented, "\(call.api.name) is not served here.")
        }
    }

    package func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        throw CallError(.unimplemented, "\(call.api.name) is not served here.")
    }

    /// Who steers the cluster is on record.
    private func note(_ call: InboundCall) {
        guard let name = call.peer.certifiedName else { return }
        let caller = call.metadata[VouchedCaller.entry].map { String(decoding: $0, as: UTF8.self) }
        self.log.notice(
            "the cluster is steered",
            metadata: ["by": "\(caller ?? name)", "by way of": "\(name)"])
    }

    private func reply<Asked, Answer>(
        _ call: InboundCall, _ decode: ([UInt8]) throws(WireError) -> Asked,
        _ ask: (any Served, Asked) async throws(CoordinatorError) -> Answer,
        _ encode: (Answer) throws(WireError) -> [UInt8]
    ) async throws(CallError) -> [UInt8] {
        let asked: Asked
        do throws(WireError) {
            asked = try decode(call.body)
        } catch {
            throw CallError(request: error)
        }
        let answer: Answer
        do throws(CoordinatorError) {
            answer = try await ask(self.coordinator, asked)
        } catch {
            throw CallError(error)
        }
        do throws(WireError) {
            return try encode(answer)
        } catch {
            throw CallError(.internalError, "The answer cannot be sent: \(error.detail).")
        }
    }
}
