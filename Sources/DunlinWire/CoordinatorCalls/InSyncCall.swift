import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/changeInSync`` and ``CoordinatorCalls/handOver``.
package enum InSyncCall {
    package static func request(_ change: InSyncChange) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__InSyncChangeRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.has_shard = 1
            request.pointee.shard = change.shard
            request.pointee.has_version = 1
            request.pointee.version = change.version
            request.pointee.has_epoch = 1
            request.pointee.epoch = change.epoch
            request.pointee.primary = try pack.member(change.primary)
            request.pointee.n_in_sync = change.inSync.count
            request.pointee.in_sync = try pack.members(change.inSync)
        }
    }

    package static func change(packed bytes: [UInt8]) throws(WireError) -> InSyncChange {
        try ProtoCodec.unpack(
            Dunlin__V1__InSyncChangeRequest.self, bytes
        ) { request throws(WireError) in
            InSyncChange(
                shard: request.pointee.shard, version: request.pointee.version,
                epoch: request.pointee.epoch,
                primary: try Unpacking.member(request.pointee.primary, "primary"),
                inSync: try Unpacking.members(
                    request.pointee.n_in_sync, request.pointee.in_sync, "in_sync"))
        }
    }

    package static func request(_ handOver: HandOver) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__HandOverRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.has_shard = 1
            request.pointee.shard = handOver.shard
            request.pointee.has_version = 1
            request.pointee.version = handOver.version
            request.pointee.has_epoch = 1
            request.pointee.epoch = handOver.epoch
            request.pointee.primary = try pack.member(handOver.primary)
            request.pointee.to = try pack.member(handOver.to)
        }
    }

    package static func handOver(packed bytes: [UInt8]) throws(WireError) -> HandOver {
        try ProtoCodec.unpack(
            Dunlin__V1__HandOverRequest.self, bytes
        ) { request throws(WireError) in
            HandOver(
                shard: request.pointee.shard, version: request.pointee.version,
                epoch: request.pointee.epoch,
                primary: try Unpacking.member(request.pointee.primary, "primary"),
                to: try Unpacking.member(request.pointee.to, "to"))
        }
    }

    package static func reply(_ shard: ShardConfiguration) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ShardHolding.self) { pack, packed throws(WireError) in
            try pack.fill(packed, shard)
        }
    }

    package static func shard(packed bytes: [UInt8]) throws(WireError) -> ShardConfiguration {
        try ProtoCodec.unpack(Dunlin__V1__ShardHolding.self, bytes, Unpacking.shard)
    }
}
