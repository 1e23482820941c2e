package import DunlinCluster
package import DunlinCore
package import DunlinPorts
import Logging

/// What a node offers to callers as a member of a cluster: what it leads it does, the rest it hands
/// to the node that does, and lists are gathered from all.
///
/// What is handed on is tried again only where nothing was done or a repeat is recognised: events
/// always, an operator's request only when the other node surely did not take it.
package struct ClusterRouter: NodeService {
    package let node: Node
    let directory: any ServiceDirectory
    let map: @Sendable () -> ClusterMap?
    /// Where the cluster's bundles are kept; `nil` where each node keeps its own.
    let library: (any BundleLibrary)?

    /// How long a caller waits for a shard that nobody leads, in real ms.
    static let patienceMs: Int64 = 8000
    static let pauseMs: Int64 = 50

    package init(
        node: Node, directory: any ServiceDirectory, library: (any BundleLibrary)? = nil,
        map: @escaping @Sendable () -> ClusterMap?
    ) {
        self.node = node
        self.directory = directory
        self.map = map
        self.library = library
    }

    // MARK: Owners

    enum Owner: Hashable {
        case here
        case there(NodeID)
        case nobody
    }

    func owner(of shard: UInt32) -> Owner {
        guard let map = self.map(), Int(shard) < map.shards.count,
            let primary = map.shards[Int(shard)].primary
        else { return .nobody }
        return primary == self.node.settings.cluster?.me.node ? .here : .there(primary)
    }

    func owner(of key: EntityKey) -> Owner {
        self.owner(of: self.node.settings.map.shard(of: key))
    }

    private var here: NodeID? { self.node.settings.cluster?.me.node }

    /// Where a call is sent that an owner is to answer; `nil` while nobody can.
    func service(_ owner: Owner) -> (any NodeService)? {
        switch owner {
        case .here: self.node
        case .there(let id): self.directory.service(of: id)
        case .nobody: nil
        }
    }

    /// Asks the owner of `key`, and again after a move, until somebody answers or patience ends.
    func ask<Answer: Sendable>(
        _ key: EntityKey, repeatable: Bool,
        _ body: (any NodeService) async throws(NodeError) -> Answer
    ) async throws(NodeError) -> Answer {
        let startMs = self.node.runtime.monotonicMs()
        while true {
            var failure = NodeError(
                .unavailable, "nobody leads the shard now; try again in a few seconds")
            if let service = self.service(self.owner(of: key)) {
                do throws(NodeError) {
                    return try await body(service)
                } catch {
                    guard Self.mayAskAgain(error, repeatable: repeatable) else { throw error }
                    failure = error
                }
            }
            guard self.node.runtime.monotonicMs() - startMs < Self.patienceMs else {
                throw failure
            }
            await self.pause()
        }
    }

    private static func mayAskAgain(_ error: NodeError, repeatable: Bool) -> Bool {
        switch error.code {
        case .notPrimary: true
        case .unavailable, .unknownOutcome: repeatable
        default: false
        }
    }

    func pause() async {
        await withCheckedContinuation { continuation in
            self.node.runtime.keeper.run(afterMs: Self.pauseMs) { continuation.resume() }
        }
    }

    // MARK: Accounts

    package func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError)
        -> CommandAnswer?
    {
        try await self.ask(key, repeatable: false) { service throws(NodeError) in
            try await service.operate(key, request)
        }
    }

    package func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try await self.ask(key, repeatable: true) { service throws(NodeError) in
            try await service.contacts(key)
        }
    }

    package func explain(_ key: EntityKey) async throws(NodeError) -> AccountReasons? {
        try await self.ask(key, repeatable: true) { service throws(NodeError) in
            try await service.explain(key)
        }
    }

    package func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        try await self.ask(key, repeatable: true) { service throws(NodeError) in
            try await service.timeline(key, limit: limit)
        }
    }

    package func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        var views: [AccountView?] = Array(repeating: nil, count: keys.count)
        let startMs = self.node.runtime.monotonicMs()
        var left = Array(keys.indices)
        while !left.isEmpty {
            var failure = NodeError(
                .unavailable, "nobody leads a shard of these now; try again in a few seconds")
            var missed: [Int] = []
            for (owner, places) in self.byOwner(left, keys) {
                guard let service = self.service(owner) else {
                    missed += places
                    continue
                }
                do throws(NodeError) {
                    let found = try await service.accounts(places.map { keys[$0] })
                    for (place, view) in zip(places, found) { views[place] = view }
                } catch {
                    guard Self.mayAskAgain(error, repeatable: true) else { throw error }
                    failure = error
                    missed += places
                }
            }
            left = missed
            guard !left.isEmpty else { break }
            guard self.node.runtime.monotonicMs() - startMs < Self.patienceMs else {
                let found = try await self.copied(left.map { keys[$0] }, failure)
                for (place, view) in zip(left, found) { views[place] = view }
                break
            }
            await self.pause()
        }
        return views
    }

    /// Nobody led the accounts' shards for as long as a caller waits: what a copy here says, as a
    /// stale answer; else the failure.
    private func copied(
        _ keys: [EntityKey], _ failure: NodeError
    ) async throws(NodeError) -> [AccountView?] {
        guard let map = self.map() else { throw failure }
        do throws(NodeError) {
            return try await self.node.copiedAccounts(keys, map: map)
        } catch {
            throw failure
        }
    }

    /// Places by who answers for their keys, in the order of the nodes.
    func byOwner(_ places: [Int], _ keys: [EntityKey]) -> [(Owner, [Int])] {
        var groups: [Owner: [Int]] = [:]
        for place in places { groups[self.owner(of: keys[place]), default: []].append(place) }
        return groups.sorted { Self.rank($0.key) < Self.rank($1.key) }
    }

    private static func rank(_ owner: Owner) -> String {
        switch owner {
        case .here: ""
        case .there(let id): id.name
        case .nobody: "~"
        }
    }
}

/// How a node reaches the others' services.
package protocol ServiceDirectory: Sendable {
    /// `nil` for a node that the map does not know. Its own router is not asked: what a node does
    /// not lead it refuses, so that nothing goes round in circles.
    func service(of node: NodeID) -> (any NodeService)?
}
