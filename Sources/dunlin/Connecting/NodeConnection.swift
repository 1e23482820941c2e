import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWire
import Logging

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
        let start = ContinuousClock.now
        return try await body(
            FailoverNode(
                channels.map { RemoteNode($0) },
                monotonicMs: {
                    let spent = start.duration(to: .now).components
                    return spent.seconds * 1000 + spent.attoseconds / 1_000_000_000_000_000
                }, pause: { try? await Ticks.until(.now + .milliseconds($0)) }))
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
