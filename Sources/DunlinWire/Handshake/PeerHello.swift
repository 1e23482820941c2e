import CDunlinProto

/// What a peer says about itself in HELLO and HELLO_ACK.
package struct PeerHello: Equatable, Sendable {
    /// Raw values are on the wire.
    package enum Role: UInt32, Sendable, CaseIterable {
        case client = 1
        case node = 2
        case coordinator = 3
    }

    /// The versions of one API that a peer serves.
    package struct Serving: Equatable, Sendable {
        package var api: UInt16
        package var versions: ClosedRange<UInt16>

        package init(api: UInt16, versions: ClosedRange<UInt16>) {
            self.api = api
            self.versions = versions
        }
    }

    /// 0 for a client.
    package var node: UInt64
    /// Grows with every start of a node; 0 for a client.
    package var incarnation: UInt64
    package var role: Role
    /// Name and version of the program, for people. At most 128 bytes.
    package var software: String
    /// 0 for a client that takes any.
    package var cluster: UInt64
    package var serves: [Serving]
    /// Longest frame that it accepts, in bytes.
    package var frameBytesMax: Int
    /// Bytes of call frames that may be on their way to it without credit.
    package var windowBytes: Int
    /// Calls that it serves at once.
    package var callsMax: Int
    /// Shortest time between two PINGs that it puts up with, in milliseconds.
    package var pingIntervalMinMs: Int64

    package static let softwareBytesMax = 128

    package init(
        node: UInt64 = 0, incarnation: UInt64 = 0, role: Role = .client, software: String,
        cluster: UInt64 = 0, serves: [Serving] = [],
        frameBytesMax: Int = WireLimits.frameBytesDefault,
        windowBytes: Int = WireLimits.windowBytesDefault,
        callsMax: Int = WireLimits.callsDefault,
        pingIntervalMinMs: Int64 = WireLimits.pingIntervalMinMs
    ) {
        self.node = node
        self.incarnation = incarnation
        self.role = role
        self.software = software
        self.cluster = cluster
        self.serves = serves
        self.frameBytesMax = frameBytesMax
        self.windowBytes = windowBytes
        self.callsMax = callsMax
        self.pingIntervalMinMs = pingIntervalMinMs
    }

    package func packed() throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__Hello.self) { pack, hello throws(WireError) in
            hello.pointee.has_node_id = 1
            hello.pointee.node_id = self.node
            hello.pointee.has_incarnation = 1
            hello.pointee.incarnation = self.incarnation
            hello.pointee.has_role = 1
            hello.pointee.role = self.role.rawValue
            hello.pointee.software = try pack.text(self.software)
            hello.pointee.has_cluster_id = 1
            hello.pointee.cluster_id = self.cluster
            hello.pointee.n_apis = self.serves.count
            hello.pointee.apis = try pack.messages(
                Dunlin__V1__ApiRange.self, self.serves
            ) { range, serving in
                range.pointee.has_api_key = 1
                range.pointee.api_key = UInt32(serving.api)
                range.pointee.has_version_min = 1
                range.pointee.version_min = UInt32(serving.versions.lowerBound)
                range.pointee.has_version_max = 1
                range.pointee.version_max = UInt32(serving.versions.upperBound)
            }
            hello.pointee.has_frame_bytes_max = 1
            hello.pointee.frame_bytes_max = UInt32(clamping: self.frameBytesMax)
            hello.pointee.has_window_bytes = 1
            hello.pointee.window_bytes = UInt32(clamping: self.windowBytes)
            hello.pointee.has_calls_max = 1
            hello.pointee.calls_max = UInt32(clamping: self.callsMax)
            hello.pointee.has_ping_interval_min_ms = 1
            hello.pointee.ping_interval_min_ms = UInt32(clamping: self.pingIntervalMinMs)
        }
    }

    package init(packed bytes: [UInt8]) throws(WireError) {
        self = try ProtoCodec.unpack(Dunlin__V1__Hello.self, bytes) { hello throws(WireError) in
            try PeerHello(hello.pointee)
        }
    }

    private init(_ hello: Dunlin__V1__Hello) throws(WireError) {
        self.node = hello.node_id
        self.incarnation = hello.incarnation
        self.role = try Unpacking.kind(hello.role, "role", Role.self)
        self.software = try Unpacking.text(
            hello.software, "software", bytesMax: Self.softwareBytesMax)
        self.cluster = hello.cluster_id
        self.serves = try Unpacking.messages(
            hello.n_apis, hello.apis, "apis", countMax: WireLimits.apisMax
        ) { range throws(WireError) in
            guard let api = UInt16(exactly: range.pointee.api_key), api != 0,
                let low = UInt16(exactly: range.pointee.version_min), low != 0,
                let high = UInt16(exactly: range.pointee.version_max), low <= high
            else { throw WireError(.badValue, "an API's key or versions are out of range") }
            return Serving(api: api, versions: low...high)
        }
        self.frameBytesMax = try Self.limit(
            hello.has_frame_bytes_max, hello.frame_bytes_max, "frame_bytes_max",
            WireLimits.frameBytesBeforeHello...WireLimits.frameBytesMax,
            default: WireLimits.frameBytesDefault)
        self.windowBytes = try Self.limit(
            hello.has_window_bytes, hello.window_bytes, "window_bytes",
            WireLimits.windowBytesMin...WireLimits.windowBytesMax,
            default: WireLimits.windowBytesDefault)
        self.callsMax = try Self.limit(
            hello.has_calls_max, hello.calls_max, "calls_max", 1...WireLimits.callsMax,
            default: WireLimits.callsDefault)
        self.pingIntervalMinMs =
            hello.has_ping_interval_min_ms == 0
            ? WireLimits.pingIntervalMinMs : Int64(hello.ping_interval_min_ms)
    }

    private static func limit(
        _ isSet: protobuf_c_boolean, _ value: UInt32, _ field: StaticString,
        _ range: ClosedRange<Int>, default unset: Int
    ) throws(WireError) -> Int {
        guard isSet != 0 else { return unset }
        guard range.contains(Int(value)) else {
            throw WireError(
                .badValue, "\(field) is not within \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(value)
    }
}
