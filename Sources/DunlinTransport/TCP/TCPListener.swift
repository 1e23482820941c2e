package import DunlinWire
package import Logging
package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Takes connections on one address and answers their calls.
///
///     let listener = try await TCPListener.bind(…)
///     try await listener.run()     // until drained or cancelled
package final class TCPListener: Sendable {
    package struct Settings: Sendable {
        package var address: PeerAddress
        /// `nil` for none: only on loopback, or with ``insecure``.
        package var tls: TLSSettings?
        /// Plain TCP on an address that others reach was asked for aloud.
        package var insecure: Bool
        /// Connections at once; more are turned away.
        package var connectionsMax: Int
        package var connection: ConnectionSettings

        package init(
            address: PeerAddress, tls: TLSSettings? = nil, insecure: Bool = false,
            connectionsMax: Int = 1024, connection: ConnectionSettings
        ) {
            self.address = address
            self.tls = tls
            self.insecure = insecure
            self.connectionsMax = connectionsMax
            self.connection = connection
        }
    }

    private let channel: any Channel
    private let handler: any CallHandler
    private let accepted: AsyncStream<PeerConnection>
    private let open: OpenConnections
    package let counters: TransportCounters
    /// The port that is listened on.
    package let port: Int

    private init(
        channel: any Channel, handler: any CallHandler, accepted: AsyncStream<PeerConnection>,
        open: OpenConnections, counters: TransportCounters
    ) {
        self.channel = channel
        self.handler = handler
        self.accepted = accepted
        self.open = open
        self.counters = counters
        self.port = channel.localAddress?.port ?? 0
    }

    /// `group`: Whose loops read, write and answer.
    package static func bind(
        _ settings: Settings, handler: any CallHandler,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "dunlin.transport")
    ) async throws(TransportError) -> TCPListener {
        try settings.address.checkMayBePlain(
            hasTLS: settings.tls != nil, insecure: settings.insecure)
        let context = try settings.tls?.serverContext()
        let counters = TransportCounters()
        let (accepted, continuation) = AsyncStream.makeStream(of: PeerConnection.self)
        let open = OpenConnections(
            limit: settings.connectionsMax, accepted: continuation, counters: counters)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = PeerConnection(
                        loop: channel.eventLoop, side: .acceptor, settings: settings.connection,
                        apis: handler.apis, counters: counters, logger: logger)
                    guard open.admit(connection) else {
                        channel.close(promise: nil)
                        return
                    }
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try pipeline.addHandler(
                        PeerHandler(connection: connection, waitsForTLS: context != nil))
                }
            }
        do {
            let channel = try await bootstrap.bind(
                host: settings.address.host, port: settings.address.port
            ).get()
            return TCPListener(
                channel: channel, handler: handler, accepted: accepted, open: open,
                counters: counters)
        } catch {
            throw TransportError(
                .unreachable,
                "Cannot listen on \(settings.address): \(error). Is something else using it?")
        }
    }

    /// Answers calls until ``drain()`` is done or the task is cancelled, which ends all
    /// connections at once.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await connection in self.accepted {
                    group.addTask {
                        await connection.serve(self.handler)
                        await connection.ended()
                        self.open.remove(connection)
                    }
                }
                if Task.isCancelled { group.cancelAll() }
            }
        } onCancel: {
            self.stop()
            self.open.closeAll()
        }
    }

    /// Takes no new connections and no new calls; ``run()`` returns when those that are open are
    /// answered. Bound it by cancelling the task of ``run()``.
    package func drain() {
        self.stop()
        self.open.drainAll()
    }

    private func stop() {
        self.channel.close(promise: nil)
        self.open.stop()
    }
}

/// The connections of a listener.
private final class OpenConnections: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: PeerConnection] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let accepted: AsyncStream<PeerConnection>.Continuation
    private let counters: TransportCounters

    init(
        limit: Int, accepted: AsyncStream<PeerConnection>.Continuation,
        counters: TransportCounters
    ) {
        self.limit = limit
        self.accepted = accepted
        self.counters = counters
    }

    func admit(_ connection: PeerConnection) -> Bool {
        let isAdmitted = self.state.withLock { state in
            guard !state.isStopped, state.connections.count < self.limit else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
        if isAdmitted {
            self.accepted.yield(connection)
        } else {
            self.counters.turnedAway()
        }
        return isAdmitted
    }

    func remove(_ connection: PeerConnection) {
        self.state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
    }

    func stop() {
        self.state.withLock { $0.isStopped = true }
        self.accepted.finish()
    }

    func drainAll() {
        for connection in self.all { connection.drain() }
    }

    func closeAll() {
        for connection in self.all { connection.close() }
    }

    private var all: [PeerConnection] { self.state.withLock { Array($0.connections.values) } }
}
