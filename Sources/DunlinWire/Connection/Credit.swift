import CDunlinProto

/// Permission to send more: bytes on the connection, or items on a stream.
package enum Credit: Equatable, Sendable {
    case bytes(Int)
    case items(Int, stream: UInt64)

    package init(_ frame: Frame) throws(WireError) {
        let stream = frame.header.stream
        self = try ProtoCodec.unpack(
            Dunlin__V1__Credit.self, frame.body
        ) { credit throws(WireError) in
            if stream == 0 {
                let bytes = Int(credit.pointee.bytes)
                guard (1...WireLimits.windowBytesMax).contains(bytes) else {
                    throw WireError(.badValue, "bytes out of range")
                }
                return .bytes(bytes)
            }
            let items = Int(credit.pointee.items)
            guard (1...WireLimits.itemCreditMax).contains(items) else {
                throw WireError(.badValue, "items out of range")
            }
            return .items(items, stream: stream)
        }
    }

    package func frame() -> Frame {
        var header = FrameHeader(.credit)
        // Numbers only: nothing that packing could refuse.
        let body = try? ProtoCodec.pack(Dunlin__V1__Credit.self) { _, credit in
            switch self {
            case .bytes(let bytes):
                credit.pointee.has_bytes = 1
                credit.pointee.bytes = UInt32(bytes)
            case .items(let items, let stream):
                header.stream = stream
                credit.pointee.has_items = 1
                credit.pointee.items = UInt32(items)
            }
        }
        return Frame(header, body: body ?? [])
    }
}
