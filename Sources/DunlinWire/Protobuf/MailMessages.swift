import CDunlinProto

// The messages between entities.

extension Dunlin__V1__DeliverRequest: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__deliver_request__init(message)
    }
}

extension Dunlin__V1__DeliverReply: ProtoMessage {
    static func initialize(_ message: UnsafeMutablePointer<Self>) {
        dunlin__v1__deliver_reply__init(message)
    }
}
