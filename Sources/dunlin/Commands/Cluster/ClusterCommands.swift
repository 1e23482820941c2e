import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinWeb

/// Commands about several nodes.
enum ClusterCommandGroup {
    static let group = CommandGroup(
        name: "Cluster",
        subcommands: [
            ClusterCommands.self, ReplicationCommands.self, LeaseCommands.self, TopCommand.self,
            JournalCommands.self, BackupCommand.self, RestoreCommands.self,
            CertificateCommands.self, ErasureCommands.self,
        ])
}

struct ClusterCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Shows and steers a cluster.",
        subcommands: [
            ClusterStatusCommand.self, ClusterCopies.self, ClusterFinalize.self,
            ClusterConfirmRestore.self,
        ])
}

struct ClusterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows who coordinates, the nodes, and which shards need attention.",
        discussion: "Exits with 1 when a shard is led by nobody, lost or quarantined.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            let status = try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }
            Console.write(status.json)
            if !status.shardsInTrouble.isEmpty { throw ExitCode(1) }
            return
        }
        var isGood = true
        try await self.watching.show {
            let status = try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }
            isGood = status.shardsInTrouble.isEmpty
            return status.lines
        }
        if !isGood { throw ExitCode(1) }
    }
}

struct ClusterCopies: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copies",
        abstract: "Sets how many copies a shard has, and how many must hold what is acknowledged.")

    @Option(help: "Copies besides the primary's: 0, 1 or 2.")
    var backups: UInt32

    @Option(help: "Copies that must hold a batch before it counts, the primary's among them.")
    var minInSync: UInt32

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard self.backups <= ClusterSettings.backupsMax else {
            throw ValidationError("--backups must be 0 to \(ClusterSettings.backupsMax)")
        }
        guard (1...self.backups + 1).contains(self.minInSync) else {
            throw ValidationError("--min-in-sync must be 1 to \(self.backups + 1)")
        }
    }

    func run() async throws {
        let operation = ClusterOperation.setCopies(
            backups: self.backups, minInSync: self.minInSync)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        Console.write(
            "\(self.backups) backups, \(self.minInSync) must be in sync; see `dunlin cluster status`"
        )
    }
}

struct ClusterFinalize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finalize",
        abstract: "Lets all nodes write a newer level of records; there is no way back.")

    @Argument(help: "The level; every node must know it.")
    var level: UInt32

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let operation = ClusterOperation.finalize(level: self.level)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        Console.write("the cluster writes level \(self.level)")
    }
}

extension ClusterStatus {
    /// For people: 100 columns.
    var lines: [String] {
        let shards = self.map.shards
        let settings = self.map.settings
        var lines = [
            "cluster \(hexadecimal(settings.clusterID)), restore generation "
                + "\(settings.restoreGeneration), level \(settings.level), map \(self.map.revision)",
            "coordinator \(self.leader), leads for \(self.leadsForMs / 1000) s",
            "\(shards.count) shards, \(settings.backups) backups, "
                + "\(settings.minInSync) must be in sync",
            settings.bundle == 0
                ? "no policy was applied: each node decides by its configuration's bundle"
                : "every node decides by bundle \(BundleID(settings.bundle))", "",
        ]
        if settings.awaitsConfirmation {
            lines.insert(
                Colour.red(
                    "restored from a backup: nothing is charged until `dunlin cluster"
                        + " confirm-restore`"), at: 0)
        }
        var table = TextTable([
            ("NODE", .left), ("STATE", .left), ("ADDRESS", .left), ("ZONE", .left),
            ("LEADS", .right), ("COPIES", .right), ("LEARNS", .right), ("DUE 1H", .right),
            ("ACCOUNTS", .right), ("HEARD", .right),
        ])
        for node in self.nodes { table.add(node.cells) }
        lines += table.lines(empty: "no nodes yet")
        lines.append("")
        lines += self.laggards.map {
            Colour.red("\($0) does not decide by the cluster's bundle: see its log")
        }
        lines += self.clockLines.map(Colour.red.callAsFunction)
        lines += self.findings
        return lines
    }

    /// Nodes that are there and decide by another bundle than the cluster's.
    private var laggards: [NodeID] {
        let bundle = self.map.settings.bundle
        return self.nodes.filter { bundle != 0 && $0.isAlive && $0.bundle != bundle }
            .map(\.record.id)
    }

    /// Clocks that somebody must put right.
    private var clockLines: [String] {
        func text(_ aheadMs: Int64) -> String {
            "\(aheadMs.magnitude / 1000) s \(aheadMs < 0 ? "behind" : "ahead")"
        }
        guard self.clocks.agree else {
            let nodes = self.nodes.filter(\.isAlive)
                .map { "\($0.record.id) \(text($0.clockAheadMs))" }.joined(separator: ", ")
            return ["clocks differ and no majority agrees; to the coordinator's: \(nodes)"]
        }
        var lines = self.nodes.filter { $0.hasWrongClock(self.clocks) }.map {
            "\($0.record.id)'s clock is \(text($0.clockAheadMs)): it fires and leads nothing until it is right"
        }
        let own = self.clocks.coordinatorAheadMs
        if own.magnitude > UInt64(ClockReckoning.offMsMax) {
            lines.append("the coordinator's clock is \(text(own)); nodes go by their own")
        }
        return lines
    }

    /// What needs an operator, worst first; one line when nothing does.
    private var findings: [String] {
        let shards = self.map.shards
        func numbers(_ wanted: (ShardConfiguration) -> Bool) -> [Int] {
            shards.indices.filter { wanted(shards[$0]) }
        }
        let needed = Int(self.map.settings.backups) + 1
        let found: [(String, [Int], (String) -> String)] = [
            (
                "lost: `dunlin shard revive`", numbers { $0.condition == .lost },
                Colour.red.callAsFunction
            ),
            (
                "quarantined: `dunlin shard release`", numbers { $0.condition == .quarantined },
                Colour.red.callAsFunction
            ),
            (
                "led by nobody", numbers { $0.condition == .normal && $0.primary == nil },
                Colour.red.callAsFunction
            ),
            (
                "single-copy", numbers { $0.inSync.count == 1 && needed > 1 },
                Colour.yellow.callAsFunction
            ),
            (
                "fewer copies than wanted",
                numbers { $0.inSync.count > 1 && $0.inSync.count < needed },
                Colour.yellow.callAsFunction
            ),
            ("moving", numbers { $0.moveTo != nil }, Colour.faint.callAsFunction),
        ]
        let lines = found.filter { !$0.1.isEmpty }.map { what, numbers, colour in
            let some = numbers.prefix(10).map { "\($0)" }.joined(separator: ", ")
            let more = numbers.count > 10 ? ", …" : ""
            return colour("\(numbers.count) shards \(what) (\(some)\(more))")
        }
        return lines.isEmpty ? [Colour.green("all shards are served and have their copies")] : lines
    }

    var json: JSONValue {
        [
            "cluster": .string(hexadecimal(self.map.settings.clusterID)),
            "restore_generation": .integer(self.map.settings.restoreGeneration),
            "level": .integer(self.map.settings.level), "revision": .integer(self.map.revision),
            "leader": .string(self.leader), "leads_for_ms": .integer(self.leadsForMs),
            "backups": .integer(self.map.settings.backups),
            "min_in_sync": .integer(self.map.settings.minInSync),
            "bundle": self.map.settings.bundle == 0
                ? .null : .string("\(BundleID(self.map.settings.bundle))"),
            "clocks_agree": .bool(self.clocks.agree),
            "clock_ahead_ms": .integer(self.clocks.coordinatorAheadMs),
            "awaits_confirmation": .bool(self.map.settings.awaitsConfirmation),
            "nodes": .array(self.nodes.map(\.json)),
            "shards": .array(
                self.map.shards.enumerated().map { $0.element.json(shard: UInt32($0.offset)) }),
            "in_trouble": .array(self.shardsInTrouble.map { .integer($0) }),
        ]
    }
}

extension ClusterStatus.Node {
    fileprivate var cells: [String] {
        [
            self.record.id.name, self.stateText, self.record.address, self.record.zone,
            "\(self.leads)", "\(self.copies)", "\(self.learners)", "\(self.dueNextHour)",
            "\(self.residentAccounts)",
            self.silentMs < 0 ? "never" : "\(self.silentMs) ms",
        ]
    }

    private var stateText: String {
        if self.record.state == .removed { return "removed" }
        if !self.isAlive { return "silent" }
        return self.isDraining || self.wantsDrain ? "draining" : "\(self.record.state)"
    }

    var json: JSONValue {
        [
            "node": .string(self.record.id.name), "state": .string(self.stateText),
            "address": .string(self.record.address), "zone": .string(self.record.zone),
            "incarnation": .integer(self.record.incarnation), "leads": .integer(self.leads),
            "level_min": .integer(self.record.levelMin),
            "level_max": .integer(self.record.levelMax),
            "bundle": self.bundle == 0 ? .null : .string("\(BundleID(self.bundle))"),
            "copies": .integer(self.copies), "learners": .integer(self.learners),
            "due_next_hour": .integer(self.dueNextHour),
            "resident_accounts": .integer(self.residentAccounts),
            "disk_free_bytes": .integer(self.diskFreeBytes),
            "silent_ms": .integer(self.silentMs),
            "clock_ahead_ms": .integer(self.clockAheadMs),
        ]
    }
}
