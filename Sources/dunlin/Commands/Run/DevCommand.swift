import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinStore
import DunlinWeb
import Foundation
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals

/// Commands that run something.
enum RunCommands {
    static let group = CommandGroup(
        name: "Run",
        subcommands: [
            DevCommand.self, ServeCommand.self, VerifyCommand.self, RulesCommands.self,
            LoadCommands.self,
        ])
}

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Runs a whole Dunlin in one process.",
        discussion: """
            Without a configuration file there is one tenant, `main`, with the simulated gateway, \
            live, so that a first run shows something; with STRIPE_API_KEY in the environment it \
            is Stripe, and only observes until you say `dunlin tenant live main`.
            """)

    @Option(help: ArgumentHelp("Where everything is kept; created when missing.", valueName: "dir"))
    var data: String

    @Option(help: ArgumentHelp("Our own protocol.", valueName: "host:port"))
    var listen = Endpoint.standard

    @Option(help: ArgumentHelp("API, webhooks, metrics.", valueName: "host:port"))
    var http = Endpoint(host: "127.0.0.1", port: 7480)

    @Option(help: ArgumentHelp("YAML; see the README.", valueName: "file"))
    var config: String?

    enum Clock: String, ExpressibleByArgument, CaseIterable {
        case wall
        case manual
    }

    @Option(help: "Where domain time comes from.")
    var clock = Clock.wall

    @Option(help: ArgumentHelp("First instant of a manual clock.", valueName: "iso8601"))
    var start: Instant?

    @Option(help: "Shards of a new data directory; fixed for its life.")
    var shards: UInt32 = 256

    @Flag(help: "Listen on other addresses than loopback without TLS and keys.")
    var insecure = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error.", valueName: "level"))
    var log = LogLevel.info

    @Flag(help: "Log as JSON lines.")
    var json = false

    func validate() throws {
        guard (1...4096).contains(self.shards) else {
            throw ValidationError("--shards must be 1 to 4096")
        }
        guard self.start == nil || self.clock == .manual else {
            throw ValidationError("--start is for --clock manual")
        }
    }

    func run() async throws {
        let level = self.log.level
        let asJSON = self.json
        LoggingSystem.bootstrap { StderrLog(label: $0, level: level, isJSON: asJSON) }
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        let configuration = try Configuration(
            path: self.config, environment: ProcessInfo.processInfo.environment)
        let outgoing = OutgoingConnections()
        do {
            try await self.run(configuration, metrics, outgoing)
        } catch {
            await outgoing.close()
            throw error
        }
    }

    private func run(
        _ configuration: Configuration, _ metrics: PrometheusRegistry,
        _ outgoing: OutgoingConnections
    ) async throws {
        let choice: NodeProcess.ClockChoice =
            self.clock == .wall
            ? .wall : .manual(start: self.start?.timestamp ?? WallClock().now())
        let dev = try NodeProcess(
            NodeProcess.Options(
                data: self.data, clock: choice, shards: self.shards,
                loops: max(2, ProcessInfo.processInfo.activeProcessorCount)), configuration,
            outgoing)
        let serving = Serving(
            listen: self.listen, http: self.http, isInsecureAllowed: self.insecure)
        try await serving.run(dev, configuration, metrics)
    }
}
