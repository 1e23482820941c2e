import DunlinWire
import NIOCore
import NIOPosix
import Testing

@testable import DunlinTransport

/// What carries the bytes in a run of the suite.
enum Carrier: String, CaseIterable, Sendable {
    case memory
    /// Every frame arrives in pieces of seven bytes.
    case memoryInPieces
    case tcp

    /// Listens, runs `body` against it, and ends what is left.
    func withServer<Value: Sendable>(
        _ handler: TestHandler = TestHandler(), settings: ConnectionSettings = .testNode,
        _ body: @Sendable (any TestServer) async throws -> Value
    ) async throws -> Value {
        let server: any TestServer
        switch self {
        case .memory:
            server = MemoryServer(settings: settings, handler: handler, chunkBytes: 16_384)
        case .memoryInPieces:
            server = MemoryServer(settings: settings, handler: handler, chunkBytes: 7)
        case .tcp:
            server = TCPServer(
                listener: try await TCPListener.bind(
                    TCPListener.Settings(
                        address: PeerAddress(host: "127.0.0.1", port: 0), connection: settings),
                    handler: handler))
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let value = try await body(server)
            group.cancelAll()
            return value
        }
    }

    /// Also connects one client.
    func withPeers<Value: Sendable>(
        _ handler: TestHandler = TestHandler(), settings: ConnectionSettings = .testNode,
        client: ConnectionSettings = .testClient,
        _ body: @Sendable (PeerConnection, any TestServer) async throws -> Value
    ) async throws -> Value {
        try await self.withServer(handler, settings: settings) { server in
            let connection = try await server.connect(client)
            defer { connection.close() }
            return try await body(connection, server)
        }
    }
}

extension ConnectionSettings {
    static let testNode = ConnectionSettings(
        hello: PeerHello(
            node: 7, incarnation: 1, role: .node, software: "test node", cluster: 0xC1),
        known: Api.standard + TestHandler.all)

    static let testClient = ConnectionSettings(
        hello: PeerHello(software: "test client"), known: Api.standard + TestHandler.all)
}

protocol TestServer: Sendable {
    var counters: TransportCounters { get }
    func run() async
    func drain()
    func connect(_ settings: ConnectionSettings) async throws -> PeerConnection
    /// A peer that sends whatever the test wants.
    func connectRaw() async throws -> any RawPeer
}

protocol RawPeer: Sendable {
    func send(_ bytes: [UInt8]) async throws
    func close() async throws
    /// What arrives; ends with the connection.
    var incoming: AsyncStream<[UInt8]> { get }
}

extension RawPeer {
    /// All frames until the connection ends.
    func framesUntilClosed() async throws -> [Frame] {
        var decoder = FrameDecoder(frameBytesMax: WireLimits.frameBytesMax)
        var frames: [Frame] = []
        for await chunk in self.incoming {
            decoder.append(chunk)
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return frames
    }

    /// The first frame of `kind`.
    func frame(_ kind: FrameHeader.Kind) async throws -> Frame? {
        var decoder = FrameDecoder(frameBytesMax: WireLimits.frameBytesMax)
        for await chunk in self.incoming {
            decoder.append(chunk)
            while let frame = try decoder.next() {
                if frame.header.kind == kind { return frame }
            }
        }
        return nil
    }
}

// MARK: Memory

private struct MemoryServer: TestServer {
    let transport: MemoryTransport

    init(settings: ConnectionSettings, handler: TestHandler, chunkBytes: Int) {
        self.transport = MemoryTransport(
            settings: settings, handler: handler, group: MultiThreadedEventLoopGroup.singleton,
            chunkBytes: chunkBytes)
    }

    var counters: TransportCounters { self.transport.counters }
    func run() async { await self.transport.run() }
    func drain() { self.transport.drain() }

    func connect(_ settings: ConnectionSettings) async throws -> PeerConnection {
        try await self.transport.connect(settings)
    }

    func connectRaw() async throws -> any RawPeer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (near, far) = self.transport.pair(loop)
        let (incoming, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        try await loop.submit {
            near.attach(
                onBytes: { continuation.yield($0) }, onWritable: {},
                onClosed: { continuation.finish() })
        }.get()
        self.transport.accept(far)
        return RawMemoryPeer(end: near, incoming: incoming)
    }
}

private struct RawMemoryPeer: RawPeer {
    let end: MemoryEnd
    let incoming: AsyncStream<[UInt8]>

    func send(_ bytes: [UInt8]) async throws {
        try await self.end.loop.submit { self.end.write(bytes) }.get()
    }

    func close() async throws {
        try await self.end.loop.submit { self.end.close() }.get()
    }
}

// MARK: TCP

private struct TCPServer: TestServer {
    let listener: TCPListener

    var counters: TransportCounters { self.listener.counters }
    func run() async { await self.listener.run() }
    func drain() { self.listener.drain() }

    func connect(_ settings: ConnectionSettings) async throws -> PeerConnection {
        try await TCPConnector.connect(
            TCPConnector.Settings(
                address: PeerAddress(host: "127.0.0.1", port: self.listener.port),
                connection: settings))
    }

    func connectRaw() async throws -> any RawPeer {
        let (incoming, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: self.listener.port).get()
        return RawTCPPeer(channel: channel, incoming: incoming)
    }
}

private struct RawTCPPeer: RawPeer {
    let channel: any Channel
    let incoming: AsyncStream<[UInt8]>

    func send(_ bytes: [UInt8]) async throws {
        // The peer may have closed meanwhile; what it said until then is what is looked at.
        try? await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func close() async throws {
        try? await self.channel.close().get()
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(_ continuation: AsyncStream<[UInt8]>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.continuation.yield(Array(self.unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// The connection carries calls.
func expectServed(_ connection: PeerConnection, _ body: [UInt8] = [1]) async throws {
    let answer = try await connection.call(TestHandler.mirror, body, CallOptions())
    #expect(answer == body)
}
