import DunlinCoordinator
import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWire
import Logging
import Synchronization

/// How commands reach a node.
enum NodeConnection {
    /// Connects by our own protocol, runs `body`, and disconnects.
    ///
    /// Throws ``NodeError/Code/unavailable`` when no node answers at `endpoint`.
    static func open<Answer: Sendable>(
        _ endpoint: Endpoint, _ security: ConnectSecurity,
        _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        let connection: PeerConnection
        do {
            connection = try await self.connect(endpoint, security)
        } catch {
            throw NodeError(.unavailable, error.message)
        }
        defer { connection.close() }
        return try await body(RemoteNode(connection))
    }

    /// The same with several nodes of one cluster: connections are made when they are needed, and
    /// again after they were lost.
    static func open<Answer: Sendable>(
        _ endpoints: Endpoints, _ security: ConnectSecurity,
        _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        if endpoints.all.count == 1, let endpoint = endpoints.all.first {
            return try await self.open(endpoint, security, body)
        }
        let channels = endpoints.all.map { ReconnectingChannel(self.settings($0, security)) }
        defer { for channel in channels { channel.close() } }
        return try await body(
            FailoverNode(
                channels.map { RemoteNode($0) }, monotonicMs: self.stopwatch(),
                pause: { try? await Ticks.until(.now + .milliseconds($0)) }))
    }

    /// Lends `body` a way for many events: where the node is one of a cluster, each goes straight to
    /// the node that leads its shard.
    ///
    /// `node`: Takes what cannot be sent straight; `endpoints` is where it is.
    static func routing<Answer: Sendable>(
        by node: any NodeService, at endpoints: Endpoints, _ security: ConnectSecurity,
        _ body: @Sendable (any EventIntake) async throws -> Answer
    ) async throws -> Answer {
        let channels = Mutex<[String: ReconnectingChannel]>([:])
        defer { for channel in channels.withLock({ $0 }).values { channel.close() } }
        let open: @Sendable (String) -> ReconnectingChannel? = { address in
            guard let endpoint = Endpoint(argument: address) else { return nil }
            return channels.withLock { channels in
                if let known = channels[address] { return known }
                let channel = ReconnectingChannel(self.settings(endpoint, security))
                channels[address] = channel
                return channel
            }
        }
        let maps = RemoteCoordinator(
            addresses: endpoints.all.map(\.description), timeoutMs: Self.mapTimeoutMs
        ) { address throws(CallError) in
            guard let channel = open(address) else {
                throw CallError(.unavailable, "The leader's address is none.")
            }
            return channel
        }
        return try await body(
            RoutedIntake(
                otherwise: node, monotonicMs: self.stopwatch(),
                newMap: { try? await maps.map(since: $0) },
                connect: { address in open(address).map { RemoteNode($0) } }))
    }

    private static let mapTimeoutMs: Int64 = 2000

    private static func stopwatch() -> @Sendable () -> Int64 {
        let start = ContinuousClock.now
        return {
            let spent = start.duration(to: .now).components
            return spent.seconds * 1000 + spent.attoseconds / 1_000_000_000_000_000
        }
    }

    /// A connection, for calls of any kind. Whoever made it closes it.
    static func connect(
        _ endpoint: Endpoint, _ security: ConnectSecurity
    ) async throws(TransportError) -> PeerConnection {
        // What goes wrong is told by the error; a log would say it twice.
        var quiet = Logger(label: "dunlin.transport")
        quiet.logLevel = .critical
        return try await TCPConnector.connect(self.settings(endpoint, security), logger: quiet)
    }

    private static func settings(
        _ endpoint: Endpoint, _ security: ConnectSecurity
    ) -> TCPConnector.Settings {
        let hello = PeerHello(
            node: 0, incarnation: 0, role: .client, software: "dunlin \(ProductVersion.current)",
            cluster: 0)
        return TCPConnector.Settings(
            address: PeerAddress(host: endpoint.host, port: endpoint.port), tls: security.settings,
            insecure: security.insecure,
            connection: ConnectionSettings(
                hello: hello,
                known: NodeCalls.all + ReplicaCalls.all + CoordinatorCalls.all + Api.standard))
    }
}
