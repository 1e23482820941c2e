import CDunlinProto
package import DunlinCluster
import DunlinCore

/// The messages of ``ReplicaCalls/prepare``.
package enum PrepareCall {
    package static func request(
        from sender: NodeID, _ entries: [PrepareEntry]
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__PrepareRequest.self) { pack, request throws(WireError) in
            request.pointee.sender = try pack.text(sender.name)
            request.pointee.n_entries = entries.count
            request.pointee.entries = try pack.messages(
                Dunlin__V1__PrepareEntry.self, entries
            ) { message, entry throws(WireError) in
                message.pointee.has_shard = 1
                message.pointee.shard = entry.shard
                message.pointee.has_epoch = 1
                message.pointee.epoch = entry.epoch
                message.pointee.previous = pack.place(entry.previous)
                message.pointee.has_commit_op = 1
                message.pointee.commit_op = entry.commitOp
                message.pointee.n_batches = entry.batches.count
                message.pointee.batches = try pack.messages(
                    Dunlin__V1__ReplicaBatch.self, entry.batches
                ) { message, batch throws(WireError) in
                    try pack.fill(message, batch)
                }
            }
        }
    }

    package static func entries(
        packed bytes: [UInt8]
    ) throws(WireError) -> (sender: NodeID, entries: [PrepareEntry]) {
        try ProtoCodec.unpack(
            Dunlin__V1__PrepareRequest.self, bytes
        ) { request throws(WireError) in
            let name = try Unpacking.name(
                request.pointee.sender, "sender", bytesMax: NodeID.bytesMax)
            guard let sender = NodeID(name) else {
                throw WireError(.badValue, "sender is no name of a node")
            }
            let entries = try Unpacking.messages(
                request.pointee.n_entries, request.pointee.entries, "entries",
                countMax: ReplicaCalls.entriesMax
            ) { message throws(WireError) in
                PrepareEntry(
                    shard: message.pointee.shard, epoch: message.pointee.epoch,
                    previous: try Unpacking.place(message.pointee.previous),
                    commitOp: message.pointee.commit_op,
                    batches: try Unpacking.messages(
                        message.pointee.n_batches, message.pointee.batches, "batches",
                        countMax: ReplicaCalls.batchesMax, Unpacking.batch))
            }
            return (sender, entries)
        }
    }

    package static func reply(
        incarnation: UInt64, _ results: [PrepareResult]
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__PrepareReply.self) { pack, reply throws(WireError) in
            reply.pointee.has_incarnation = 1
            reply.pointee.incarnation = incarnation
            reply.pointee.n_results = results.count
            reply.pointee.results = try pack.messages(
                Dunlin__V1__PrepareResult.self, results
            ) { message, result throws(WireError) in
                message.pointee.has_shard = 1
                message.pointee.shard = result.shard
                message.pointee.has_outcome = 1
                switch result.outcome {
                case .stored(let op):
                    message.pointee.outcome = 1
                    message.pointee.has_op = 1
                    message.pointee.op = op
                case .stale(let promised):
                    message.pointee.outcome = 2
                    message.pointee.has_promised = 1
                    message.pointee.promised = promised
                case .apart(let recent):
                    message.pointee.outcome = 3
                    message.pointee.n_recent = recent.count
                    message.pointee.recent = try pack.messages(
                        Dunlin__V1__ChainPlace.self, recent
                    ) { message, place throws(WireError) in
                        pack.fill(message, place)
                    }
                case .forked: message.pointee.outcome = 4
                case .notStored: message.pointee.outcome = 5
                }
            }
        }
    }

    package static func results(
        packed bytes: [UInt8]
    ) throws(WireError) -> (incarnation: UInt64, results: [PrepareResult]) {
        try ProtoCodec.unpack(Dunlin__V1__PrepareReply.self, bytes) { reply throws(WireError) in
            let results = try Unpacking.messages(
                reply.pointee.n_results, reply.pointee.results, "results",
                countMax: ReplicaCalls.entriesMax
            ) { message throws(WireError) in
                PrepareResult(
                    shard: message.pointee.shard, outcome: try Unpacking.outcome(message))
            }
            return (reply.pointee.incarnation, results)
        }
    }
}

extension Packing {
    fileprivate func place(_ place: ChainHead) -> UnsafeMutablePointer<Dunlin__V1__ChainPlace> {
        let message = self.make(Dunlin__V1__ChainPlace.self)
        self.fill(message, place)
        return message
    }

    fileprivate func fill(
        _ message: UnsafeMutablePointer<Dunlin__V1__ChainPlace>, _ place: ChainHead
    ) {
        message.pointee.has_op = 1
        message.pointee.op = place.op
        guard place.op > 0 else { return }
        message.pointee.has_epoch = 1
        message.pointee.epoch = place.epoch
        message.pointee.has_hash = 1
        message.pointee.hash = self.bytes(place.hash)
    }

    fileprivate func fill(
        _ message: UnsafeMutablePointer<Dunlin__V1__ReplicaBatch>, _ batch: ReplicaBatch
    ) throws(WireError) {
        message.pointee.has_op = 1
        message.pointee.op = batch.place.op
        message.pointee.has_epoch = 1
        message.pointee.epoch = batch.place.epoch
        message.pointee.has_hash = 1
        message.pointee.hash = self.bytes(batch.place.hash)
        message.pointee.has_records = 1
        message.pointee.records = self.bytes(batch.records)
        message.pointee.n_keys = batch.keys.count
        message.pointee.keys = try self.messages(
            Dunlin__V1__SealedKey.self, batch.keys
        ) { message, key throws(WireError) in
            message.pointee.entity = try self.entity(key.entity)
            message.pointee.has_wrapped = 1
            message.pointee.wrapped = self.bytes(key.wrapped)
        }
        message.pointee.n_forgotten = batch.forgotten.count
        message.pointee.forgotten = try self.messages(
            Dunlin__V1__EntityName.self, batch.forgotten
        ) { name, key throws(WireError) in
            try self.fill(name, key)
        }
    }
}

extension Unpacking {
    fileprivate static func place(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__ChainPlace>?
    ) throws(WireError) -> ChainHead {
        try Self.place(try Self.required(pointer, "place"))
    }

    fileprivate static func place(
        _ place: UnsafePointer<Dunlin__V1__ChainPlace>
    ) throws(WireError) -> ChainHead {
        guard place.pointee.op > 0 else { return .none }
        return ChainHead(
            op: place.pointee.op, epoch: place.pointee.epoch,
            hash: try Self.hash(place.pointee.hash))
    }

    private static func hash(_ content: ProtobufCBinaryData) throws(WireError) -> [UInt8] {
        let hash = try Self.bytes(content, "hash", bytesMax: 32)
        guard hash.count == 32 else { throw WireError(.badValue, "hash has not 32 bytes") }
        return hash
    }

    fileprivate static func batch(
        _ batch: UnsafePointer<Dunlin__V1__ReplicaBatch>
    ) throws(WireError) -> ReplicaBatch {
        ReplicaBatch(
            place: ChainHead(
                op: batch.pointee.op, epoch: batch.pointee.epoch,
                hash: try Self.hash(batch.pointee.hash)),
            records: try Self.bytes(
                batch.pointee.records, "records", bytesMax: ReplicaCalls.recordsBytesMax),
            keys: try Self.messages(
                batch.pointee.n_keys, batch.pointee.keys, "keys", countMax: ReplicaCalls.keysMax
            ) { key throws(WireError) in
                SealedKey(
                    entity: try Self.entity(key.pointee.entity),
                    wrapped: try Self.bytes(
                        key.pointee.wrapped, "wrapped", bytesMax: ReplicaCalls.wrappedBytesMax))
            },
            forgotten: try Self.messages(
                batch.pointee.n_forgotten, batch.pointee.forgotten, "forgotten",
                countMax: ReplicaCalls.keysMax, Unpacking.entity))
    }

    fileprivate static func outcome(
        _ result: UnsafePointer<Dunlin__V1__PrepareResult>
    ) throws(WireError) -> PrepareOutcome {
        switch result.pointee.outcome {
        case 1: return .stored(op: result.pointee.op)
        case 2: return .stale(promised: result.pointee.promised)
        case 3:
            return .apart(
                try Self.messages(
                    result.pointee.n_recent, result.pointee.recent, "recent",
                    countMax: ReplicaCalls.recentMax
                ) { place throws(WireError) in try Self.place(place) })
        case 4: return .forked
        case 5: return .notStored
        default: throw WireError(.badValue, "outcome has no such number")
        }
    }
}
