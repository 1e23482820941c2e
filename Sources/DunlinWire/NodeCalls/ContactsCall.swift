import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/contacts``.
package enum ContactsCall {
    package static func request(_ key: EntityKey) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__ContactsRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.entity = try pack.entity(key)
        }
    }

    package static func key(packed bytes: [UInt8]) throws(WireError) -> EntityKey {
        try ProtoCodec.unpack(
            Dunlin__V1__ContactsRequest.self, bytes
        ) { request throws(WireError) in
            try Unpacking.entity(request.pointee.entity)
        }
    }

    /// `contacts`: `nil` for an account that was never heard of.
    package static func reply(_ contacts: [PersonalContact]?) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ContactsReply.self) { pack, reply throws(WireError) in
            guard let contacts else { return }
            reply.pointee.has_is_known = 1
            reply.pointee.is_known = 1
            reply.pointee.n_contacts = contacts.count
            reply.pointee.contacts = try pack.contacts(contacts)
        }
    }

    package static func contacts(packed bytes: [UInt8]) throws(WireError) -> [PersonalContact]? {
        try ProtoCodec.unpack(Dunlin__V1__ContactsReply.self, bytes) { reply throws(WireError) in
            guard reply.pointee.is_known != 0 else { return nil }
            return try Unpacking.contacts(reply.pointee.n_contacts, reply.pointee.contacts)
        }
    }
}
