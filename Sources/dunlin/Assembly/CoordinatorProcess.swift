import AsyncHTTPClient
import DunlinCluster
import DunlinCoordinator
import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWire
import Foundation
import Logging
import ServiceLifecycle

/// A coordinator in this process: its store, its campaign, its listener.
struct CoordinatorProcess: Service {
    let coordinator: Coordinator
    let configuration: ClusterConfiguration.Coordinator
    let tls: TLSSettings?
    let isInsecureAllowed: Bool
    let logger: Logger
    private let closeStore: @Sendable () async -> Void

    init(
        _ configuration: ClusterConfiguration.Coordinator, data: String, tls: TLSSettings?,
        isInsecureAllowed: Bool, runtime: SystemRuntime
    ) throws {
        self.configuration = configuration
        self.tls = tls
        self.isInsecureAllowed = isInsecureAllowed
        self.logger = Logger(label: "dunlin.coordinator")
        var settings = configuration.settings
        settings.clusterID = .random(in: 1 ... .max)
        let opened = try Self.open(configuration, data: data, runtime: runtime)
        self.closeStore = opened.close
        var decisions = CoordinatorSettings()
        decisions.expectedNodes = configuration.expectedNodes
        self.coordinator = Coordinator(
            CoordinatorOptions(
                address: configuration.address, prefix: opened.prefix, settings: settings,
                decisions: decisions),
            store: opened.store, runtime: runtime, logger: self.logger)
    }

    /// A coordinator's store, as its configuration says.
    struct Opened {
        var store: any CoordinatorStore
        var prefix: String
        var close: @Sendable () async -> Void
    }

    static func open(
        _ configuration: ClusterConfiguration.Coordinator, data: String, runtime: SystemRuntime
    ) throws -> Opened {
        switch configuration.store {
        case .sqlite(let path):
            let path = path ?? data + "/coordinator.db"
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            let sqlite = try SQLiteCoordinatorStore(
                path: path, monotonicMs: { runtime.monotonicMs() })
            return Opened(store: sqlite, prefix: "dunlin/", close: { sqlite.close() })
        case .etcd(let etcd, let prefix):
            let remote = try EtcdCoordinatorStore(etcd)
            return Opened(store: remote, prefix: prefix, close: { await remote.shutdown() })
        }
    }

    func run() async throws {
        do {
            try await self.serve()
        } catch {
            await self.closeStore()
            throw error
        }
        await self.closeStore()
    }

    private func serve() async throws {
        let address = PeerAddress(
            host: self.configuration.listen.host, port: self.configuration.listen.port)
        guard
            address.isLoopback || self.isInsecureAllowed || self.tls == nil
                || self.tls?.requiresClientCertificate == true
        else {
            throw Failure(
                "cluster.coordinator.listen: \(address) is not loopback, and anybody could connect:"
                    + " set tls.client_authority, or say --insecure if the network itself is"
                    + " closed")
        }
        let hello = PeerHello(
            node: 0, incarnation: 0, role: .coordinator,
            software: "dunlin \(ProductVersion.current)", cluster: 0)
        let calls = CoordinatorCallServer(self.coordinator)
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: address, tls: self.tls, insecure: self.isInsecureAllowed,
                connection: ConnectionSettings(
                    hello: hello, known: CoordinatorCalls.all + Api.standard)),
            handler: self.tls?.guarded(calls) ?? calls)
        self.logger.notice("coordinator", metadata: ["port": "\(listener.port)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withGracefulShutdownHandler {
                    await listener.run()
                } onGracefulShutdown: {
                    listener.drain()
                }
            }
            group.addTask {
                try await cancelWhenGracefulShutdown {
                    try await self.coordinator.run()
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
