import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWire
import Foundation
import Logging

/// What a node needs to be a member: its standing, the ways to the others, and what comes with
/// them.
final class ClusterSeat: Sendable {
    let part: ClusterPart
    /// As registration answered.
    let map: ClusterMap
    let membership: Membership
    let peers: PeerTable
    let coordinator: RemoteCoordinator
    private let links: PeerLinks

    /// How long a node that stops waits for its shards to be led elsewhere, in real ms.
    static let giveUpMsMax: Int64 = 20_000

    init(
        _ registration: RegistrationReply, membership: Membership, peers: PeerTable,
        coordinator: RemoteCoordinator, takeUps: TakeUpFiles, levelMax: UInt32
    ) {
        self.coordinator = coordinator
        self.map = registration.map
        self.membership = membership
        self.peers = peers
        self.links = PeerLinks(me: membership.identity.id, directory: peers)
        self.part = ClusterPart(
            registration: registration, me: membership.identity.id, links: self.links,
            lease: membership.lease, takeUps: takeUps,
            levelMax: levelMax, ask: { membership.ask($0) })
        peers.adopt(registration.map)
    }

    /// Whether this node leads an account's shard, by the newest map.
    var leads: @Sendable (EntityKey) -> Bool {
        let membership = self.membership
        let shards = ShardMap(shardCount: self.map.settings.shardCount)
        return { key in
            guard let map = membership.map else { return false }
            return map.shards[Int(shards.shard(of: key))].primary == membership.identity.id
        }
    }

    func router(for node: Node) -> ClusterRouter {
        let membership = self.membership
        let router = ClusterRouter(
            node: node, directory: self.peers, library: self.coordinator,
            map: { membership.map })
        node.carry(by: router)
        return router
    }

    /// Leases, maps, batches and looks around, until cancelled.
    func run(_ node: Node, _ router: any NodeService) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.membership.run(node) }
            group.addTask { await self.links.run() }
            if let router = router as? ClusterRouter { group.addTask { await router.run() } }
            await group.next()
            group.cancelAll()
            self.links.finish()
        }
    }

    /// Asks for all shards to be led elsewhere, and waits for it while a coordinator answers.
    func giveUpShards(of node: Node) async {
        self.membership.wantDrain()
        let deadline = node.monotonicMs() + Self.giveUpMsMax
        while self.mayBeFollowed, self.membership.lease.holds, node.monotonicMs() < deadline,
            await !node.ledShards().isEmpty
        {
            await node.pause(ms: 50)
        }
    }

    /// There is another node that could take a shard over.
    private var mayBeFollowed: Bool {
        let nodes = self.membership.map?.nodes ?? []
        return nodes.contains { $0.state == .active && $0.id != self.membership.identity.id }
    }

    func close() {
        self.links.finish()
        self.peers.close()
    }
}
