import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/shards``.
package enum ShardsCall {
    package static func request() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ShardsRequest.self) { _, _ in }
    }

    package static func checkRequest(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__ShardsRequest.self, bytes) { _ in }
    }

    package static func reply(_ views: [ShardView]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ShardsReply.self) { pack, reply throws(WireError) in
            reply.pointee.n_shards = views.count
            reply.pointee.shards = try pack.messages(
                Dunlin__V1__ShardStanding.self, views
            ) { standing, view throws(WireError) in
                standing.pointee.has_shard = 1
                standing.pointee.shard = view.shard
                standing.pointee.has_epoch = 1
                standing.pointee.epoch = view.epoch
                standing.pointee.state = try pack.text(view.state)
                standing.pointee.has_committed_op = 1
                standing.pointee.committed_op = view.committedOp
                standing.pointee.has_folded_op = 1
                standing.pointee.folded_op = view.foldedOp
                standing.pointee.has_tail_records = 1
                standing.pointee.tail_records = view.tailRecords
                standing.pointee.has_resident_accounts = 1
                standing.pointee.resident_accounts = view.residentAccounts
                standing.pointee.has_pending_effects = 1
                standing.pointee.pending_effects = view.pendingEffects
                standing.pointee.has_next_due_at_ms = 1
                standing.pointee.next_due_at_ms = view.nextDueAt.ms
            }
        }
    }

    package static func views(packed bytes: [UInt8]) throws(WireError) -> [ShardView] {
        try ProtoCodec.unpack(Dunlin__V1__ShardsReply.self, bytes) { reply throws(WireError) in
            try Unpacking.messages(
                reply.pointee.n_shards, reply.pointee.shards, "shards",
                countMax: NodeCalls.shardsMax
            ) { standing throws(WireError) in
                ShardView(
                    shard: standing.pointee.shard, epoch: standing.pointee.epoch,
                    state: try Unpacking.text(standing.pointee.state, "state", bytesMax: 64),
                    committedOp: standing.pointee.committed_op,
                    foldedOp: standing.pointee.folded_op,
                    tailRecords: standing.pointee.tail_records,
                    residentAccounts: standing.pointee.resident_accounts,
                    pendingEffects: standing.pointee.pending_effects,
                    nextDueAt: Timestamp(ms: standing.pointee.next_due_at_ms))
            }
        }
    }
}
