// The store's keys, below the cluster's prefix:
//
//   leader          who leads; not part of the record
//   revision        the number of transactions so far
//   settings        one line
//   nodes/NAME      one line
//   shards/NNN      64 lines, of the shards 64·NNN and following

extension ClusterRecord {
    /// Shards that share one key.
    package static let shardsPerKey = 64

    package static let leaderKey = "leader"
    package static let revisionKey = "revision"
    static let settingsKey = "settings"
    static let nodesPrefix = "nodes/"
    static let shardsPrefix = "shards/"

    /// Every key whose value differs from what `former` has there, with its value, in order;
    /// all keys when there is no former record.
    package func texts(since former: ClusterRecord?) -> [(key: String, text: String)] {
        var texts = [(key: Self.revisionKey, text: "\(self.revision)\n")]
        if former?.settings != self.settings
            || former?.nextIncarnation != self.nextIncarnation
        {
            texts.append((Self.settingsKey, self.settingsText))
        }
        for node in self.nodes where former?.node(node.record.id) != node {
            texts.append((Self.nodesPrefix + node.record.id.name, Self.text(node)))
        }
        for start in stride(from: 0, to: self.shards.count, by: Self.shardsPerKey) {
            let range = start..<min(start + Self.shardsPerKey, self.shards.count)
            if let former, former.shards.count == self.shards.count,
                former.shards[range] == self.shards[range]
            {
                continue
            }
            texts.append((Self.shardsKey(start), Self.text(self.shards[range])))
        }
        return texts
    }

    private static func shardsKey(_ shard: Int) -> String {
        let group = String(shard / Self.shardsPerKey)
        return Self.shardsPrefix + String(repeating: "0", count: max(0, 3 - group.count)) + group
    }

    private var settingsText: String {
        var line = RecordText()
        line.add("cluster", self.settings.clusterID)
        line.add("generation", self.settings.restoreGeneration)
        line.add("shards", self.settings.shardCount)
        line.add("backups", self.settings.backups)
        line.add("min-in-sync", self.settings.minInSync)
        line.add("level", self.settings.level)
        if self.settings.bundle != 0 { line.add("bundle", self.settings.bundle) }
        if self.settings.awaitsConfirmation { line.add("awaits-confirmation", 1) }
        line.add("next-incarnation", self.nextIncarnation)
        line.endLine()
        return line.text
    }

    private static func text(_ node: Node) -> String {
        var line = RecordText()
        line.add("incarnation", node.record.incarnation)
        line.add("disk", node.record.diskID)
        line.add("starts", node.record.startCounter)
        line.add("address", RecordText.escaped(node.record.address))
        line.add("state", node.record.state.rawValue)
        line.add("level-min", node.record.levelMin)
        line.add("level-max", node.record.levelMax)
        line.add("zone", RecordText.escaped(node.record.zone))
        line.add("nonce", node.nonce)
        line.add("begun", node.hasBegun ? 1 : 0)
        line.add("draining", node.isDraining ? 1 : 0)
        line.endLine()
        return line.text
    }

    private static func text(_ shards: ArraySlice<Shard>) -> String {
        var lines = RecordText()
        for (number, shard) in zip(shards.indices, shards) {
            let configuration = shard.configuration
            lines.add("shard", String(number))
            lines.add("version", configuration.version)
            lines.add("epoch", configuration.epoch)
            lines.add("primary", configuration.primary?.name ?? "")
            lines.add("in-sync", Self.text(configuration.inSync))
            lines.add("eligible", Self.text(configuration.eligible))
            lines.add("learners", configuration.learners.map(\.name).joined(separator: ","))
            lines.add("move-to", configuration.moveTo?.name ?? "")
            if configuration.condition != .normal {
                lines.add("condition", configuration.condition.rawValue)
            }
            lines.add("faulty-owners", shard.faultyOwners)
            lines.endLine()
        }
        return lines.text
    }

    private static func text(_ members: [Member]) -> String {
        members.map { "\($0.node.name):\($0.incarnation)" }.joined(separator: ",")
    }
}

extension ClusterRecord {
    /// Reads what ``texts(since:)`` wrote; `nil` when there is no cluster yet.
    package init?(texts: [(key: String, text: String)]) throws(RecordTextError) {
        var revision: UInt64?
        var settings: (ClusterSettings, UInt64)?
        var nodes: [Node] = []
        var shards: [Int: Shard] = [:]
        for (key, text) in texts {
            if key == Self.leaderKey { continue }
            if key == Self.revisionKey {
                revision = UInt64(text.filter { $0 != "\n" })
            } else if key == Self.settingsKey {
                settings = try Self.settings(text)
            } else if key.hasPrefix(Self.nodesPrefix) {
                nodes.append(try Self.node(key.dropFirst(Self.nodesPrefix.count), text))
            } else if key.hasPrefix(Self.shardsPrefix) {
                for line in text.split(separator: "\n") {
                    let (number, shard) = try Self.shard(line)
                    shards[number] = shard
                }
            } else {
                throw RecordTextError(field: "a key")
            }
        }
        guard let revision else {
            guard settings == nil else { throw RecordTextError(field: "the revision") }
            return nil
        }
        guard let settings else { throw RecordTextError(field: "the settings") }
        let count = Int(settings.0.shardCount)
        guard shards.count == count, (0..<count).allSatisfy({ shards[$0] != nil }) else {
            throw RecordTextError(field: "the number of shards")
        }
        self.init(
            revision: revision, settings: settings.0, nextIncarnation: settings.1,
            nodes: nodes.sorted { $0.record.id < $1.record.id },
            shards: (0..<count).map { shards[$0] ?? Shard() })
    }

    private static func settings(
        _ text: String
    ) throws(RecordTextError) -> (ClusterSettings, UInt64) {
        var fields = try Self.oneLine(text)
        let settings = ClusterSettings(
            clusterID: try fields.number("cluster"),
            restoreGeneration: try fields.number("generation"),
            shardCount: try fields.number("shards"), backups: try fields.number("backups"),
            minInSync: try fields.number("min-in-sync"), level: try fields.number("level"),
            bundle: try fields.number("bundle"),
            awaitsConfirmation: try fields.number("awaits-confirmation") != UInt8(0))
        guard (1...ShardMap.shardsMax).contains(settings.shardCount) else {
            throw RecordTextError(field: "the number of shards")
        }
        let next: UInt64 = try fields.number("next-incarnation")
        try fields.end()
        return (settings, next)
    }

    private static func node(_ name: Substring, _ text: String) throws(RecordTextError) -> Node {
        guard let id = NodeID(String(name)) else { throw RecordTextError(field: "a node's name") }
        var fields = try Self.oneLine(text)
        let record = NodeRecord(
            id: id, incarnation: try fields.number("incarnation"),
            diskID: try fields.number("disk"), startCounter: try fields.number("starts"),
            address: try fields.text("address"), state: try fields.choice("state", unset: .active),
            levelMin: try fields.number("level-min"), levelMax: try fields.number("level-max"),
            zone: try fields.text("zone"))
        let nonce: UInt64 = try fields.number("nonce")
        let begun: UInt8 = try fields.number("begun")
        let draining: UInt8 = try fields.number("draining")
        try fields.end()
        return Node(
            record: record, nonce: nonce, hasBegun: begun != 0, isDraining: draining != 0)
    }

    private static func shard(_ line: Substring) throws(RecordTextError) -> (Int, Shard) {
        var fields = try RecordFields(line)
        let number = try fields.number("shard", unset: -1)
        let configuration = ShardConfiguration(
            version: try fields.number("version"), epoch: try fields.number("epoch"),
            primary: try fields.node("primary"), inSync: try fields.members("in-sync"),
            eligible: try fields.members("eligible"), learners: try fields.nodes("learners"),
            moveTo: try fields.node("move-to"),
            condition: try fields.choice("condition", unset: .normal))
        let faulty: UInt32 = try fields.number("faulty-owners")
        try fields.end()
        return (number, Shard(configuration: configuration, faultyOwners: faulty))
    }

    private static func oneLine(_ text: String) throws(RecordTextError) -> RecordFields {
        let lines = text.split(separator: "\n")
        guard lines.count == 1, let line = lines.first else {
            throw RecordTextError(field: "the number of lines")
        }
        return try RecordFields(line)
    }
}
