/// All that a coordinator keeps durably: its store's content as values.
///
/// Revisions count transactions. Every transaction compares and replaces the revision, so that all
/// of them are in one row: one that comes late finds another revision and does nothing.
package struct ClusterRecord: Hashable, Sendable {
    /// What is kept of a node beyond what the others need to know.
    package struct Node: Hashable, Sendable {
        package var record: NodeRecord
        /// Of the registration that was answered last: the same one is answered alike.
        package var nonce: UInt64
        /// The process said that it has kept that answer: whoever comes with the same nonce from now
        /// on has a disk from before.
        package var hasBegun: Bool
        /// An operator asked that it gives its shards away.
        package var isDraining: Bool

        package init(
            record: NodeRecord, nonce: UInt64, hasBegun: Bool = false, isDraining: Bool = false
        ) {
            self.record = record
            self.nonce = nonce
            self.hasBegun = hasBegun
            self.isDraining = isDraining
        }
    }

    /// What is kept of a shard beyond its configuration.
    package struct Shard: Hashable, Sendable {
        package var configuration: ShardConfiguration
        /// Owners in a row that could not take it up.
        package var faultyOwners: UInt32

        package init(
            configuration: ShardConfiguration = ShardConfiguration(), faultyOwners: UInt32 = 0
        ) {
            self.configuration = configuration
            self.faultyOwners = faultyOwners
        }
    }

    package var revision: UInt64
    package var settings: ClusterSettings
    /// The next life of a node's disk gets this one; never reused.
    package var nextIncarnation: UInt64
    /// In the order of their ids.
    package var nodes: [Node]
    /// By shard number.
    package var shards: [Shard]

    /// A cluster that nobody has joined.
    package init(_ settings: ClusterSettings) {
        self.revision = 0
        self.settings = settings
        self.nextIncarnation = 1
        self.nodes = []
        self.shards = Array(repeating: Shard(), count: Int(settings.shardCount))
    }

    init(
        revision: UInt64, settings: ClusterSettings, nextIncarnation: UInt64, nodes: [Node],
        shards: [Shard]
    ) {
        self.revision = revision
        self.settings = settings
        self.nextIncarnation = nextIncarnation
        self.nodes = nodes
        self.shards = shards
    }

    package var map: ClusterMap {
        ClusterMap(
            revision: self.revision, settings: self.settings, nodes: self.nodes.map(\.record),
            shards: self.shards.map(\.configuration))
    }

    func index(of id: NodeID) -> Int? {
        var low = 0
        var high = self.nodes.count
        while low < high {
            let middle = (low + high) / 2
            if self.nodes[middle].record.id < id { low = middle + 1 } else { high = middle }
        }
        return low < self.nodes.count && self.nodes[low].record.id == id ? low : nil
    }

    package func node(_ id: NodeID) -> Node? {
        self.index(of: id).map { self.nodes[$0] }
    }
}
