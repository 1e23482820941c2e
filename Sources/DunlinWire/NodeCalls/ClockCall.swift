import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/clock`` and ``NodeCalls/advanceClock``.
package enum ClockCall {
    package static func request() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClockRequest.self) { _, _ in }
    }

    package static func checkRequest(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__ClockRequest.self, bytes) { _ in }
    }

    package static func advanceRequest(to instant: Timestamp) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__AdvanceClockRequest.self) { _, request in
            request.pointee.has_to_ms = 1
            request.pointee.to_ms = instant.ms
        }
    }

    package static func instant(packed bytes: [UInt8]) throws(WireError) -> Timestamp {
        try ProtoCodec.unpack(
            Dunlin__V1__AdvanceClockRequest.self, bytes
        ) { request throws(WireError) in
            guard request.pointee.has_to_ms != 0 else {
                throw WireError(.missingValue, "to_ms is not set")
            }
            return Timestamp(ms: request.pointee.to_ms)
        }
    }

    package static func reply(_ view: ClockView) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClockReply.self) { pack, reply throws(WireError) in
            reply.pointee.has_now_ms = 1
            reply.pointee.now_ms = view.now.ms
            reply.pointee.kind = try pack.text(view.kind)
        }
    }

    package static func view(packed bytes: [UInt8]) throws(WireError) -> ClockView {
        try ProtoCodec.unpack(Dunlin__V1__ClockReply.self, bytes) { reply throws(WireError) in
            ClockView(
                now: Timestamp(ms: reply.pointee.now_ms),
                kind: try Unpacking.text(reply.pointee.kind, "kind", bytesMax: 64))
        }
    }
}
