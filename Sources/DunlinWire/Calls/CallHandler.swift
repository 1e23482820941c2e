/// Answers the calls of a peer. Each call is answered in a task of its own, which is cancelled
/// when the caller cancels, its deadline passes or the connection ends.
package protocol CallHandler: Sendable {
    /// What is served, without ``Api/standard``. Keys are distinct.
    var apis: [Api] { get }

    /// Answers a call of an API that is ``Api/Shape/unary``.
    func answer(_ call: InboundCall) async throws(CallError) -> [UInt8]

    /// Answers a call of an API that is ``Api/Shape/serverStream``; returning ends the stream.
    func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError)
}

/// Where the items of a stream go.
package protocol ItemSink: Sendable {
    /// Waits while the caller has no room. Throws when nobody wants items any more.
    func send(_ item: [UInt8]) async throws(CallError)
}

/// A request of a peer.
package struct InboundCall: Sendable {
    package var api: Api
    package var version: UInt16
    package var stream: UInt64
    package var body: [UInt8]
    package var metadata: CallMetadata
    package var shard: UInt32
    package var mapVersion: UInt32
    package var epoch: UInt64
    package var isOneWay: Bool
    /// It may have been sent before.
    package var isAgain: Bool
    /// What was left of the caller's deadline on arrival, in milliseconds; 0 for no limit.
    package var timeoutMs: Int64
    package var peer: PeerIdentity

    package init(
        api: Api, version: UInt16, stream: UInt64, body: [UInt8],
        metadata: CallMetadata = CallMetadata(), shard: UInt32 = 0, mapVersion: UInt32 = 0,
        epoch: UInt64 = 0, isOneWay: Bool = false, isAgain: Bool = false, timeoutMs: Int64 = 0,
        peer: PeerIdentity = PeerIdentity()
    ) {
        self.api = api
        self.version = version
        self.stream = stream
        self.body = body
        self.metadata = metadata
        self.shard = shard
        self.mapVersion = mapVersion
        self.epoch = epoch
        self.isOneWay = isOneWay
        self.isAgain = isAgain
        self.timeoutMs = timeoutMs
        self.peer = peer
    }
}

/// Who is at the other end.
package struct PeerIdentity: Sendable, Equatable {
    /// The name in the peer's certificate, which its authority vouches for; `nil` without one.
    package var certifiedName: String?
    package var role: PeerHello.Role

    package init(certifiedName: String? = nil, role: PeerHello.Role = .client) {
        self.certifiedName = certifiedName
        self.role = role
    }
}
