import DunlinCluster
import DunlinCoordinator
import DunlinTransport

/// A process's part in a cluster, checked: a node, a coordinator, or both.
struct ClusterConfiguration: Sendable {
    struct Node: Sendable {
        var id: NodeID
        /// Where others reach it; `nil` for where it listens.
        var address: String?
        var zone: String
    }

    enum Store: Sendable {
        /// Below the data directory unless a path is given.
        case sqlite(path: String?)
        case etcd(EtcdSettings, prefix: String)
    }

    struct Coordinator: Sendable {
        var listen: Endpoint
        var address: String
        var store: Store
        /// Of a cluster that is made when the store holds none. Its id is drawn then.
        var settings: ClusterSettings
        var expectedNodes: Int
    }

    var node: Node?
    var coordinator: Coordinator?
    /// `host:port` of every coordinator; at least one.
    var coordinators: [String]
    /// The newest level of records that this process knows, where it is to behave as an older one.
    var levelMax: UInt32?

    init(_ file: ConfigurationFile.ClusterFile, directory: String) throws(Failure) {
        self.node = try file.node.map { name throws(Failure) in
            guard let id = NodeID(name) else {
                throw Failure(
                    "cluster.node: `\(name)` is no name; write 1 to \(NodeID.bytesMax) of a-z,"
                        + " 0-9 and -, beginning with a letter")
            }
            if let address = file.address { try Self.check(address, "cluster.address") }
            return Node(id: id, address: file.address, zone: file.zone ?? "")
        }
        self.coordinator = try file.coordinator.map { coordinator throws(Failure) in
            try Self.coordinator(coordinator, directory)
        }
        self.levelMax = file.levelMax
        if let level = file.levelMax, !ProductLevels.known.contains(level) {
            throw Failure(
                "cluster.level_max must be \(ProductLevels.known.lowerBound) to"
                    + " \(ProductLevels.known.upperBound)")
        }
        self.coordinators = file.coordinators ?? self.coordinator.map { [$0.address] } ?? []
        for (index, address) in self.coordinators.enumerated() {
            try Self.check(address, "cluster.coordinators[\(index)]")
        }
        guard self.node != nil || self.coordinator != nil else {
            throw Failure("cluster: set `node`, `coordinator`, or both; else leave it out")
        }
        guard self.node == nil || !self.coordinators.isEmpty else {
            throw Failure("cluster.coordinators: a node needs at least one, as HOST:PORT")
        }
    }

    private static func coordinator(
        _ file: ConfigurationFile.CoordinatorFile, _ directory: String
    ) throws(Failure) -> Coordinator {
        guard let listen = Endpoint(argument: file.listen) else {
            throw Failure("cluster.coordinator.listen: `\(file.listen)` is not HOST:PORT")
        }
        if let address = file.address { try Self.check(address, "cluster.coordinator.address") }
        let shards = file.shards ?? ShardMap.shardsDefault
        guard (1...ShardMap.shardsMax).contains(shards) else {
            throw Failure("cluster.coordinator.shards must be 1 to \(ShardMap.shardsMax)")
        }
        let backups = file.backups ?? 1
        guard backups <= ClusterSettings.backupsMax else {
            throw Failure("cluster.coordinator.backups must be 0 to \(ClusterSettings.backupsMax)")
        }
        let minInSync = file.minInSync ?? 1
        guard (1...backups + 1).contains(minInSync) else {
            throw Failure("cluster.coordinator.min_in_sync must be 1 to \(backups + 1): copies")
        }
        let expectedNodes = file.expectedNodes ?? Int(backups) + 1
        guard (1...1000).contains(expectedNodes) else {
            throw Failure("cluster.coordinator.expected_nodes must be 1 to 1000")
        }
        return Coordinator(
            listen: listen, address: file.address ?? "\(listen)",
            store: try Self.store(file, directory),
            settings: ClusterSettings(
                clusterID: 0, restoreGeneration: 1, shardCount: shards, backups: backups,
                minInSync: minInSync),
            expectedNodes: expectedNodes)
    }

    private static func store(
        _ file: ConfigurationFile.CoordinatorFile, _ directory: String
    ) throws(Failure) -> Store {
        switch file.store ?? (file.etcd == nil ? "sqlite" : "etcd") {
        case "sqlite":
            return .sqlite(path: file.data.map { Configuration.resolved($0, directory) })
        case "etcd":
            guard let etcd = file.etcd else {
                throw Failure("cluster.coordinator.etcd: name its endpoints")
            }
            func path(_ name: String?) -> String {
                name.map { Configuration.resolved($0, directory) } ?? ""
            }
            let settings = EtcdSettings(
                endpoints: etcd.endpoints, certificateFile: path(etcd.certificate),
                keyFile: path(etcd.key), authorityFile: path(etcd.authority))
            if let problem = settings.problems.first {
                throw Failure("cluster.coordinator.etcd: \(problem)")
            }
            return .etcd(settings, prefix: etcd.prefix ?? "dunlin/")
        case let other:
            throw Failure("cluster.coordinator.store: `\(other)` is neither `sqlite` nor `etcd`")
        }
    }

    private static func check(_ address: String, _ place: String) throws(Failure) {
        do throws(TransportError) {
            _ = try PeerAddress(address)
        } catch {
            throw Failure("\(place): \(error.message)")
        }
    }
}
