/// For whom a node hands a call on to the coordinator.
///
/// A node may not steer the cluster; the operator who asks through it may. The node has seen the
/// operator's certificate, the coordinator has not: so the node says in the call's metadata what the
/// certificate said, and the coordinator lets the call through as that caller's. It believes so
/// much only of a node's certificate, only for the calls below, and only a person's role; what a
/// client writes there itself a node never hands on, and everybody else is refused for it.
package enum VouchedCaller {
    /// The metadata entry: the name in the caller's certificate.
    package static let entry = "on-behalf-of"

    /// What nodes hand on for their clients.
    package static let calls = [
        CoordinatorCalls.map, CoordinatorCalls.operate, CoordinatorCalls.status,
        CoordinatorCalls.bundle, CoordinatorCalls.bundles,
    ]

    /// Of a call that is handed on; nothing where callers show no certificates.
    package static func metadata(for certifiedName: String?) -> CallMetadata {
        guard let certifiedName else { return CallMetadata() }
        return CallMetadata(
            entries: [
                CallMetadata.Entry(name: Self.entry, value: Array(certifiedName.utf8))
            ])
    }

    /// Who makes the call: the peer, or the one it speaks for.
    ///
    /// Throws ``Status/permissionDenied`` when it may not speak for that one.
    package static func caller(
        of call: InboundCall, from peer: CertifiedPeer
    ) throws(CallError) -> CertifiedPeer {
        guard let named = call.metadata[Self.entry] else { return peer }
        guard peer.role == .node, Self.calls.contains(call.api),
            let name = String(validating: named, as: UTF8.self),
            let caller = CertifiedPeer(certifiedName: name),
            caller.role == .operator || caller.role == .reader
        else {
            throw CallError(
                .permissionDenied,
                "Only a node may make a call for somebody else, and only an operator's or a"
                    + " reader's.")
        }
        return caller
    }
}
