import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWire

/// How commands reach a node.
enum NodeConnection {
    /// Connects, runs `body`, and closes the connection.
    static func open<Answer: Sendable>(
        _ endpoint: Endpoint, _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        let hello = PeerHello(role: .client, software: "dunlin \(ProductVersion.current) command")
        let connection: PeerConnection
        do {
            connection = try await TCPConnector.connect(
                TCPConnector.Settings(
                    address: PeerAddress(host: endpoint.host, port: endpoint.port),
                    connection: ConnectionSettings(hello: hello)))
        } catch {
            throw NodeError(.unavailable, error.message)
        }
        defer { connection.close() }
        return try await body(RemoteNode(connection))
    }
}
