import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/status``.
package enum ClusterStatusCall {
    package static func request() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClusterStatusRequest.self) { _, _ in }
    }

    package static func checkRequest(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__ClusterStatusRequest.self, bytes) { _ in }
    }

    package static func reply(_ status: ClusterStatus) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__ClusterStatusReply.self
        ) { pack, reply throws(WireError) in
            reply.pointee.mapping = try pack.map(status.map)
            reply.pointee.n_nodes = status.nodes.count
            reply.pointee.nodes = try pack.messages(
                Dunlin__V1__NodeStanding.self, status.nodes
            ) { standing, node throws(WireError) in
                Self.fill(standing, node)
            }
            reply.pointee.leader = try pack.textOrNil(status.leader)
            reply.pointee.has_leads_for_ms = 1
            reply.pointee.leads_for_ms = status.leadsForMs
            reply.pointee.has_clocks_differ = 1
            reply.pointee.clocks_differ = status.clocks.agree ? 0 : 1
            reply.pointee.has_clock_ahead_ms = 1
            reply.pointee.clock_ahead_ms = status.clocks.coordinatorAheadMs
        }
    }

    package static func status(packed bytes: [UInt8]) throws(WireError) -> ClusterStatus {
        try ProtoCodec.unpack(
            Dunlin__V1__ClusterStatusReply.self, bytes
        ) { reply throws(WireError) in
            let map = try Unpacking.map(Unpacking.required(reply.pointee.mapping, "mapping"))
            guard reply.pointee.n_nodes == map.nodes.count else {
                throw WireError(.badValue, "nodes are not those of the map")
            }
            var records = map.nodes.makeIterator()
            let nodes = try Unpacking.messages(
                reply.pointee.n_nodes, reply.pointee.nodes, "nodes",
                countMax: CoordinatorCalls.nodesMax
            ) { (standing: UnsafePointer<Dunlin__V1__NodeStanding>) throws(WireError) in
                guard let record = records.next() else {
                    throw WireError(.badValue, "nodes are not those of the map")
                }
                return Self.node(record, standing)
            }
            return ClusterStatus(
                map: map, nodes: nodes,
                leader: try Unpacking.text(
                    reply.pointee.leader, "leader", bytesMax: CoordinatorCalls.addressBytesMax),
                leadsForMs: reply.pointee.leads_for_ms,
                clocks: ClusterStatus.Clocks(
                    agree: reply.pointee.clocks_differ == 0,
                    coordinatorAheadMs: reply.pointee.clock_ahead_ms))
        }
    }

    private static func fill(
        _ standing: UnsafeMutablePointer<Dunlin__V1__NodeStanding>, _ node: ClusterStatus.Node
    ) {
        standing.pointee.has_is_alive = 1
        standing.pointee.is_alive = node.isAlive ? 1 : 0
        standing.pointee.has_silent_ms = 1
        standing.pointee.silent_ms = node.silentMs
        standing.pointee.has_is_draining = 1
        standing.pointee.is_draining = node.isDraining ? 1 : 0
        standing.pointee.has_wants_drain = 1
        standing.pointee.wants_drain = node.wantsDrain ? 1 : 0
        standing.pointee.has_leads = 1
        standing.pointee.leads = node.leads
        standing.pointee.has_copies = 1
        standing.pointee.copies = node.copies
        standing.pointee.has_learners = 1
        standing.pointee.learners = node.learners
        standing.pointee.has_due_next_hour = 1
        standing.pointee.due_next_hour = node.dueNextHour
        standing.pointee.has_resident_accounts = 1
        standing.pointee.resident_accounts = node.residentAccounts
        standing.pointee.has_disk_free_bytes = 1
        standing.pointee.disk_free_bytes = node.diskFreeBytes
        standing.pointee.has_bundle = 1
        standing.pointee.bundle = node.bundle
        standing.pointee.has_clock_ahead_ms = 1
        standing.pointee.clock_ahead_ms = node.clockAheadMs
    }

    private static func node(
        _ record: NodeRecord, _ standing: UnsafePointer<Dunlin__V1__NodeStanding>
    ) -> ClusterStatus.Node {
        ClusterStatus.Node(
            record: record, isAlive: standing.pointee.is_alive != 0,
            silentMs: standing.pointee.silent_ms,
            isDraining: standing.pointee.is_draining != 0,
            wantsDrain: standing.pointee.wants_drain != 0, leads: standing.pointee.leads,
            copies: standing.pointee.copies, learners: standing.pointee.learners,
            dueNextHour: standing.pointee.due_next_hour,
            residentAccounts: standing.pointee.resident_accounts,
            diskFreeBytes: standing.pointee.disk_free_bytes,
            bundle: standing.pointee.bundle, clockAheadMs: standing.pointee.clock_ahead_ms)
    }
}
