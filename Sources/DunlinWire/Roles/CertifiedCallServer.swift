import DunlinCluster

/// Stands before a call server whose callers all have certificates: lets through what the
/// certificate's role may ask (``CallRoles``), and refuses the rest before it is decoded.
package struct CertifiedCallServer: CallHandler {
    private let served: any CallHandler

    package init(_ served: any CallHandler) {
        self.served = served
    }

    package var apis: [Api] { self.served.apis }

    package func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        try Self.check(call)
        return try await self.served.answer(call)
    }

    package func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        try Self.check(call)
        try await self.served.stream(call, to: sink)
    }

    /// Throws ``Status/permissionDenied`` when the caller may not make the call.
    package static func check(_ call: InboundCall) throws(CallError) {
        guard let peer = call.peer.certifiedName.flatMap(CertifiedPeer.init(certifiedName:)) else {
            throw CallError(
                .permissionDenied,
                "The certificate names no role; its URI must be spiffe://CLUSTER/ROLE/NAME with"
                    + " the role node, coordinator, operator or reader.")
        }
        let caller = try VouchedCaller.caller(of: call, from: peer)
        guard CallRoles.allowed(call.api).contains(caller.role) else {
            throw CallError(
                .permissionDenied,
                "A certificate of this role may not call \(call.api.name); use one of a role that"
                    + " may.")
        }
        // What a peer says it is decides how it is served: a node is answered from one node alone.
        let claimed: CallRoles? =
            switch call.peer.role {
            case .client: nil
            case .node: .node
            case .coordinator: .coordinator
            }
        guard claimed == nil || claimed == peer.role else {
            throw CallError(
                .permissionDenied, "The peer says that it is what its certificate does not say.")
        }
        guard try Self.registrant(call).map({ $0 == peer.name }) ?? true else {
            throw CallError(
                .permissionDenied,
                "A node may speak for itself only: the name in the certificate is another than"
                    + " `cluster.node`.")
        }
    }

    /// Whom a call that only the node itself may make is about; `nil` for other calls.
    private static func registrant(_ call: InboundCall) throws(CallError) -> String? {
        do throws(WireError) {
            switch call.api {
            case CoordinatorCalls.register:
                return try RegisterCall.registration(packed: call.body).id.name
            case CoordinatorCalls.heartbeat:
                return try HeartbeatCall.heartbeat(packed: call.body).member.node.name
            default: return nil
            }
        } catch {
            throw CallError(request: error)
        }
    }
}
