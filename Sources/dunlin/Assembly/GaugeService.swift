import DunlinCluster
import DunlinNode
import DunlinPorts
import Metrics
import ServiceLifecycle
import Synchronization

/// Shows the node's counters as metrics, once a second of real time.
struct GaugeService: Service {
    let process: NodeProcess

    static let everyMs: Int64 = 1000
    /// Its part in a cluster is shown every so many times: each shard is asked.
    static let memberEvery = 5

    func run() async throws {
        let (ticks, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let executor = self.process.runtime.executors[0]
        continuation.yield()
        await withGracefulShutdownHandler {
            var ticked = 0
            for await _ in ticks {
                self.show()
                if ticked % Self.memberEvery == 0 { await self.showMember() }
                ticked += 1
                executor.run(afterMs: Self.everyMs) { continuation.yield() }
            }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func gauge(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        Gauge(label: "dunlin_\(name)", dimensions: labels).record(value)
    }

    /// Its lease, its copies, and what the map says of the cluster.
    private func showMember() async {
        guard let seat = self.process.seat, let map = seat.membership.map else { return }
        let view = await self.process.node.memberView()
        let me = seat.membership.identity.id
        self.gauge("lease_left_ms", Double(max(0, view.leaseLeftMs)))
        if let aheadMs = seat.membership.clockWatch?.aheadMs {
            self.gauge("clock_ahead_ms", Double(aheadMs))
        }
        let led = map.shards.filter { $0.primary == me }
        let kept = map.shards.filter { $0.primary != me && $0.inSyncMember(me) != nil }
        self.gauge("shards", Double(led.count), [("role", "primary")])
        self.gauge("shards", Double(kept.count), [("role", "backup")])
        let learnt = map.shards.count { $0.learners.contains(me) }
        self.gauge("shards", Double(learnt), [("role", "learner")])
        let serving = view.copies.count { $0.state == "active" }
        self.gauge("shards_serving", Double(serving))
        let single = led.count { $0.inSync.count == 1 && map.settings.backups > 0 }
        self.gauge("shards_single_copy", Double(single))
        var lag: UInt64 = 0
        for copy in view.copies {
            for peer in copy.peers where copy.headOp > peer.ackedOp {
                lag = max(lag, copy.headOp - peer.ackedOp)
            }
        }
        self.gauge("replication_lag_batches", Double(lag))
        self.showCluster(map)
    }

    private func showCluster(_ map: ClusterMap) {
        self.gauge("cluster_map_revision", Double(map.revision))
        self.gauge("cluster_level", Double(map.settings.level))
        // Every election raises one epoch by one.
        let epochs = map.shards.reduce(UInt64(0)) { $0 &+ $1.epoch }
        self.gauge("cluster_epochs", Double(epochs))
        for condition in ShardConfiguration.Condition.allCases where condition != .normal {
            self.gauge(
                "cluster_shards_set_aside", Double(map.shards.count { $0.condition == condition }),
                [("condition", "\(condition)")])
        }
        self.gauge(
            "cluster_shards_without_primary",
            Double(map.shards.count { $0.condition == .normal && $0.primary == nil }))
        self.gauge("cluster_nodes_silent", Double(map.nodes.count { $0.state == .silent }))
        let isBehind =
            map.settings.bundle != 0 && map.settings.bundle != self.process.node.bundle
        self.gauge("bundle_behind", isBehind ? 1 : 0)
        self.gauge("restore_unconfirmed", map.settings.awaitsConfirmation ? 1 : 0)
    }

    private func show() {
        let counters = self.process.node.counters
        self.gauge("transitions", Double(counters.transitions.load(ordering: .relaxed)))
        self.gauge("journal_records", Double(counters.records.load(ordering: .relaxed)))
        self.gauge("commits", Double(counters.commits.load(ordering: .relaxed)))
        self.gauge("resident_accounts", Double(counters.resident.load(ordering: .relaxed)))
        self.gauge("tail_records", Double(counters.tailRecords.load(ordering: .relaxed)))
        self.gauge("unmapped_declines", Double(counters.unmappedDeclines.load(ordering: .relaxed)))
        self.gauge("overloads", Double(counters.overloads.load(ordering: .relaxed)))
    }
}
