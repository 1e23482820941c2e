import CDunlinProto

/// The request of ``NodeCalls/backup``; it is answered with a request of ``PrepareCall``.
package enum BackupCall {
    package static func request(shard: UInt32, fromOp: UInt64) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__BackupRequest.self) { _, request in
            request.pointee.has_shard = 1
            request.pointee.shard = shard
            request.pointee.has_from_op = 1
            request.pointee.from_op = fromOp
        }
    }

    package static func request(
        packed bytes: [UInt8]
    ) throws(WireError) -> (shard: UInt32, fromOp: UInt64) {
        try ProtoCodec.unpack(Dunlin__V1__BackupRequest.self, bytes) { request throws(WireError) in
            guard request.pointee.from_op > 0 else {
                throw WireError(.missingValue, "from_op begins at 1")
            }
            return (request.pointee.shard, request.pointee.from_op)
        }
    }
}
