import CDunlinProto
package import DunlinCluster

/// The messages of ``ReplicaCalls/member``.
package enum MemberCall {
    /// `node`: Of which; `nil` for the one that is asked.
    package static func request(of node: NodeID? = nil) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__MemberRequest.self) { pack, request throws(WireError) in
            request.pointee.node = try pack.textOrNil(node?.name ?? "")
        }
    }

    /// Of which node; `nil` for the one that is asked.
    package static func node(packed bytes: [UInt8]) throws(WireError) -> NodeID? {
        try ProtoCodec.unpack(Dunlin__V1__MemberRequest.self, bytes) { request throws(WireError) in
            try Unpacking.nodeOrNil(request.pointee.node, "node")
        }
    }

    package static func reply(_ view: MemberView) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__MemberReply.self) { pack, reply throws(WireError) in
            reply.pointee.node = try pack.text(view.node)
            reply.pointee.has_incarnation = 1
            reply.pointee.incarnation = view.incarnation
            reply.pointee.has_lease_left_ms = 1
            reply.pointee.lease_left_ms = view.leaseLeftMs
            reply.pointee.has_transitions = 1
            reply.pointee.transitions = view.transitions
            reply.pointee.has_commits = 1
            reply.pointee.commits = view.commits
            reply.pointee.has_resident_accounts = 1
            reply.pointee.resident_accounts = view.residentAccounts
            reply.pointee.has_bundle = 1
            reply.pointee.bundle = view.bundle
            reply.pointee.n_copies = view.copies.count
            reply.pointee.copies = try pack.messages(
                Dunlin__V1__CopyStanding.self, view.copies
            ) { standing, copy throws(WireError) in
                try pack.fill(standing, copy)
            }
        }
    }

    package static func view(packed bytes: [UInt8]) throws(WireError) -> MemberView {
        try ProtoCodec.unpack(Dunlin__V1__MemberReply.self, bytes) { reply throws(WireError) in
            MemberView(
                node: try Unpacking.text(
                    reply.pointee.node, "node", bytesMax: NodeID.bytesMax),
                incarnation: reply.pointee.incarnation,
                leaseLeftMs: reply.pointee.lease_left_ms,
                transitions: reply.pointee.transitions, commits: reply.pointee.commits,
                residentAccounts: reply.pointee.resident_accounts,
                copies: try Unpacking.messages(
                    reply.pointee.n_copies, reply.pointee.copies, "copies",
                    countMax: ReplicaCalls.entriesMax, Unpacking.copy),
                bundle: reply.pointee.bundle)
        }
    }
}

extension Packing {
    fileprivate func fill(
        _ standing: UnsafeMutablePointer<Dunlin__V1__CopyStanding>, _ copy: CopyView
    ) throws(WireError) {
        standing.pointee.has_shard = 1
        standing.pointee.shard = copy.shard
        standing.pointee.has_epoch = 1
        standing.pointee.epoch = copy.epoch
        standing.pointee.state = try self.text(copy.state)
        standing.pointee.has_head_op = 1
        standing.pointee.head_op = copy.headOp
        standing.pointee.has_committed_op = 1
        standing.pointee.committed_op = copy.committedOp
        standing.pointee.has_folded_op = 1
        standing.pointee.folded_op = copy.foldedOp
        standing.pointee.n_peers = copy.peers.count
        standing.pointee.peers = try self.messages(
            Dunlin__V1__PeerStanding.self, copy.peers
        ) { message, peer throws(WireError) in
            message.pointee.node = try self.text(peer.node)
            message.pointee.has_acked_op = 1
            message.pointee.acked_op = peer.ackedOp
            message.pointee.has_is_in_sync = 1
            message.pointee.is_in_sync = peer.isInSync ? 1 : 0
        }
    }
}

extension Unpacking {
    fileprivate static func copy(
        _ standing: UnsafePointer<Dunlin__V1__CopyStanding>
    ) throws(WireError) -> CopyView {
        CopyView(
            shard: standing.pointee.shard, epoch: standing.pointee.epoch,
            state: try Self.text(standing.pointee.state, "state", bytesMax: 64),
            headOp: standing.pointee.head_op, committedOp: standing.pointee.committed_op,
            foldedOp: standing.pointee.folded_op,
            peers: try Self.messages(
                standing.pointee.n_peers, standing.pointee.peers, "peers", countMax: 16
            ) { peer throws(WireError) in
                CopyView.Peer(
                    node: try Self.text(peer.pointee.node, "node", bytesMax: NodeID.bytesMax),
                    ackedOp: peer.pointee.acked_op, isInSync: peer.pointee.is_in_sync != 0)
            })
    }
}
