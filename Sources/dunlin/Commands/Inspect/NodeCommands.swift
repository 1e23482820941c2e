import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct NodeCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Shows and steers nodes.",
        subcommands: [NodeStatus.self, NodeList.self, NodeDrain.self, NodeRemove.self])
}

struct NodeStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows a node's state, tenants and warnings.")

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            return Console.write(try await self.look().json)
        }
        try await self.watching.show { self.lines(try await self.look()) }
    }

    private func look() async throws -> NodeView {
        try await self.connection.withNode { try await $0.status() }
    }

    private func lines(_ view: NodeView) -> [String] {
        var lines = [
            "dunlin \(view.version), \(view.state), since \(view.startedAt)",
            "cluster \(hexadecimal(view.clusterID)), restore generation "
                + "\(view.restoreGeneration), level \(view.level), \(view.shardCount) shards",
            "clock: \(view.clockKind), \(view.now)",
            "\(view.residentAccounts) accounts resident, \(view.transitions) transitions in "
                + "\(view.commits) commits", "",
        ]
        var table = TextTable([
            ("TENANT", .left), ("MODE", .left), ("CHARGES", .left), ("MESSAGES", .left),
            ("GATEWAY", .left), ("POLICY", .left),
        ])
        for tenant in view.tenants { table.add(TenantText.cells(tenant)) }
        lines += table.lines(empty: "no tenants yet")
        lines += view.warnings.map { Colour.yellow("warning: \($0)") }
        return lines
    }
}

enum TenantText {
    static func cells(_ tenant: TenantView) -> [String] {
        [
            tenant.name, "\(tenant.mode)", tenant.chargesPaused ? "paused" : "on",
            tenant.messagesPaused ? "paused" : "on", tenant.gateway, tenant.policy,
        ]
    }

    static func line(_ tenant: TenantView) -> String {
        "tenant \(tenant.name): \(tenant.mode), charges "
            + "\(tenant.chargesPaused ? "paused" : "on"), messages "
            + "\(tenant.messagesPaused ? "paused" : "on")"
    }
}

struct ShardCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shard", abstract: "Shows and steers shards.",
        subcommands: [
            ShardList.self, ShardMapCommand.self, ShardShow.self, ShardMove.self,
            ShardRevive.self, ShardRelease.self,
        ])
}

struct ShardList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists shards with their journals and accounts.")

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            return Console.write(["shards": .array(try await self.look().map(\.json))])
        }
        try await self.watching.show { self.lines(try await self.look()) }
    }

    private func look() async throws -> [ShardView] {
        try await self.connection.withNode { try await $0.shards() }
    }

    private func lines(_ shards: [ShardView]) -> [String] {
        var table = TextTable([
            ("SHARD", .right), ("EPOCH", .right), ("STATE", .left), ("COMMITTED", .right),
            ("FOLDED", .right), ("TAIL", .right), ("RESIDENT", .right), ("EFFECTS", .right),
            ("NEXT DUE", .left),
        ])
        for shard in shards {
            table.add([
                "\(shard.shard)", "\(shard.epoch)", shard.state, "\(shard.committedOp)",
                "\(shard.foldedOp)", "\(shard.tailRecords)", "\(shard.residentAccounts)",
                "\(shard.pendingEffects)", instantText(shard.nextDueAt),
            ])
        }
        return table.lines(empty: "no shards")
    }
}

struct TimersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timers", abstract: "Shows when accounts fall due.")

    @Flag(help: "Counts the due accounts of each slice of time.")
    var histogram = false

    @Option(help: "Width of a slice: 15m, 1h, 1d.")
    var slice = Span(ms: Milliseconds.day)

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            return Console.write(try await self.look().json)
        }
        try await self.watching.show { self.lines(try await self.look()) }
    }

    private func look() async throws -> TimersView {
        let sliceMs = self.histogram ? self.slice.ms : 0
        return try await self.connection.withNode { try await $0.timers(sliceMs: sliceMs) }
    }

    private func lines(_ view: TimersView) -> [String] {
        let head =
            "\(view.count) accounts have a due instant, \(view.overdue) are overdue; the next is "
            + "\(instantText(view.nextDueAt))"
        guard self.histogram else { return [head] }
        var table = TextTable([("FROM", .left), ("DUE", .right), ("", .left)])
        let largest = view.slices.map(\.count).max() ?? 1
        for slice in view.slices {
            let bar = Int(slice.count * 40 / max(1, largest))
            table.add([
                "\(slice.from)", "\(slice.count)", String(repeating: "▇", count: max(1, bar)),
            ])
        }
        return [head] + table.lines(empty: "nothing is due")
    }
}
