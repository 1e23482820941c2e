import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/reconcile``.
package enum ReconcileCall {
    package static func request(tenant: String) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ReconcileRequest.self) { pack, request throws(WireError) in
            request.pointee.tenant = try pack.text(tenant)
        }
    }

    package static func tenant(packed bytes: [UInt8]) throws(WireError) -> String {
        try ProtoCodec.unpack(
            Dunlin__V1__ReconcileRequest.self, bytes
        ) { request throws(WireError) in
            try Unpacking.name(
                request.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax)
        }
    }

    package static func reply(_ found: Reconciled) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ReconcileReply.self) { _, reply in
            reply.pointee.has_listed = 1
            reply.pointee.listed = found.listed
            reply.pointee.has_news = 1
            reply.pointee.news = found.news
            reply.pointee.has_refused = 1
            reply.pointee.refused = found.refused
            reply.pointee.has_in_doubt = 1
            reply.pointee.in_doubt = found.inDoubt
        }
    }

    package static func reply(packed bytes: [UInt8]) throws(WireError) -> Reconciled {
        try ProtoCodec.unpack(Dunlin__V1__ReconcileReply.self, bytes) { reply in
            Reconciled(
                listed: reply.pointee.listed, news: reply.pointee.news,
                refused: reply.pointee.refused, inDoubt: reply.pointee.in_doubt)
        }
    }
}
