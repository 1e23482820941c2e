import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinWeb

struct NodeList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the cluster's nodes and what they lead.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            let status = try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }
            return Console.write(["nodes": .array(status.nodes.map(\.json))])
        }
        try await self.watching.show {
            try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }.nodeLines
        }
    }
}

struct NodeDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Has a node give all its shards away; with --undo it takes shards again.")

    @Argument(help: "The node's name.")
    var node: String

    @Flag(help: "The node takes shards again.")
    var undo = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let id = NodeID(self.node) else { throw Failure("`\(self.node)` is no node's name") }
        let operation: ClusterOperation = self.undo ? .undrain(id) : .drain(id)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        if self.output.json {
            return Console.write(["node": .string(id.name), "draining": .bool(!self.undo)])
        }
        Console.write(
            self.undo ? "\(id) takes shards again" : "\(id) gives its shards away; see `node list`")
    }
}

struct NodeRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes a node out of the cluster for good.")

    @Argument(help: "The node's name.")
    var node: String

    @Flag(help: "Also when it holds the last complete copy of a shard, which is lost then.")
    var acceptLoss = false

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        guard let id = NodeID(self.node) else { throw Failure("`\(self.node)` is no node's name") }
        let operation = ClusterOperation.remove(id, acceptLoss: self.acceptLoss)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        Console.write("\(id) is out of the cluster")
    }
}

struct ReplicationCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replication", abstract: "Shows how far copies are.",
        subcommands: [ReplicationLag.self])
}

struct ReplicationLag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag", abstract: "Lists the copies that are behind their primaries.")

    @Flag(help: "Lists the level ones, too.")
    var all = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    private struct Row {
        var primary: String
        var copy: CopyView
        var peer: CopyView.Peer

        var behind: UInt64 { self.copy.headOp - min(self.copy.headOp, self.peer.ackedOp) }
    }

    func run() async throws {
        if self.output.json {
            return Console.write([
                "copies": .array(
                    try await self.rows().map { row in
                        [
                            "shard": .integer(row.copy.shard), "primary": .string(row.primary),
                            "node": .string(row.peer.node), "in_sync": .bool(row.peer.isInSync),
                            "head_op": .integer(row.copy.headOp),
                            "acked_op": .integer(row.peer.ackedOp),
                            "behind": .integer(row.behind),
                        ]
                    })
            ])
        }
        try await self.watching.show {
            var table = TextTable([
                ("SHARD", .right), ("PRIMARY", .left), ("COPY", .left), ("IN SYNC", .left),
                ("HEAD", .right), ("HAS", .right), ("BEHIND", .right),
            ])
            for row in try await self.rows() {
                table.add([
                    "\(row.copy.shard)", row.primary, row.peer.node,
                    row.peer.isInSync ? "yes" : "no", "\(row.copy.headOp)",
                    "\(row.peer.ackedOp)", "\(row.behind)",
                ])
            }
            return table.lines(empty: "every copy is level")
        }
    }

    private func rows() async throws -> [Row] {
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        var rows: [Row] = []
        for (node, view) in await self.cluster.members(of: status) {
            for copy in view?.copies ?? [] {
                rows += copy.peers.map { Row(primary: node.id.name, copy: copy, peer: $0) }
            }
        }
        return rows.filter { self.all || $0.behind > 0 || !$0.peer.isInSync }
            .sorted { ($0.copy.shard, $0.peer.node) < ($1.copy.shard, $1.peer.node) }
    }
}

struct LeaseCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease", abstract: "Shows leases.", subcommands: [LeaseList.self])
}

struct LeaseList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the nodes' leases: without one nothing is charged or sent.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            let members = try await self.members()
            return Console.write([
                "leases": .array(
                    members.map { node, view in
                        [
                            "node": .string(node.id.name),
                            "left_ms": view.map { .integer($0.leaseLeftMs) } ?? .null,
                            "incarnation": .integer(node.incarnation),
                        ]
                    })
            ])
        }
        try await self.watching.show {
            var table = TextTable([
                ("NODE", .left), ("INCARNATION", .right), ("LEADS", .right), ("LEASE", .left),
            ])
            for (node, view) in try await self.members() {
                let led = view?.copies.filter { $0.state == "active" }.count ?? 0
                let lease =
                    view.map {
                        $0.leaseLeftMs >= 0 ? "\($0.leaseLeftMs) ms left" : "run out"
                    } ?? "does not answer"
                table.add([node.id.name, "\(node.incarnation)", "\(led)", lease])
            }
            return table.lines(empty: "no nodes yet")
        }
    }

    private func members() async throws -> [(node: NodeRecord, view: MemberView?)] {
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        return await self.cluster.members(of: status)
    }
}

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Shows the nodes at work, every second.")

    @Flag(help: "Shows it once, over one second.")
    var once = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var before = try await self.look()
        if self.output.json {
            try await Ticks.until(.now + .seconds(1))
            return Console.write(Self.json(before, try await self.look()))
        }
        var watching = WatchOptions()
        watching.watch = !self.once
        if self.once { try await Ticks.until(.now + .seconds(1)) }
        var isFirst = !self.once
        try await watching.show {
            if isFirst {
                isFirst = false
                return ["looking…"]
            }
            let now = try await self.look()
            defer { before = now }
            return self.lines(before, now)
        }
    }

    private struct Look {
        var at: ContinuousClock.Instant
        var status: ClusterStatus
        var members: [(node: NodeRecord, view: MemberView?)]
    }

    private func look() async throws -> Look {
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        return Look(
            at: .now, status: status, members: await self.cluster.members(of: status))
    }

    /// What a node did between two looks.
    private struct Pace {
        var view: MemberView
        var transitionsPerSecond: UInt64
        var commitsPerSecond: UInt64

        var leads: Int { self.view.copies.filter { $0.state == "active" }.count }
        var keeps: Int { self.view.copies.count - self.leads }
    }

    /// In the order of the nodes; `nil` for one that does not answer.
    private static func paces(_ before: Look, _ now: Look) -> [(node: NodeRecord, pace: Pace?)] {
        let span = before.at.duration(to: now.at)
        let ms = max(
            1, span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000)
        func rate(_ now: UInt64, _ then: UInt64?) -> UInt64 {
            guard let then, now >= then else { return 0 }
            return (now - then) * 1000 / UInt64(ms)
        }
        return now.members.map { node, view in
            let former = before.members.first { $0.node.id == node.id }?.view
            let pace = view.map {
                Pace(
                    view: $0, transitionsPerSecond: rate($0.transitions, former?.transitions),
                    commitsPerSecond: rate($0.commits, former?.commits))
            }
            return (node, pace)
        }
    }

    private static func json(_ before: Look, _ now: Look) -> JSONValue {
        let nodes = Self.paces(before, now).map { node, pace -> JSONValue in
            guard let pace else {
                return ["node": .string(node.id.name), "answers": .bool(false)]
            }
            return [
                "node": .string(node.id.name), "answers": .bool(true),
                "leads": .integer(pace.leads), "keeps": .integer(pace.keeps),
                "accounts": .integer(pace.view.residentAccounts),
                "transitions_per_second": .integer(pace.transitionsPerSecond),
                "commits_per_second": .integer(pace.commitsPerSecond),
                "lease_left_ms": .integer(pace.view.leaseLeftMs),
            ]
        }
        return [
            "nodes": .array(nodes), "shards": .integer(now.status.map.shards.count),
            "shards_in_trouble": .integer(now.status.shardsInTrouble.count),
        ]
    }

    private func lines(_ before: Look, _ now: Look) -> [String] {
        var table = TextTable([
            ("NODE", .left), ("LEADS", .right), ("KEEPS", .right), ("ACCOUNTS", .right),
            ("TRANSITIONS/S", .right), ("COMMITS/S", .right), ("LEASE", .right), ("", .left),
        ])
        var total: UInt64 = 0
        for (node, pace) in Self.paces(before, now) {
            guard let pace else {
                table.add([node.id.name, "", "", "", "", "", "", "does not answer"])
                continue
            }
            let transitions = pace.transitionsPerSecond
            total += transitions
            let bar = String(repeating: "▇", count: Int(min(30, transitions / 10_000)))
            table.add([
                node.id.name, "\(pace.leads)", "\(pace.keeps)", "\(pace.view.residentAccounts)",
                "\(transitions)", "\(pace.commitsPerSecond)",
                pace.view.leaseLeftMs >= 0 ? "\(pace.view.leaseLeftMs) ms" : "none", bar,
            ])
        }
        let trouble = now.status.shardsInTrouble.count
        return [
            "\(total) transitions a second, \(now.status.map.shards.count) shards, "
                + (trouble == 0 ? "all served" : Colour.red("\(trouble) in trouble")), "",
        ] + table.lines(empty: "no nodes yet")
    }
}

extension ClusterStatus {
    fileprivate var nodeLines: [String] {
        Array(self.lines.drop { !$0.isEmpty }.dropFirst().prefix { !$0.isEmpty })
    }
}
