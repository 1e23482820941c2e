import CDunlinProto
import DunlinCluster

/// The messages of ``CoordinatorCalls/keepBundle``.
package enum KeepBundleCall {
    package static func request(
        _ bundle: UInt64, source: [UInt8], use former: UInt64?
    ) throws(WireError) -> [UInt8] {
        guard source.count <= CoordinatorCalls.bundleBytesMax else {
            throw WireError(
                .badValue, "the bundle is over \(CoordinatorCalls.bundleBytesMax) bytes")
        }
        return try ProtoCodec.pack(
            Dunlin__V1__KeepBundleRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.has_bundle = 1
            request.pointee.bundle = bundle
            request.pointee.has_source = 1
            request.pointee.source = pack.bytes(source)
            guard let former else { return }
            request.pointee.has_use = 1
            request.pointee.use = 1
            request.pointee.has_former_bundle = 1
            request.pointee.former_bundle = former
        }
    }

    package static func bundle(
        packed bytes: [UInt8]
    ) throws(WireError) -> (id: UInt64, source: [UInt8], former: UInt64?) {
        try ProtoCodec.unpack(
            Dunlin__V1__KeepBundleRequest.self, bytes
        ) { request throws(WireError) in
            guard request.pointee.bundle != 0 else {
                throw WireError(.missingValue, "bundle is not set")
            }
            return (
                request.pointee.bundle,
                try Unpacking.bytes(
                    request.pointee.source, "source", bytesMax: CoordinatorCalls.bundleBytesMax),
                request.pointee.use != 0 ? request.pointee.former_bundle : nil
            )
        }
    }

    package static func reply() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__KeepBundleReply.self) { _, _ in }
    }

    package static func checkReply(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__KeepBundleReply.self, bytes) { _ in }
    }
}

/// The messages of ``CoordinatorCalls/bundle``.
package enum BundleCall {
    package static func request(_ bundle: UInt64) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__BundleRequest.self) { _, request in
            request.pointee.has_bundle = 1
            request.pointee.bundle = bundle
        }
    }

    package static func id(packed bytes: [UInt8]) throws(WireError) -> UInt64 {
        try ProtoCodec.unpack(Dunlin__V1__BundleRequest.self, bytes) { $0.pointee.bundle }
    }

    package static func reply(_ source: [UInt8]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__BundleReply.self) { pack, reply in
            reply.pointee.has_source = 1
            reply.pointee.source = pack.bytes(source)
        }
    }

    package static func source(packed bytes: [UInt8]) throws(WireError) -> [UInt8] {
        try ProtoCodec.unpack(Dunlin__V1__BundleReply.self, bytes) { reply throws(WireError) in
            try Unpacking.bytes(
                reply.pointee.source, "source", bytesMax: CoordinatorCalls.bundleBytesMax)
        }
    }
}

/// The messages of ``CoordinatorCalls/bundles``.
package enum BundlesCall {
    package static func request() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__BundlesRequest.self) { _, _ in }
    }

    package static func checkRequest(packed bytes: [UInt8]) throws(WireError) {
        try ProtoCodec.unpack(Dunlin__V1__BundlesRequest.self, bytes) { _ in }
    }

    package static func reply(_ bundles: [UInt64]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__BundlesReply.self) { pack, reply in
            reply.pointee.n_bundles = bundles.count
            reply.pointee.bundles = pack.numbers(bundles)
        }
    }

    package static func bundles(packed bytes: [UInt8]) throws(WireError) -> [UInt64] {
        try ProtoCodec.unpack(Dunlin__V1__BundlesReply.self, bytes) { reply throws(WireError) in
            try Unpacking.numbers(
                reply.pointee.n_bundles, reply.pointee.bundles, "bundles",
                countMax: CoordinatorCalls.bundlesMax)
        }
    }
}
