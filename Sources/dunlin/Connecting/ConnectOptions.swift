import ArgumentParser
import DunlinCluster
import DunlinNode
import DunlinPorts
import DunlinStore
import Foundation

/// What every command that talks to a node takes.
struct ConnectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node to talk to, or several of one cluster: when one is gone, the next is asked.",
            valueName: "host:port,…"))
    var connect = Endpoints.standard

    @Option(
        help: ArgumentHelp(
            "A data directory that no node has open, or a copy, in a node's place.",
            valueName: "dir"))
    var data: String?

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    /// Connects, runs `body`, and disconnects.
    ///
    /// Throws a ``Failure`` that names the endpoint when no node answers there.
    func withNode<Answer: Sendable>(
        _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        if let data = self.data { return try await Self.withDirectory(data, body) }
        do {
            return try await NodeConnection.open(self.connect, self.security, body)
        } catch let error as NodeError {
            throw Failure(error, at: self.connect)
        }
    }

    private static func withDirectory<Answer: Sendable>(
        _ path: String, _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        let directory = try DataDirectory(path: path, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
        defer { try? directory.close() }
        let identity = directory.identity
        let node = try StoredNode(
            journal: directory.journal, rows: directory.rows, meta: directory.meta,
            map: ShardMap(shardCount: identity.shardCount), origin: identity.origin,
            level: identity.level, version: ProductVersion.current, wallNow: WallClock().now())
        do {
            return try await body(node)
        } catch let error as NodeError {
            throw Failure("\(path): \(error.message)")
        }
    }
}

/// How a command's answer is shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Answer as JSON on stdout.")
    var json = false
}

/// Whose accounts a command means.
struct TenantOption: ParsableArguments {
    @Option(help: "The merchant.")
    var tenant = "main"
}
