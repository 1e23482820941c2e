import CDunlinProto

/// The calls that every peer answers by itself: health, the list of APIs, echo.
package enum StandardCalls {
    /// How a peer does. Raw values are on the wire.
    package enum Health: UInt32, Sendable {
        case serving = 1
        case notServing = 2
        case draining = 3
    }

    package static let echoBytesMax = 65_536

    /// Answers `nil` for a call that is not of ``Api/standard``.
    package static func answer(
        _ call: InboundCall, health: Health, serving apis: [Api]
    ) -> Result<[UInt8], CallError>? {
        do throws(WireError) {
            switch call.api.key {
            case Api.health.key: return .success(try Self.healthReply(call.body, health))
            case Api.apis.key: return .success(try Self.apisReply(call.body, apis))
            case Api.echo.key: return .success(try Self.echoReply(call.body))
            default: return nil
            }
        } catch {
            return .failure(CallError(request: error))
        }
    }

    package static func healthRequest() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__HealthRequest.self) { _, _ in }
    }

    package static func health(packed bytes: [UInt8]) throws(WireError) -> Health {
        try ProtoCodec.unpack(
            Dunlin__V1__HealthReply.self, bytes
        ) { reply throws(WireError) in
            try Unpacking.kind(reply.pointee.state, "state", Health.self)
        }
    }

    package static func apisRequest() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ApisRequest.self) { _, _ in }
    }

    /// The names of what a peer serves, by key, for people.
    package static func apis(packed bytes: [UInt8]) throws(WireError) -> [Api] {
        try ProtoCodec.unpack(Dunlin__V1__ApisReply.self, bytes) { reply throws(WireError) in
            try Unpacking.messages(
                reply.pointee.n_apis, reply.pointee.apis, "apis", countMax: WireLimits.apisMax
            ) { api throws(WireError) in
                guard let key = UInt16(exactly: api.pointee.api_key),
                    let low = UInt16(exactly: api.pointee.version_min),
                    let high = UInt16(exactly: api.pointee.version_max), low <= high
                else { throw WireError(.badValue, "an API's key or versions are out of range") }
                return Api(
                    key: key,
                    name: try Unpacking.text(api.pointee.name, "name", bytesMax: 64),
                    versions: low...high,
                    shape: try Unpacking.kind(api.pointee.shape, "shape", Api.Shape.self),
                    request: try Unpacking.text(api.pointee.request, "request", bytesMax: 128),
                    reply: try Unpacking.text(api.pointee.reply, "reply", bytesMax: 128))
            }
        }
    }

    package static func echo(_ payload: [UInt8]) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__Echo.self) { pack, echo in
            echo.pointee.has_payload = 1
            echo.pointee.payload = pack.bytes(payload)
        }
    }

    package static func echoed(packed bytes: [UInt8]) throws(WireError) -> [UInt8] {
        try ProtoCodec.unpack(Dunlin__V1__Echo.self, bytes) { echo throws(WireError) in
            try Unpacking.bytes(echo.pointee.payload, "payload", bytesMax: Self.echoBytesMax)
        }
    }

    private static func healthReply(
        _ body: [UInt8], _ health: Health
    ) throws(WireError) -> [UInt8] {
        try ProtoCodec.unpack(Dunlin__V1__HealthRequest.self, body) { _ in }
        return try ProtoCodec.pack(Dunlin__V1__HealthReply.self) { _, reply in
            reply.pointee.has_state = 1
            reply.pointee.state = health.rawValue
        }
    }

    private static func apisReply(_ body: [UInt8], _ apis: [Api]) throws(WireError) -> [UInt8] {
        try ProtoCodec.unpack(Dunlin__V1__ApisRequest.self, body) { _ in }
        let sorted = apis.sorted { $0.key < $1.key }
        return try ProtoCodec.pack(
            Dunlin__V1__ApisReply.self
        ) { pack, reply throws(WireError) in
            reply.pointee.n_apis = sorted.count
            reply.pointee.apis = try pack.messages(
                Dunlin__V1__ApiDescription.self, sorted
            ) { description, api throws(WireError) in
                description.pointee.has_api_key = 1
                description.pointee.api_key = UInt32(api.key)
                description.pointee.name = try pack.text(api.name)
                description.pointee.has_version_min = 1
                description.pointee.version_min = UInt32(api.versions.lowerBound)
                description.pointee.has_version_max = 1
                description.pointee.version_max = UInt32(api.versions.upperBound)
                description.pointee.has_shape = 1
                description.pointee.shape = api.shape.rawValue
                description.pointee.request = try pack.text("dunlin.v1.\(api.request)")
                description.pointee.reply = try pack.text("dunlin.v1.\(api.reply)")
            }
        }
    }

    /// The reply is the request, checked.
    private static func echoReply(_ body: [UInt8]) throws(WireError) -> [UInt8] {
        _ = try Self.echoed(packed: body)
        return body
    }
}
