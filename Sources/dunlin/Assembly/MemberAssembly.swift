import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinTransport
import DunlinWire
import Foundation
import Logging

/// Brings a node into its cluster: asks which cluster it is, opens or makes the data directory for
/// it, registers, and puts the node together.
struct MemberAssembly {
    let configuration: Configuration
    let cluster: ClusterConfiguration
    let node: ClusterConfiguration.Node
    let options: NodeProcess.Options
    let listen: Endpoint
    let isInsecureAllowed: Bool

    func assemble(_ outgoing: OutgoingConnections) async throws -> NodeProcess {
        guard self.configuration.nodeKeyFile != nil else {
            throw Failure(
                "node_key_file is missing: the nodes of a cluster share one key, so that each can"
                    + " open what another sealed; make it with: openssl rand -base64 32 > FILE")
        }
        let peers = PeerTable(
            hello: PeerHello(
                node: 1, incarnation: 0, role: .node,
                software: "dunlin \(ProductVersion.current)", cluster: 0),
            tls: self.configuration.tls, isInsecureAllowed: self.isInsecureAllowed)
        let coordinator = RemoteCoordinator(addresses: self.cluster.coordinators) {
            address throws(CallError) in try peers.channel(toAddress: address)
        }
        let known = try await self.firstMap(coordinator)
        let directory = try self.directory(of: known.settings)
        let runtime = try NodeProcess.runtime(self.options, directory)
        let membership = Membership(
            identity: Membership.Identity(
                id: self.node.id, address: self.node.address ?? "\(self.listen)",
                zone: self.node.zone, levels: self.levels),
            meta: directory.meta, coordinator: coordinator, library: coordinator,
            runtime: runtime,
            onMap: { map in
                peers.adopt(map)
                do throws(StoreError) {
                    try Self.keepLevel(map.settings.level, directory)
                } catch {
                    NodeProcess.stopNow(error)
                }
            }, onFenced: Self.stopFenced)
        let takeUps = TakeUpFiles(directory: self.options.data)
        let registration = try await membership.register(
            isSuspect: directory.isSuspect, crashed: takeUps.left())
        takeUps.clear()
        directory.trust()
        try Self.keepLevel(registration.map.settings.level, directory)
        try await self.exchangeBundles(directory.meta, coordinator)
        let seat = ClusterSeat(
            registration, membership: membership, peers: peers, coordinator: coordinator,
            takeUps: takeUps, levelMax: self.levels.upperBound)
        return try NodeProcess(
            directory, runtime, self.configuration, outgoing, keyDirectory: self.options.data,
            seat: seat)
    }

    /// Waits for a coordinator, however long that takes.
    private func firstMap(_ coordinator: RemoteCoordinator) async throws -> ClusterMap {
        let log = Logger(label: "dunlin.membership")
        let keeper = ThreadExecutor(name: "dunlin-waiting")
        defer { keeper.stop() }
        var tries = 0
        while true {
            do throws(CoordinatorError) {
                if let map = try await coordinator.map(since: 0) { return map }
            } catch {
                guard error.code == .unavailable else { throw error }
                if tries % 20 == 0 {
                    log.warning("waiting for a coordinator", metadata: ["why": "\(error.message)"])
                }
            }
            tries += 1
            try Task.checkCancellation()
            await withCheckedContinuation { continuation in
                keeper.run(afterMs: 250) { continuation.resume() }
            }
        }
    }

    /// Nobody decides before the bundles that cases may name are here.
    private func exchangeBundles(
        _ meta: any MetaStore, _ coordinator: RemoteCoordinator
    ) async throws {
        let log = Logger(label: "dunlin.membership")
        let keeper = ThreadExecutor(name: "dunlin-waiting")
        defer { keeper.stop() }
        while true {
            do {
                return try await BundleShelf.exchange(meta, coordinator)
            } catch let error as CoordinatorError where error.code == .unavailable {
                log.warning("waiting for the cluster's bundles", metadata: ["why": "\(error)"])
            }
            try Task.checkCancellation()
            await withCheckedContinuation { continuation in
                keeper.run(afterMs: 250) { continuation.resume() }
            }
        }
    }

    private func directory(of settings: ClusterSettings) throws -> DataDirectory {
        let identity = DirectoryIdentity(
            origin: ClusterOrigin(
                cluster: settings.clusterID, generation: UInt64(settings.restoreGeneration)),
            shardCount: settings.shardCount, level: settings.level)
        let directory = try DataDirectory(
            path: self.options.data, creating: identity, onFatal: NodeProcess.stopNow)
        guard directory.identity.level <= self.levels.upperBound else {
            throw Failure(
                "\(self.options.data) was written at level \(directory.identity.level), and this"
                    + " program knows levels up to \(self.levels.upperBound): start a newer one")
        }
        guard directory.identity.origin == identity.origin,
            directory.identity.shardCount == identity.shardCount
        else {
            throw Failure(
                "\(self.options.data) holds the data of another cluster; give this node another"
                    + " --data, or its own coordinators")
        }
        return directory
    }

    /// Of records: what this program knows, or less where the configuration says so.
    private var levels: ClosedRange<UInt32> {
        let known = ProductLevels.known
        let highest = min(known.upperBound, self.cluster.levelMax ?? known.upperBound)
        return known.lowerBound...max(known.lowerBound, highest)
    }

    /// From the cluster's level there is no way back: the directory says so to older programs.
    static func keepLevel(_ level: UInt32, _ directory: DataDirectory) throws(StoreError) {
        try directory.raise(toLevel: level)
    }

    /// Another process is this node now: nothing more may be decided, acknowledged or charged.
    private static let stopFenced: @Sendable (String) -> Void = { message in
        FileHandle.standardError.write(
            Data("dunlin: stopped: \(message)\n".utf8))
        _exit(3)
    }
}
