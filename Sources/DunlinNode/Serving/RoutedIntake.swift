package import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Synchronization

/// Events of a client of a cluster, each sent straight to the node that leads its shard.
///
/// The map is only a hint: what a node no longer leads it hands on, and what does not reach the
/// node that the map names goes to any other. A repeat is recognised, so that nothing is taken
/// twice, and events of one shard stay in order.
package final class RoutedIntake: EventIntake {
    /// A map older than this is asked for again before the next call, in real ms.
    package static let mapAgeMs: Int64 = 2000

    private struct State {
        var map: ClusterMap?
        /// When the map was last asked for.
        var askedMs: Int64
        var nodes: [String: any EventIntake] = [:]
    }

    private let anyNode: any EventIntake
    private let newMap: @Sendable (_ since: UInt64) async -> ClusterMap?
    private let connect: @Sendable (_ address: String) -> (any EventIntake)?
    private let monotonicMs: @Sendable () -> Int64
    private let state: Mutex<State>

    /// `anyNode`: Takes what cannot be sent straight.
    /// `newMap`: The cluster's map where it is not the one of that revision; `nil` where it is, and
    /// where nobody knows one.
    /// `connect`: The node at a `host:port`; called once for each; `nil` for what is no address.
    package init(
        otherwise anyNode: any EventIntake, monotonicMs: @escaping @Sendable () -> Int64,
        newMap: @escaping @Sendable (_ since: UInt64) async -> ClusterMap?,
        connect: @escaping @Sendable (_ address: String) -> (any EventIntake)?
    ) {
        self.anyNode = anyNode
        self.newMap = newMap
        self.connect = connect
        self.monotonicMs = monotonicMs
        self.state = Mutex(State(askedMs: monotonicMs() - Self.mapAgeMs))
    }

    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        guard let map = await self.map() else { return try await self.anyNode.intake(events) }
        let shards = ShardMap(shardCount: map.settings.shardCount)
        if let shard = shards.onlyShard(of: events) {
            let leader = Self.leader(of: Int(shard), map).flatMap(map.node)
            return try await self.take(events, at: leader)
        }
        let groups = self.groups(of: events, by: map)
        guard groups.count > 1 else {
            return try await self.take(events, at: groups.first?.node)
        }
        return try await self.take(groups, of: events)
    }

    /// The places of events by the node that leads their shards; `nil` for what nobody leads.
    private func groups(
        of events: [IntakeEvent], by map: ClusterMap
    ) -> [(node: NodeRecord?, places: [Int])] {
        let shards = ShardMap(shardCount: map.settings.shardCount)
        var places: [NodeID?: [Int]] = [:]
        for (place, event) in events.enumerated() {
            let leader = Self.leader(of: Int(shards.shard(of: event.key)), map)
            places[leader, default: []].append(place)
        }
        return places.map { ($0.key.flatMap(map.node), $0.value) }
    }

    private static func leader(of shard: Int, _ map: ClusterMap) -> NodeID? {
        shard < map.shards.count ? map.shards[shard].primary : nil
    }

    /// Sends each group to its node, all at once.
    private func take(
        _ groups: [(node: NodeRecord?, places: [Int])], of events: [IntakeEvent]
    ) async throws(NodeError) -> [IntakeResult] {
        typealias Answer = (places: [Int], results: Result<[IntakeResult], NodeError>)
        return try await withTaskGroup(
            of: Answer.self, returning: Result<[IntakeResult], NodeError>.self
        ) { tasks in
            for (node, places) in groups {
                tasks.addTask {
                    do throws(NodeError) {
                        let own = places.map { events[$0] }
                        return (places, .success(try await self.take(own, at: node)))
                    } catch {
                        return (places, .failure(error))
                    }
                }
            }
            var results: [IntakeResult?] = Array(repeating: nil, count: events.count)
            for await answer in tasks {
                switch answer.results {
                case .failure(let error): return .failure(error)
                case .success(let taken):
                    for (place, result) in zip(answer.places, taken) { results[place] = result }
                }
            }
            return .success(results.map { $0 ?? .retry(code: "unavailable", message: "no answer") })
        }.get()
    }

    private func take(
        _ events: [IntakeEvent], at node: NodeRecord?
    ) async throws(NodeError) -> [IntakeResult] {
        guard let node, let straight = self.service(at: node.address) else {
            return try await self.anyNode.intake(events)
        }
        do throws(NodeError) {
            return try await straight.intake(events)
        } catch {
            guard Self.mayAskAgain(error) else { throw error }
            return try await self.anyNode.intake(events)
        }
    }

    private static func mayAskAgain(_ error: NodeError) -> Bool {
        switch error.code {
        case .unavailable, .notPrimary, .unknownOutcome: true
        default: false
        }
    }

    private func service(at address: String) -> (any EventIntake)? {
        self.state.withLock { state in
            if let known = state.nodes[address] { return known }
            guard let made = self.connect(address) else { return nil }
            state.nodes[address] = made
            return made
        }
    }

    /// The map as far as it is known; asked for again now and then, by one caller at a time.
    private func map() async -> ClusterMap? {
        let now = self.monotonicMs()
        let (known, isOld) = self.state.withLock { state in
            let isOld = now - state.askedMs >= Self.mapAgeMs
            if isOld { state.askedMs = now }
            return (state.map, isOld)
        }
        guard isOld else { return known }
        guard let new = await self.newMap(known?.revision ?? 0) else { return known }
        self.state.withLock { $0.map = new }
        return new
    }
}
