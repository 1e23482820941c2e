import ArgumentParser
import DunlinPorts

/// What every command that talks to a node takes.
struct ConnectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node to talk to, or several of one cluster: when one is gone, the next is asked.",
            valueName: "host:port,…"))
    var connect = Endpoints.standard

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    /// Connects, runs `body`, and disconnects.
    ///
    /// Throws a ``Failure`` that names the endpoint when no node answers there.
    func withNode<Answer: Sendable>(
        _ body: @Sendable @escaping (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await NodeConnection.open(self.connect, self.security, body)
        } catch let error as NodeError {
            throw Failure(error, at: self.connect)
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
