package import DunlinPorts
package import DunlinWire

/// What a member of a cluster serves on its listener: clients are answered from the whole cluster,
/// other nodes from this one alone, so that nothing that is handed on is handed on again.
package struct MemberCallServer: CallHandler {
    private let forClients: NodeCallServer
    private let forNodes: NodeCallServer
    private let replicas: ReplicaCallServer

    package init(node: Node, router: any NodeService) {
        self.forClients = NodeCallServer(router)
        self.forNodes = NodeCallServer(node, mail: node)
        self.replicas = ReplicaCallServer(node)
    }

    package var apis: [Api] { self.forNodes.apis + self.replicas.apis }

    package func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        if ReplicaCalls.all.contains(call.api) {
            guard call.peer.role == .node || call.api == ReplicaCalls.member else {
                throw CallError(.permissionDenied, "Only nodes of the cluster may call this.")
            }
            return try await self.replicas.answer(call)
        }
        return try await self.server(for: call).answer(call)
    }

    package func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        try await self.server(for: call).stream(call, to: sink)
    }

    private func server(for call: InboundCall) -> NodeCallServer {
        call.peer.role == .node ? self.forNodes : self.forClients
    }
}
