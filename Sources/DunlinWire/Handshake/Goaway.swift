import CDunlinProto

/// No new call is taken on this connection.
package struct Goaway: Equatable, Sendable {
    /// ``Status/ok`` for an orderly end.
    package var status: Status
    /// For people. At most ``WireLimits/messageBytesMax`` bytes.
    package var message: String
    /// The highest stream of the receiver's that will still be answered; 0 for none.
    package var lastStream: UInt64

    package init(status: Status, message: String, lastStream: UInt64 = 0) {
        self.status = status
        self.message = message
        self.lastStream = lastStream
    }

    package init(packed bytes: [UInt8]) throws(WireError) {
        self = try ProtoCodec.unpack(Dunlin__V1__Goaway.self, bytes) { goaway throws(WireError) in
            Goaway(
                status: Status(wire: UInt16(clamping: goaway.pointee.status)),
                message: try Unpacking.text(
                    goaway.pointee.message, "message", bytesMax: WireLimits.messageBytesMax),
                lastStream: goaway.pointee.last_stream_id)
        }
    }

    package func frame() throws(WireError) -> Frame {
        let body = try ProtoCodec.pack(
            Dunlin__V1__Goaway.self
        ) { pack, goaway throws(WireError) in
            goaway.pointee.has_status = 1
            goaway.pointee.status = UInt32(self.status.rawValue)
            goaway.pointee.message = try pack.text(self.message)
            goaway.pointee.has_last_stream_id = 1
            goaway.pointee.last_stream_id = self.lastStream
        }
        return Frame(FrameHeader(.goaway), body: body)
    }
}
