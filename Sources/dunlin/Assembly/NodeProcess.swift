import DunlinCluster
import DunlinConnect
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWeb
import Foundation
import Logging
import Synchronization

/// A node in this process, with its data directory: alone, or as a member of a cluster.
final class NodeProcess: Sendable {
    struct Options: Sendable {
        var data: String
        var clock: ClockChoice
        var shards: UInt32
        var loops: Int
    }

    /// Where domain time comes from.
    enum ClockChoice: Sendable {
        case wall
        /// Starts here unless the data directory has been further.
        case manual(start: Timestamp)
    }

    let directory: DataDirectory
    let runtime: SystemRuntime
    let node: Node
    /// What callers are served from: the node, or in a cluster its router.
    let service: any NodeService
    /// `nil` for a node that is a whole cluster by itself.
    let seat: ClusterSeat?
    let webhooks: StripeIntakeBridge
    private let outgoing: OutgoingConnections
    private let isClosed = Atomic<Bool>(false)

    /// A node that is a whole cluster by itself. `outgoing` is closed by whoever made it, also when
    /// this throws.
    convenience init(
        _ options: Options, _ configuration: Configuration, _ outgoing: OutgoingConnections
    ) throws {
        let directory = try Self.open(options)
        let runtime = try Self.runtime(options, directory)
        try self.init(
            directory, runtime, configuration, outgoing, keyDirectory: options.data, seat: nil)
    }

    /// `keyDirectory`: Where the node key is kept when the configuration names no file.
    init(
        _ directory: DataDirectory, _ runtime: SystemRuntime, _ configuration: Configuration,
        _ outgoing: OutgoingConnections, keyDirectory: String, seat: ClusterSeat?
    ) throws {
        self.outgoing = outgoing
        self.directory = directory
        self.runtime = runtime
        self.seat = seat
        let key = try NodeKeyFile.key(
            configured: configuration.nodeKeyFile, directory: keyDirectory,
            random: self.runtime.randomBytes)
        let templates = TemplateCatalog(directory: configuration.templates)
        if let finding = templates.errors().first { throw Failure("templates: \(finding)") }
        let merchants = configuration.tenants.map { ($0.settings.name, $0.merchant) }
        let assembly = TenantAssembly(
            outgoing: outgoing, templates: templates,
            returnSecret: seat == nil
                ? try Self.returnSecret(self.directory, self.runtime)
                : key.secret("return links", of: self.directory.identity.origin.cluster),
            outbox: SimulatedOutbox(
                folder: self.directory.path + "/outbox", templates: templates,
                merchants: Dictionary(merchants) { first, _ in first }, now: runtime.clock.now))
        let assembled = try configuration.tenants.map { try assembly.assemble($0) }
        var tenantPolicies: [String: String] = [:]
        for tenant in configuration.tenants { tenantPolicies[tenant.settings.name] = tenant.policy }
        let bundles = try BundleFiles(
            policies: configuration.policies, declineMaps: configuration.declineMaps,
            tenantPolicies: tenantPolicies,
            templates: Set(templates.allNames),
            wholeOnly: Set(assembled.map(\.parts.settings).filter { !$0.takesParts }.map(\.name)))
        var settings = NodeSettings(
            version: ProductVersion.current,
            map: ShardMap(shardCount: self.directory.identity.shardCount),
            origin: self.directory.identity.origin, tenants: assembled.map(\.parts))
        settings.level = self.directory.identity.level
        settings.reconcileEveryMs = configuration.reconcileEveryMs
        if let limit = configuration.residentMax { settings.limits.residentMax = limit }
        settings.cluster = seat?.part
        settings.joinedMap = seat?.map
        if let limit = configuration.tailRecordsMax { settings.limits.tailRecordsMax = limit }
        self.node = try Node(
            settings: settings, runtime: self.runtime,
            stores: NodeStores(
                journal: self.directory.journal, rows: self.directory.rows,
                keys: self.directory.keys, meta: self.directory.meta,
                views: try SQLiteViews(
                    of: self.directory, committedOps: seat.map { $0.part.marks.committedOps },
                    leads: seat?.leads)),
            sealer: AccountSealer(nodeKey: key), supplier: bundles, onFatal: Self.stopNow)
        let router = seat?.router(for: self.node)
        self.service = router ?? self.node
        if let router {
            self.node.reconcile { name throws(NodeError) in
                try await router.reconcile(tenant: name)
            }
        }
        var readers: [String: StripeWebhook] = [:]
        for (tenant, parts) in zip(configuration.tenants, assembled) {
            if let stripe = parts.stripe { readers[tenant.settings.name] = stripe }
        }
        self.webhooks = StripeIntakeBridge(readers: readers, node: self.service)
    }

    private static func open(_ options: Options) throws -> DataDirectory {
        var random = SystemRandomNumberGenerator()
        let identity = DirectoryIdentity(
            origin: ClusterOrigin(cluster: .random(in: 1 ... .max, using: &random), generation: 1),
            shardCount: options.shards, level: 1)
        let directory = try DataDirectory(
            path: options.data, creating: identity, onFatal: self.stopNow)
        // Whatever is missing now is missing: there is no other copy to ask.
        directory.trust()
        return directory
    }

    static func runtime(_ options: Options, _ directory: DataDirectory) throws -> SystemRuntime {
        let clock: any DomainClock
        switch options.clock {
        case .wall: clock = WallClock()
        case .manual(let start):
            let stored = try Node.storedClock(directory.meta)
            clock = ManualClock(at: max(start, stored ?? start))
        }
        return SystemRuntime(clock: clock, loops: options.loops)
    }

    /// The disk can no longer be trusted: nothing more may be decided or acknowledged.
    static let stopNow: @Sendable (StoreError) -> Void = { error in
        FileHandle.standardError.write(
            Data("dunlin: stopped: \(error); check the disk, then `dunlin verify`\n".utf8))
        _exit(1)
    }

    /// Signs what leads back to us; drawn once, kept in the data directory. Members take theirs from
    /// the key that they share: what one of them sent leads back to any.
    private static func returnSecret(
        _ directory: DataDirectory, _ runtime: SystemRuntime
    ) throws
        -> [UInt8]
    {
        if let secret = try directory.meta.value("return.secret") { return secret }
        let secret = runtime.randomBytes(32)
        try directory.meta.set("return.secret", secret)
        return secret
    }

    /// Loads the node. When that fails, lets go of everything and says why.
    func start() async throws {
        do {
            try await self.node.start()
        } catch {
            try await self.letGo()
            throw Failure(
                "\(self.directory.path)/journal.db or rows.db cannot be loaded: \(error); run"
                    + " `dunlin verify --data \(self.directory.path)`")
        }
    }

    var health: Health {
        switch self.node.phase {
        case .starting: .starting("loading shards")
        case .ready: .ready
        case .draining: .draining("shutting down")
        case .stopped: .draining("stopped")
        case .failed: .failing("see the log")
        }
    }

    /// Gives shards away, takes no more work and makes everything durable.
    func drain() async {
        if let seat = self.seat { await seat.giveUpShards(of: self.node) }
        await self.node.drain()
    }

    /// Drains and closes the files. Again: nothing.
    func close() async throws {
        await self.drain()
        try await self.letGo()
    }

    /// Closes everything. What uses the runtime's threads must have ended. Again: nothing.
    func letGo() async throws {
        guard !self.isClosed.exchange(true, ordering: .relaxed) else { return }
        self.seat?.close()
        await self.outgoing.close()
        self.runtime.stop()
        do {
            try self.directory.close()
        } catch {
            guard error.code == .busy else { throw error }
            // A reader has not finished. Everything is durable; the next start finds it so.
            Logger(label: "dunlin").notice("closed with a reader at work")
        }
    }
}
