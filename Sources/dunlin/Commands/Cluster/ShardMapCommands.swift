import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinWeb

struct ShardMapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map", abstract: "Shows which node leads and which keep copies of each shard.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            let status = try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }
            return Console.write(["shards": status.json["shards"] ?? .null])
        }
        try await self.watching.show {
            let status = try await self.cluster.withCluster {
                remote throws(CoordinatorError) in try await remote.status()
            }
            var table = TextTable([
                ("SHARD", .right), ("EPOCH", .right), ("PRIMARY", .left), ("IN SYNC", .left),
                ("LEARNING", .left), ("MOVES TO", .left), ("CONDITION", .left),
            ])
            for (number, shard) in status.map.shards.enumerated() {
                table.add(shard.cells(UInt32(number)))
            }
            return table.lines(empty: "no shards")
        }
    }
}

struct ShardShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one shard: who holds it, and how far each copy is.")

    @Argument(help: "The shard's number.")
    var shard: UInt32

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if self.output.json {
            let (configuration, copies) = try await self.look()
            return Console.write([
                "configuration": configuration.json(shard: self.shard),
                "copies": .array(copies.map { $0.copy.json(node: $0.node) }),
            ])
        }
        try await self.watching.show {
            let (configuration, copies) = try await self.look()
            var lines = [
                "shard \(self.shard), epoch \(configuration.epoch), version "
                    + "\(configuration.version), \(configuration.condition)",
                "primary \(configuration.primary?.name ?? "none"), in sync "
                    + configuration.inSync.map(\.node.name).joined(separator: " "), "",
            ]
            var table = TextTable([
                ("NODE", .left), ("STATE", .left), ("EPOCH", .right), ("HEAD", .right),
                ("COMMITTED", .right), ("FOLDED", .right), ("BEHIND", .right),
            ])
            let head = copies.map(\.copy.headOp).max() ?? 0
            for (node, copy) in copies {
                table.add([
                    node, copy.state, "\(copy.epoch)", "\(copy.headOp)", "\(copy.committedOp)",
                    "\(copy.foldedOp)", "\(head - copy.headOp)",
                ])
            }
            lines += table.lines(empty: "no copy answers")
            return lines
        }
    }

    private func look() async throws -> (ShardConfiguration, [(node: String, copy: CopyView)]) {
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        guard Int(self.shard) < status.map.shards.count else {
            throw Failure(
                "there is no shard \(self.shard); this cluster has 0 to "
                    + "\(status.map.shards.count - 1)")
        }
        let copies = await self.cluster.members(of: status).compactMap { node, view in
            view?.copies.first { $0.shard == self.shard }.map { (node.id.name, $0) }
        }
        return (status.map.shards[Int(self.shard)], copies)
    }
}

struct ShardMove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Has another node lead a shard, once its copy is complete.")

    @Argument(help: "The shard's number.")
    var shard: UInt32

    @Option(help: ArgumentHelp("The node that is to lead it.", valueName: "node"))
    var to: String

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let node = NodeID(self.to) else { throw Failure("`\(self.to)` is no node's name") }
        let operation = ClusterOperation.move(shard: self.shard, to: node)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        if self.output.json {
            return Console.write([
                "shard": .integer(self.shard), "moves_to": .string(node.name),
            ])
        }
        Console.write(
            "shard \(self.shard) moves to \(node); see `dunlin shard show \(self.shard) --watch`")
    }
}

struct ShardRevive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revive",
        abstract: "Goes on with what is left of a shard whose last complete copy is gone.",
        discussion: """
            What only the lost copies held is lost: failures may be unknown, and attempts may have \
            been made that this copy does not know of.
            """)

    @Argument(help: "The shard's number.")
    var shard: UInt32

    @Option(help: ArgumentHelp("The node whose copy is taken.", valueName: "node"))
    var on: String?

    @Flag(help: "Says that the loss is accepted.")
    var acceptLoss = false

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard self.acceptLoss else {
            throw ValidationError("what the lost copies held is lost: say --accept-loss")
        }
    }

    func run() async throws {
        let node = try self.on.map { name in
            guard let id = NodeID(name) else { throw Failure("`\(name)` is no node's name") }
            return id
        }
        let operation = ClusterOperation.revive(shard: self.shard, on: node)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        Console.write("shard \(self.shard) goes on with what is left")
    }
}

struct ShardRelease: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Tries a quarantined shard again.")

    @Argument(help: "The shard's number.")
    var shard: UInt32

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let operation = ClusterOperation.release(shard: self.shard)
        try await self.cluster.withCluster { remote throws(CoordinatorError) in
            try await remote.operate(operation)
        }
        Console.write("shard \(self.shard) is tried again")
    }
}

extension ShardConfiguration {
    fileprivate func cells(_ shard: UInt32) -> [String] {
        [
            "\(shard)", "\(self.epoch)", self.primary?.name ?? "-",
            self.inSync.map(\.node.name).joined(separator: " "),
            self.learners.map(\.name).joined(separator: " "), self.moveTo?.name ?? "",
            self.condition == .normal ? "" : "\(self.condition)",
        ]
    }

    func json(shard: UInt32) -> JSONValue {
        [
            "shard": .integer(shard), "epoch": .integer(self.epoch),
            "version": .integer(self.version),
            "primary": self.primary.map { .string($0.name) } ?? .null,
            "in_sync": .array(self.inSync.map { .string($0.node.name) }),
            "eligible": .array(self.eligible.map { .string($0.node.name) }),
            "learners": .array(self.learners.map { .string($0.name) }),
            "moves_to": self.moveTo.map { .string($0.name) } ?? .null,
            "condition": .string("\(self.condition)"),
        ]
    }
}

extension CopyView {
    func json(node: String) -> JSONValue {
        [
            "node": .string(node), "shard": .integer(self.shard), "epoch": .integer(self.epoch),
            "state": .string(self.state), "head_op": .integer(self.headOp),
            "committed_op": .integer(self.committedOp), "folded_op": .integer(self.foldedOp),
            "peers": .array(
                self.peers.map {
                    [
                        "node": .string($0.node), "acked_op": .integer($0.ackedOp),
                        "in_sync": .bool($0.isInSync),
                    ]
                }),
        ]
    }
}
