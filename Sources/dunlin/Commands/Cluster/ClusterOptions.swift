import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinPorts
import DunlinTransport
import DunlinWeb
import DunlinWire
import Foundation

/// What commands about a cluster take: any node or coordinator answers them.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Any node or coordinator.", valueName: "host:port"))
    var connect = Endpoint.standard

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    /// Asks the coordinator that leads, by way of the node or coordinator that is connected to.
    func withCluster<Answer: Sendable>(
        _ body: @Sendable @escaping (RemoteCoordinator) async throws(CoordinatorError) -> Answer
    ) async throws -> Answer {
        try await self.withChannel(to: self.connect) { channel in
            let remote = RemoteCoordinator(
                addresses: ["\(self.connect)"], timeoutMs: 10_000
            ) { _ throws(CallError) in channel }
            do throws(CoordinatorError) {
                return try await body(remote)
            } catch {
                throw Failure("\(error.message) (at \(self.connect), \(error.code))")
            }
        }
    }

    /// What every node says of itself, in the order of the nodes; `nil` for one that is silent.
    func members(of status: ClusterStatus) async -> [(node: NodeRecord, view: MemberView?)] {
        await withTaskGroup(of: (Int, MemberView?).self) { group in
            for (index, node) in status.nodes.enumerated() where node.record.state != .removed {
                group.addTask { (index, await self.member(node.record)) }
            }
            var found: [(Int, MemberView?)] = []
            for await answer in group { found.append(answer) }
            return found.sorted { $0.0 < $1.0 }.map { (status.nodes[$0.0].record, $0.1) }
        }
    }

    private func member(_ record: NodeRecord) async -> MemberView? {
        guard let endpoint = Endpoint(argument: record.address) else { return nil }
        return try? await self.withChannel(to: endpoint) { channel in
            try MemberCall.view(
                packed: try await channel.call(
                    ReplicaCalls.member, try MemberCall.request(), CallOptions(timeoutMs: 2000)))
        }
    }

    private func withChannel<Answer: Sendable>(
        to endpoint: Endpoint, _ body: (PeerConnection) async throws -> Answer
    ) async throws -> Answer {
        let connection: PeerConnection
        do {
            connection = try await NodeConnection.connect(endpoint, self.security)
        } catch {
            throw Failure("\(error.message)")
        }
        defer { connection.close() }
        return try await body(connection)
    }
}

/// Shows an answer once, or again every second.
struct WatchOptions: ParsableArguments {
    @Flag(help: "Shows it again every second, until Ctrl-C.")
    var watch = false

    /// `draw` answers the lines to show.
    func show(_ draw: () async throws -> [String]) async throws {
        guard self.watch else {
            Console.write(try await draw())
            return
        }
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            let lines: [String]
            do {
                lines = try await draw()
            } catch let failure as Failure {
                lines = [Colour.red("\(failure)")]
            }
            let screen = Console.hasColours ? "\u{1B}[H\u{1B}[2J" : ""
            Console.write(screen + lines.joined(separator: "\n"))
            next += .seconds(1)
            try await Ticks.until(next)
        }
    }
}
