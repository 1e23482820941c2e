import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/status``.
package enum StatusCall {
    package static func request() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__StatusRequest.self) { _, _ in }
    }

    package static func checkRequest(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__StatusRequest.self, bytes) { _ in }
    }

    package static func reply(_ view: NodeView) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__StatusReply.self) { pack, reply throws(WireError) in
            reply.pointee.version = try pack.text(view.version)
            reply.pointee.has_cluster_id = 1
            reply.pointee.cluster_id = view.clusterID
            reply.pointee.has_restore_generation = 1
            reply.pointee.restore_generation = view.restoreGeneration
            reply.pointee.has_level = 1
            reply.pointee.level = view.level
            reply.pointee.has_shard_count = 1
            reply.pointee.shard_count = view.shardCount
            reply.pointee.has_started_at_ms = 1
            reply.pointee.started_at_ms = view.startedAt.ms
            reply.pointee.has_now_ms = 1
            reply.pointee.now_ms = view.now.ms
            reply.pointee.clock_kind = try pack.text(view.clockKind)
            reply.pointee.state = try pack.text(view.state)
            reply.pointee.has_resident_accounts = 1
            reply.pointee.resident_accounts = view.residentAccounts
            reply.pointee.has_transitions = 1
            reply.pointee.transitions = view.transitions
            reply.pointee.has_commits = 1
            reply.pointee.commits = view.commits
            reply.pointee.n_tenants = view.tenants.count
            reply.pointee.tenants = try pack.messages(
                Dunlin__V1__TenantStanding.self, view.tenants
            ) { standing, tenant throws(WireError) in
                try pack.fill(standing, tenant)
            }
            reply.pointee.n_warnings = view.warnings.count
            reply.pointee.warnings = try pack.texts(view.warnings)
        }
    }

    package static func view(packed bytes: [UInt8]) throws(WireError) -> NodeView {
        try ProtoCodec.unpack(Dunlin__V1__StatusReply.self, bytes) { reply throws(WireError) in
            NodeView(
                version: try Unpacking.text(reply.pointee.version, "version", bytesMax: 128),
                clusterID: reply.pointee.cluster_id,
                restoreGeneration: reply.pointee.restore_generation,
                level: reply.pointee.level, shardCount: reply.pointee.shard_count,
                startedAt: Timestamp(ms: reply.pointee.started_at_ms),
                now: Timestamp(ms: reply.pointee.now_ms),
                clockKind: try Unpacking.text(
                    reply.pointee.clock_kind, "clock_kind", bytesMax: 64),
                state: try Unpacking.text(reply.pointee.state, "state", bytesMax: 64),
                residentAccounts: reply.pointee.resident_accounts,
                transitions: reply.pointee.transitions, commits: reply.pointee.commits,
                tenants: try Unpacking.messages(
                    reply.pointee.n_tenants, reply.pointee.tenants, "tenants",
                    countMax: NodeCalls.tenantsMax, Unpacking.tenant),
                warnings: try Unpacking.texts(
                    reply.pointee.n_warnings, reply.pointee.warnings, "warnings", countMax: 100,
                    bytesMax: WireLimits.messageBytesMax))
        }
    }
}
