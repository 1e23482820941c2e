import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/register``.
package enum RegisterCall {
    package static func request(_ registration: NodeRegistration) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__RegisterRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.node = try pack.text(registration.id.name)
            request.pointee.address = try pack.textOrNil(registration.address)
            request.pointee.zone = try pack.textOrNil(registration.zone)
            request.pointee.has_disk_id = 1
            request.pointee.disk_id = registration.diskID
            request.pointee.has_incarnation = 1
            request.pointee.incarnation = registration.incarnation
            request.pointee.has_start_counter = 1
            request.pointee.start_counter = registration.startCounter
            request.pointee.has_nonce = 1
            request.pointee.nonce = registration.nonce
            request.pointee.has_is_suspect = 1
            request.pointee.is_suspect = registration.isSuspect ? 1 : 0
            request.pointee.has_level_min = 1
            request.pointee.level_min = registration.levelMin
            request.pointee.has_level_max = 1
            request.pointee.level_max = registration.levelMax
            request.pointee.n_crashed = registration.crashed.count
            request.pointee.crashed = try pack.messages(
                Dunlin__V1__CrashedTakeUp.self, registration.crashed
            ) { packed, crash in
                packed.pointee.has_shard = 1
                packed.pointee.shard = crash.shard
                packed.pointee.has_epoch = 1
                packed.pointee.epoch = crash.epoch
            }
        }
    }

    package static func registration(packed bytes: [UInt8]) throws(WireError) -> NodeRegistration {
        try ProtoCodec.unpack(
            Dunlin__V1__RegisterRequest.self, bytes
        ) { request throws(WireError) in
            NodeRegistration(
                id: try Unpacking.node(request.pointee.node, "node"),
                address: try Unpacking.text(
                    request.pointee.address, "address",
                    bytesMax: CoordinatorCalls.addressBytesMax),
                zone: try Unpacking.text(
                    request.pointee.zone, "zone", bytesMax: CoordinatorCalls.addressBytesMax),
                diskID: request.pointee.disk_id, incarnation: request.pointee.incarnation,
                startCounter: request.pointee.start_counter, nonce: request.pointee.nonce,
                isSuspect: request.pointee.is_suspect != 0,
                levelMin: request.pointee.level_min, levelMax: request.pointee.level_max,
                crashed: try Unpacking.messages(
                    request.pointee.n_crashed, request.pointee.crashed, "crashed",
                    countMax: CoordinatorCalls.shardsMax
                ) { (packed: UnsafePointer<Dunlin__V1__CrashedTakeUp>) throws(WireError) in
                    CrashedTakeUp(shard: packed.pointee.shard, epoch: packed.pointee.epoch)
                })
        }
    }

    package static func reply(_ reply: RegistrationReply) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__RegisterReply.self) { pack, packed throws(WireError) in
            packed.pointee.has_incarnation = 1
            packed.pointee.incarnation = reply.incarnation
            packed.pointee.has_start_counter = 1
            packed.pointee.start_counter = reply.startCounter
            packed.pointee.n_epoch_floors = reply.epochFloors.count
            packed.pointee.epoch_floors = pack.numbers(reply.epochFloors)
            packed.pointee.mapping = try pack.map(reply.map)
            packed.pointee.lease = pack.lease(reply.lease)
        }
    }

    package static func reply(packed bytes: [UInt8]) throws(WireError) -> RegistrationReply {
        try ProtoCodec.unpack(Dunlin__V1__RegisterReply.self, bytes) { packed throws(WireError) in
            let map = try Unpacking.map(Unpacking.required(packed.pointee.mapping, "mapping"))
            let floors = try Unpacking.numbers(
                packed.pointee.n_epoch_floors, packed.pointee.epoch_floors, "epoch_floors",
                countMax: CoordinatorCalls.shardsMax)
            guard floors.count == map.shards.count else {
                throw WireError(.badValue, "epoch_floors are not shard_count")
            }
            return RegistrationReply(
                incarnation: packed.pointee.incarnation,
                startCounter: packed.pointee.start_counter, epochFloors: floors, map: map,
                lease: try Unpacking.lease(packed.pointee.lease))
        }
    }
}
