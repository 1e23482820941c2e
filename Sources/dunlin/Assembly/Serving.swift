import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWeb
import DunlinWire
import Logging
import ServiceLifecycle
import UnixSignals

/// A started node with its listeners, until a signal ends it.
struct Serving {
    let listen: Endpoint
    let http: Endpoint
    let isInsecureAllowed: Bool

    /// `others`: what runs beside the node in this process.
    func run(
        _ process: NodeProcess, _ configuration: Configuration, _ metrics: PrometheusRegistry,
        others: [any Service] = []
    ) async throws {
        try await process.start()
        do {
            try await self.serve(process, configuration, metrics, others)
        } catch {
            // A listener failed: what was decided is made durable all the same.
            try await process.close()
            throw error
        }
    }

    private func serve(
        _ process: NodeProcess, _ configuration: Configuration, _ metrics: PrometheusRegistry,
        _ others: [any Service]
    ) async throws {
        let logger = Logger(label: "dunlin")
        logger.notice("ready")
        let router = WebRouter(
            node: process.service,
            settings: WebSettings(
                host: self.http.host, port: self.http.port, keys: configuration.keys,
                tls: try configuration.tls.map(WebCertificate.configuration),
                isInsecureAllowed: self.isInsecureAllowed, eventRules: configuration.eventRules),
            health: { process.health }, webhooks: ["stripe": process.webhooks], metrics: metrics)
        let web = try WebService(router: router, endpoint: self.http, logger: logger)
        let handler: any CallHandler
        if let seat = process.seat {
            handler = MemberListener(
                member: MemberCallServer(node: process.node, router: process.service),
                coordinator: seat.coordinator, membership: seat.membership,
                router: process.service as? ClusterRouter)
        } else {
            handler = NodeCallServer(process.node)
        }
        let wire = WireService(
            handler: handler, endpoint: self.listen, tls: configuration.tls,
            isInsecureAllowed: self.isInsecureAllowed,
            clusterID: process.directory.identity.origin.cluster)
        var services: [any Service] = others
        services += [NodeRunner(process: process), GaugeService(process: process), wire, web]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// The node as a service: started before the listeners, drained after them.
struct NodeRunner: Service {
    let process: NodeProcess

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.process.node.run() }
            if let seat = self.process.seat {
                group.addTask { await seat.run(self.process.node, self.process.service) }
            }
            group.addTask {
                try await gracefulShutdown()
                await self.process.drain()
            }
            // The node's own work ends with the drain; its seat is left then.
            try await group.next()
            try await group.next()
            group.cancelAll()
        }
        try await self.process.letGo()
    }
}
