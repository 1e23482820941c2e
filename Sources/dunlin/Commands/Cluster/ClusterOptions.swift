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
        let channels = OpenChannels(self.security)
        defer { channels.close() }
        let first = try await channels.channel(to: self.connect)
        let here = "\(self.connect)"
        // Of several coordinators, one that does not lead says which one does.
        let remote = RemoteCoordinator(addresses: [here], timeoutMs: 10_000) {
            address throws(CallError) in
            if address == here { return first }
            guard let endpoint = Endpoint(argument: address) else {
                throw CallError(.unavailable, "The leader's address is none.")
            }
            do {
                return try await channels.channel(to: endpoint)
            } catch {
                throw CallError(.unavailable, "\(error)")
            }
        }
        do throws(CoordinatorError) {
            return try await body(remote)
        } catch {
            throw Failure("\(error.message) (at \(self.connect), \(error.code))")
        }
    }

    /// What every node says of itself, in the order of the nodes; `nil` for one that is silent.
    ///
    /// The node that is connected to asks the others; where that is a coordinator, each is asked at
    /// its own address.
    func members(of status: ClusterStatus) async -> [(node: NodeRecord, view: MemberView?)] {
        let channels = OpenChannels(self.security)
        defer { channels.close() }
        let first = try? await channels.channel(to: self.connect)
        return await withTaskGroup(of: (Int, MemberView?).self) { group in
            for (index, node) in status.nodes.enumerated() where node.record.state != .removed {
                group.addTask { (index, await Self.member(node.record, first, channels)) }
            }
            var found: [(Int, MemberView?)] = []
            for await answer in group { found.append(answer) }
            return found.sorted { $0.0 < $1.0 }.map { (status.nodes[$0.0].record, $0.1) }
        }
    }

    private static func member(
        _ record: NodeRecord, _ first: PeerConnection?, _ channels: OpenChannels
    ) async -> MemberView? {
        if let first, let view = try? await Self.view(at: first, of: record.id) { return view }
        guard let endpoint = Endpoint(argument: record.address),
            let channel = try? await channels.channel(to: endpoint)
        else { return nil }
        return try? await Self.view(at: channel, of: nil)
    }

    private static func view(
        at channel: PeerConnection, of node: NodeID?
    ) async throws -> MemberView {
        try MemberCall.view(
            packed: try await channel.call(
                ReplicaCalls.member, try MemberCall.request(of: node), CallOptions(timeoutMs: 3000))
        )
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
