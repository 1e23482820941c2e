import CDunlinProto
package import DunlinCluster

/// The messages of ``CoordinatorCalls/map``.
package enum ClusterMapCall {
    package static func request(since revision: UInt64) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClusterMapRequest.self) { _, request in
            request.pointee.has_since_revision = 1
            request.pointee.since_revision = revision
        }
    }

    package static func revision(packed bytes: [UInt8]) throws(WireError) -> UInt64 {
        try ProtoCodec.unpack(Dunlin__V1__ClusterMapRequest.self, bytes) { request in
            request.pointee.since_revision
        }
    }

    package static func reply(_ map: ClusterMap?) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ClusterMapReply.self) { pack, reply throws(WireError) in
            if let map { reply.pointee.mapping = try pack.map(map) }
        }
    }

    package static func map(packed bytes: [UInt8]) throws(WireError) -> ClusterMap? {
        try ProtoCodec.unpack(
            Dunlin__V1__ClusterMapReply.self, bytes
        ) { reply throws(WireError) in
            try Unpacking.mapOrNil(reply.pointee.mapping)
        }
    }
}
