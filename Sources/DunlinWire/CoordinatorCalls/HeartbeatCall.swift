import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/heartbeat``.
package enum HeartbeatCall {
    package static func request(_ heartbeat: Heartbeat) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__HeartbeatRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.member = try pack.member(heartbeat.member)
            request.pointee.has_start_counter = 1
            request.pointee.start_counter = heartbeat.startCounter
            request.pointee.has_map_revision = 1
            request.pointee.map_revision = heartbeat.mapRevision
            request.pointee.has_wants_drain = 1
            request.pointee.wants_drain = heartbeat.wantsDrain ? 1 : 0
            request.pointee.n_broken_shards = heartbeat.brokenShards.count
            request.pointee.broken_shards = pack.numbers(heartbeat.brokenShards)
            request.pointee.n_shards = heartbeat.load.shards.count
            request.pointee.shards = try pack.messages(
                Dunlin__V1__ShardForecast.self, heartbeat.load.shards
            ) { packed, load throws(WireError) in
                packed.pointee.has_shard = 1
                packed.pointee.shard = load.shard
                packed.pointee.has_due_next_hour = 1
                packed.pointee.due_next_hour = load.dueNextHour
                packed.pointee.has_accounts = 1
                packed.pointee.accounts = load.accounts
                packed.pointee.has_committed_op = 1
                packed.pointee.committed_op = load.committedOp
            }
            request.pointee.has_disk_free_bytes = 1
            request.pointee.disk_free_bytes = heartbeat.load.diskFreeBytes
            request.pointee.has_resident_accounts = 1
            request.pointee.resident_accounts = heartbeat.load.residentAccounts
            request.pointee.has_bundle = 1
            request.pointee.bundle = heartbeat.bundle
            if let wallMs = heartbeat.wallMs {
                request.pointee.has_wall_ms = 1
                request.pointee.wall_ms = wallMs
            }
            request.pointee.n_rates = heartbeat.rateDemands.count
            request.pointee.rates = try pack.messages(
                Dunlin__V1__RateWish.self, heartbeat.rateDemands
            ) { packed, demand throws(WireError) in
                packed.pointee.tenant = try pack.text(demand.tenant)
                packed.pointee.account = try pack.text(demand.account)
                packed.pointee.has_limit_per_second = 1
                packed.pointee.limit_per_second = demand.limitPerSecond
                packed.pointee.has_wanted_per_second = 1
                packed.pointee.wanted_per_second = demand.wantedPerSecond
            }
        }
    }

    package static func heartbeat(packed bytes: [UInt8]) throws(WireError) -> Heartbeat {
        try ProtoCodec.unpack(
            Dunlin__V1__HeartbeatRequest.self, bytes
        ) { request throws(WireError) in
            let shards = try Unpacking.messages(
                request.pointee.n_shards, request.pointee.shards, "shards",
                countMax: CoordinatorCalls.shardsMax
            ) { (packed: UnsafePointer<Dunlin__V1__ShardForecast>) throws(WireError) in
                ShardLoad(
                    shard: packed.pointee.shard, dueNextHour: packed.pointee.due_next_hour,
                    accounts: packed.pointee.accounts, committedOp: packed.pointee.committed_op)
            }
            let rates = try Unpacking.messages(
                request.pointee.n_rates, request.pointee.rates, "rates",
                countMax: CoordinatorCalls.ratesMax
            ) { (packed: UnsafePointer<Dunlin__V1__RateWish>) throws(WireError) in
                RateDemand(
                    tenant: try Unpacking.id(packed.pointee.tenant, "tenant"),
                    account: try Unpacking.id(packed.pointee.account, "account"),
                    limitPerSecond: packed.pointee.limit_per_second,
                    wantedPerSecond: packed.pointee.wanted_per_second)
            }
            return Heartbeat(
                member: try Unpacking.member(request.pointee.member, "member"),
                startCounter: request.pointee.start_counter,
                mapRevision: request.pointee.map_revision,
                wantsDrain: request.pointee.wants_drain != 0,
                brokenShards: try Unpacking.numbers(
                    request.pointee.n_broken_shards, request.pointee.broken_shards,
                    "broken_shards", countMax: CoordinatorCalls.shardsMax),
                load: NodeLoad(
                    shards: shards, diskFreeBytes: request.pointee.disk_free_bytes,
                    residentAccounts: request.pointee.resident_accounts),
                rateDemands: rates, bundle: request.pointee.bundle,
                wallMs: request.pointee.has_wall_ms != 0 ? request.pointee.wall_ms : nil)
        }
    }

    package static func reply(_ reply: HeartbeatReply) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__HeartbeatReply.self) { pack, packed throws(WireError) in
            if let map = reply.map { packed.pointee.mapping = try pack.map(map) }
            packed.pointee.lease = pack.lease(reply.lease)
            if let agreedMs = reply.agreedMs {
                packed.pointee.has_agreed_ms = 1
                packed.pointee.agreed_ms = agreedMs
            }
            packed.pointee.n_rates = reply.rateShares.count
            packed.pointee.rates = try pack.messages(
                Dunlin__V1__RatePart.self, reply.rateShares
            ) { packed, share throws(WireError) in
                packed.pointee.tenant = try pack.text(share.tenant)
                packed.pointee.account = try pack.text(share.account)
                packed.pointee.has_per_second = 1
                packed.pointee.per_second = share.perSecond
            }
        }
    }

    package static func reply(packed bytes: [UInt8]) throws(WireError) -> HeartbeatReply {
        try ProtoCodec.unpack(
            Dunlin__V1__HeartbeatReply.self, bytes
        ) { packed throws(WireError) in
            HeartbeatReply(
                map: try Unpacking.mapOrNil(packed.pointee.mapping),
                lease: try Unpacking.lease(packed.pointee.lease),
                rateShares: try Unpacking.messages(
                    packed.pointee.n_rates, packed.pointee.rates, "rates",
                    countMax: CoordinatorCalls.ratesMax
                ) { (part: UnsafePointer<Dunlin__V1__RatePart>) throws(WireError) in
                    RateShare(
                        tenant: try Unpacking.id(part.pointee.tenant, "tenant"),
                        account: try Unpacking.id(part.pointee.account, "account"),
                        perSecond: part.pointee.per_second)
                }, agreedMs: packed.pointee.has_agreed_ms != 0 ? packed.pointee.agreed_ms : nil)
        }
    }
}
