import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinWeb
import Foundation
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs a member of a cluster: a node, a coordinator, or both.",
        discussion: """
            The configuration's `cluster` section says which. A node waits for a coordinator, \
            registers, and keeps and leads the shards that it is given; on SIGTERM it first gives \
            them away.
            """)

    @Option(help: ArgumentHelp("YAML; see the README.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("Where everything is kept; created when missing.", valueName: "dir"))
    var data: String

    @Option(help: ArgumentHelp("Our own protocol.", valueName: "host:port"))
    var listen = Endpoint.standard

    @Option(help: ArgumentHelp("API, webhooks, metrics.", valueName: "host:port"))
    var http = Endpoint(host: "127.0.0.1", port: 7480)

    @Option(help: "Where domain time comes from.")
    var clock = DevCommand.Clock.wall

    @Option(help: ArgumentHelp("First instant of a manual clock.", valueName: "iso8601"))
    var start: Instant?

    @Flag(help: "Listen on other addresses than loopback without TLS and keys.")
    var insecure = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error.", valueName: "level"))
    var log = LogLevel.info

    @Flag(help: "Log as JSON lines.")
    var json = false

    func validate() throws {
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
        guard let cluster = configuration.cluster else {
            throw Failure(
                "\(self.config): there is no `cluster` section; `dunlin dev` runs a node by itself")
        }
        try await self.run(configuration, cluster, metrics)
    }

    private func run(
        _ configuration: Configuration, _ cluster: ClusterConfiguration,
        _ metrics: PrometheusRegistry
    ) async throws {
        guard let seat = cluster.coordinator else {
            try await self.runNode(configuration, cluster, metrics)
            return
        }
        let runtime = SystemRuntime(clock: WallClock(), loops: 1)
        let coordinator = try CoordinatorProcess(
            seat, data: self.data, tls: configuration.tls, isInsecureAllowed: self.insecure,
            runtime: runtime)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: coordinator)],
                gracefulShutdownSignals: cluster.node == nil ? [.sigterm, .sigint] : [],
                logger: Logger(label: "dunlin")))
        guard cluster.node != nil else {
            try await group.run()
            return
        }
        // The node needs a coordinator before it starts and until it has given its shards away.
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                try await self.runNode(configuration, cluster, metrics)
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    private func runNode(
        _ configuration: Configuration, _ cluster: ClusterConfiguration,
        _ metrics: PrometheusRegistry
    ) async throws {
        guard let node = cluster.node else { return }
        let outgoing = OutgoingConnections()
        do {
            try await self.runNode(node, configuration, cluster, metrics, outgoing)
        } catch {
            await outgoing.close()
            throw error
        }
    }

    private func runNode(
        _ node: ClusterConfiguration.Node, _ configuration: Configuration,
        _ cluster: ClusterConfiguration, _ metrics: PrometheusRegistry,
        _ outgoing: OutgoingConnections
    ) async throws {
        let choice: NodeProcess.ClockChoice =
            self.clock == .wall
            ? .wall : .manual(start: self.start?.timestamp ?? WallClock().now())
        let assembly = MemberAssembly(
            configuration: configuration, cluster: cluster, node: node,
            options: NodeProcess.Options(
                data: self.data, clock: choice, shards: 0,
                loops: max(2, ProcessInfo.processInfo.activeProcessorCount)),
            listen: self.listen, isInsecureAllowed: self.insecure)
        let process = try await assembly.assemble(outgoing)
        let serving = Serving(
            listen: self.listen, http: self.http, isInsecureAllowed: self.insecure)
        try await serving.run(process, configuration, metrics)
    }
}
