import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/timeline``.
package enum TimelineCall {
    package static func request(_ key: EntityKey, limit: Int) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__TimelineRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.entity = try pack.entity(key)
            request.pointee.has_limit = 1
            request.pointee.limit = UInt32(clamping: limit)
        }
    }

    package static func request(
        packed bytes: [UInt8]
    ) throws(WireError) -> (key: EntityKey, limit: Int) {
        try ProtoCodec.unpack(
            Dunlin__V1__TimelineRequest.self, bytes
        ) { request throws(WireError) in
            let limit = Int(request.pointee.limit)
            guard (1...NodeCalls.timelineRecordsMax).contains(limit) else {
                throw WireError(
                    .badValue, "limit is not within 1 to \(NodeCalls.timelineRecordsMax)")
            }
            return (try Unpacking.entity(request.pointee.entity), limit)
        }
    }

    /// At least one item. `key`: Whose timeline it is.
    package static func items(
        _ timeline: Timeline, of key: EntityKey
    ) throws(WireError) -> [[UInt8]] {
        var items: [[UInt8]] = []
        var batch: [UInt8] = []
        var positions: [RecordPosition] = []
        func flush() throws(WireError) {
            let startsAfter = items.isEmpty ? timeline.startsAfter : nil
            items.append(try Self.item(batch, positions, startsAfter))
            batch = []
            positions = []
        }
        for entry in timeline.entries {
            var record: [UInt8] = []
            JournalRecord.append(entry.record, of: key, previous: .none, to: &record)
            guard record.count <= NodeCalls.batchBytesMax else {
                throw WireError(
                    .messageTooLarge, "a record over \(NodeCalls.batchBytesMax) bytes")
            }
            if !positions.isEmpty, batch.count + record.count > NodeCalls.itemBytesAim {
                try flush()
            }
            batch += record
            positions.append(entry.position)
        }
        if items.isEmpty || !positions.isEmpty { try flush() }
        return items
    }

    /// Adds what an item holds to a timeline; `nil` stands for none so far.
    package static func add(
        item bytes: [UInt8], to timeline: inout Timeline?
    ) throws(WireError) {
        let (batch, positions, startsAfter) = try ProtoCodec.unpack(
            Dunlin__V1__TimelineItem.self, bytes
        ) { item throws(WireError) -> ([UInt8], [RecordPosition], RecordPosition?) in
            (
                try Unpacking.bytes(
                    item.pointee.batch, "batch", bytesMax: NodeCalls.batchBytesMax),
                try Unpacking.messages(
                    item.pointee.n_positions, item.pointee.positions, "positions",
                    countMax: NodeCalls.timelineRecordsMax
                ) { RecordPosition(op: $0.pointee.op, index: $0.pointee.index) },
                item.pointee.starts_after.map { Unpacking.position($0) }
            )
        }
        var sum = timeline ?? Timeline(entries: [])
        if let startsAfter { sum.startsAfter = startsAfter }
        sum.entries += try Self.entries(batch, positions)
        guard sum.entries.count <= NodeCalls.timelineRecordsMax else {
            throw WireError(
                .badValue, "over \(NodeCalls.timelineRecordsMax) records in a timeline")
        }
        timeline = sum
    }

    private static func item(
        _ batch: [UInt8], _ positions: [RecordPosition], _ startsAfter: RecordPosition?
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__TimelineItem.self) { pack, item throws(WireError) in
            item.pointee.has_batch = 1
            item.pointee.batch = pack.bytes(batch)
            item.pointee.n_positions = positions.count
            item.pointee.positions = try pack.messages(
                Dunlin__V1__JournalPosition.self, positions
            ) { packed, position in
                packed.pointee.has_op = 1
                packed.pointee.op = position.op
                packed.pointee.has_index = 1
                packed.pointee.index = position.index
            }
            if let startsAfter { item.pointee.starts_after = pack.position(startsAfter) }
        }
    }

    private static func entries(
        _ batch: [UInt8], _ positions: [RecordPosition]
    ) throws(WireError) -> [TimelineEntry] {
        var entries: [TimelineEntry] = []
        var reader = BatchReader(batch)
        do throws(RecordError) {
            while let record = try reader.next() {
                guard entries.count < positions.count,
                    case .account(let recorded) = record.content
                else { throw RecordError(.malformed) }
                entries.append(TimelineEntry(position: positions[entries.count], record: recorded))
            }
        } catch {
            throw WireError(.malformedMessage, "batch: \(error.description)")
        }
        guard entries.count == positions.count else {
            throw WireError(.malformedMessage, "positions without records")
        }
        return entries
    }
}
