import DunlinPorts

/// How commands reach a node.
enum NodeConnection {
    static func open<Answer: Sendable>(
        _ endpoint: Endpoint, _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        throw NodeError(.unavailable, "No node can be reached over the network yet.")
    }
}
