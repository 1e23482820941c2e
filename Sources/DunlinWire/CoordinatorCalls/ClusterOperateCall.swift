import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/operate``.
package enum ClusterOperateCall {
    private enum Kind: UInt32 {
        case drain = 1
        case undrain = 2
        case move = 3
        case revive = 4
        case release = 5
        case remove = 6
        case finalize = 7
        case setCopies = 8
        case useBundle = 9
        case confirmRestore = 10
    }

    package static func request(_ operation: ClusterOperation) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__ClusterOperateRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.has_kind = 1
            switch operation {
            case .drain(let node):
                request.pointee.kind = Kind.drain.rawValue
                request.pointee.node = try pack.text(node.name)
            case .undrain(let node):
                request.pointee.kind = Kind.undrain.rawValue
                request.pointee.node = try pack.text(node.name)
            case .move(let shard, let node):
                request.pointee.kind = Kind.move.rawValue
                request.pointee.node = try pack.text(node.name)
                Self.set(shard, request)
            case .revive(let shard, let node):
                request.pointee.kind = Kind.revive.rawValue
                request.pointee.node = try pack.textOrNil(node?.name ?? "")
                Self.set(shard, request)
            case .release(let shard):
                request.pointee.kind = Kind.release.rawValue
                Self.set(shard, request)
            case .remove(let node, let acceptLoss):
                request.pointee.kind = Kind.remove.rawValue
                request.pointee.node = try pack.text(node.name)
                request.pointee.has_accept_loss = 1
                request.pointee.accept_loss = acceptLoss ? 1 : 0
            case .finalize(let level):
                request.pointee.kind = Kind.finalize.rawValue
                request.pointee.has_level = 1
                request.pointee.level = level
            case .setCopies(let backups, let minInSync):
                request.pointee.kind = Kind.setCopies.rawValue
                request.pointee.has_backups = 1
                request.pointee.backups = backups
                request.pointee.has_min_in_sync = 1
                request.pointee.min_in_sync = minInSync
            case .useBundle(let bundle, let former):
                request.pointee.kind = Kind.useBundle.rawValue
                request.pointee.has_bundle = 1
                request.pointee.bundle = bundle
                request.pointee.has_former_bundle = 1
                request.pointee.former_bundle = former
            case .confirmRestore: request.pointee.kind = Kind.confirmRestore.rawValue
            }
        }
    }

    package static func operation(packed bytes: [UInt8]) throws(WireError) -> ClusterOperation {
        try ProtoCodec.unpack(
            Dunlin__V1__ClusterOperateRequest.self, bytes
        ) { request throws(WireError) in
            let node = try Unpacking.nodeOrNil(request.pointee.node, "node")
            switch try Unpacking.kind(request.pointee.kind, "kind", Kind.self) {
            case .drain: return .drain(try Self.named(node))
            case .undrain: return .undrain(try Self.named(node))
            case .move: return .move(shard: try Self.shard(request), to: try Self.named(node))
            case .revive: return .revive(shard: try Self.shard(request), on: node)
            case .release: return .release(shard: try Self.shard(request))
            case .remove:
                return .remove(
                    try Self.named(node), acceptLoss: request.pointee.accept_loss != 0)
            case .finalize: return .finalize(level: request.pointee.level)
            case .setCopies:
                return .setCopies(
                    backups: request.pointee.backups, minInSync: request.pointee.min_in_sync)
            case .useBundle:
                return .useBundle(
                    request.pointee.bundle, former: request.pointee.former_bundle)
            case .confirmRestore: return .confirmRestore
            }
        }
    }

    package static func reply() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClusterOperateReply.self) { _, _ in }
    }

    package static func checkReply(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__ClusterOperateReply.self, bytes) { _ in }
    }

    private static func set(
        _ shard: UInt32, _ request: UnsafeMutablePointer<Dunlin__V1__ClusterOperateRequest>
    ) {
        request.pointee.has_shard = 1
        request.pointee.shard = shard
    }

    private static func named(_ node: NodeID?) throws(WireError) -> NodeID {
        guard let node else { throw WireError(.missingValue, "node is empty") }
        return node
    }

    private static func shard(
        _ request: UnsafePointer<Dunlin__V1__ClusterOperateRequest>
    ) throws(WireError) -> UInt32 {
        guard request.pointee.has_shard != 0 else {
            throw WireError(.missingValue, "shard is not set")
        }
        return request.pointee.shard
    }
}
