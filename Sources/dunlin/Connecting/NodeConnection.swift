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

    /// A connection, for calls of any kind. Whoever made it closes it.
    static func connect(
        _ endpoint: Endpoint, _ security: ConnectSecurity
    ) async throws(TransportError) -> PeerConnection {
        let hello = PeerHello(
            node: 0, incarnation: 0, role: .client, software: "dunlin \(ProductVersion.current)",
            cluster: 0)
        let settings = TCPConnector.Settings(
            address: PeerAddress(host: endpoint.host, port: endpoint.port), tls: security.settings,
            insecure: security.insecure,
            connection: ConnectionSettings(
                hello: hello,
                known: NodeCalls.all + ReplicaCalls.all + CoordinatorCalls.all + Api.standard))
        // What goes wrong is told by the error; a log would say it twice.
        var quiet = Logger(label: "dunlin.transport")
        quiet.logLevel = .critical
        return try await TCPConnector.connect(settings, logger: quiet)
    }
}
