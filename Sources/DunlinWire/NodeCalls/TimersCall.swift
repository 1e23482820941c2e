import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/timers``.
package enum TimersCall {
    package static func request(sliceMs: Int64) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__TimersRequest.self) { _, request in
            request.pointee.has_slice_ms = 1
            request.pointee.slice_ms = sliceMs
        }
    }

    package static func sliceMs(packed bytes: [UInt8]) throws(WireError) -> Int64 {
        try ProtoCodec.unpack(Dunlin__V1__TimersRequest.self, bytes) { request throws(WireError) in
            try Unpacking.count(request.pointee.slice_ms, "slice_ms")
        }
    }

    /// Refused when there are more than ``NodeCalls/slicesMax`` slices: the caller wants wider ones.
    package static func reply(_ view: TimersView) throws(WireError) -> [UInt8] {
        guard view.slices.count <= NodeCalls.slicesMax else {
            throw WireError(.badValue, "slice_ms gives over \(NodeCalls.slicesMax) slices")
        }
        return try ProtoCodec.pack(
            Dunlin__V1__TimersReply.self
        ) { pack, reply throws(WireError) in
            reply.pointee.has_count = 1
            reply.pointee.count = view.count
            reply.pointee.has_next_due_at_ms = 1
            reply.pointee.next_due_at_ms = view.nextDueAt.ms
            reply.pointee.has_overdue = 1
            reply.pointee.overdue = view.overdue
            reply.pointee.n_slices = view.slices.count
            reply.pointee.slices = try pack.messages(
                Dunlin__V1__TimerSlice.self, view.slices
            ) { message, slice in
                message.pointee.has_from_ms = 1
                message.pointee.from_ms = slice.from.ms
                message.pointee.has_until_ms = 1
                message.pointee.until_ms = slice.until.ms
                message.pointee.has_count = 1
                message.pointee.count = slice.count
            }
        }
    }

    package static func view(packed bytes: [UInt8]) throws(WireError) -> TimersView {
        try ProtoCodec.unpack(Dunlin__V1__TimersReply.self, bytes) { reply throws(WireError) in
            TimersView(
                count: reply.pointee.count,
                nextDueAt: Timestamp(ms: reply.pointee.next_due_at_ms),
                overdue: reply.pointee.overdue,
                slices: try Unpacking.messages(
                    reply.pointee.n_slices, reply.pointee.slices, "slices",
                    countMax: NodeCalls.slicesMax
                ) { slice in
                    TimersView.Slice(
                        from: Timestamp(ms: slice.pointee.from_ms),
                        until: Timestamp(ms: slice.pointee.until_ms),
                        count: slice.pointee.count)
                })
        }
    }
}
