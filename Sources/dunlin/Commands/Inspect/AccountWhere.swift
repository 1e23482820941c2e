import ArgumentParser
import DunlinCluster
import DunlinCoordinator
import DunlinCore
import DunlinWeb

struct AccountWhere: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "where",
        abstract: "Shows which shard an account is in, who leads it, and how far each copy is.",
        discussion: "An account that nobody has heard of has its place, too.")

    @Argument(help: "The account's id at its billing system.")
    var id: String

    @OptionGroup var tenant: TenantOption
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...EntityKey.keyBytesMax).contains(self.id.utf8.count) else {
            throw ValidationError("An account id has 1 to \(EntityKey.keyBytesMax) bytes.")
        }
    }

    private var key: EntityKey {
        EntityKey(tenant: self.tenant.tenant, kind: .account, key: self.id)
    }

    private struct Place {
        var shard: UInt32
        var configuration: ShardConfiguration
        var copies: [(node: NodeRecord, copy: CopyView?)]

        /// The newest batch anywhere.
        var head: UInt64 { self.copies.compactMap { $0.copy?.headOp }.max() ?? 0 }
    }

    func run() async throws {
        if self.output.json { return Console.write(self.json(try await self.look())) }
        try await self.watching.show { self.lines(try await self.look()) }
    }

    private func look() async throws -> Place {
        let status = try await self.cluster.withCluster {
            remote throws(CoordinatorError) in try await remote.status()
        }
        let shard = ShardMap(shardCount: status.map.settings.shardCount).shard(of: self.key)
        let configuration = status.map.shards[Int(shard)]
        let members = await self.cluster.members(of: status)
        return Place(
            shard: shard, configuration: configuration,
            copies: members.filter { configuration.holds($0.node.id) }.map { node, view in
                (node, view?.copies.first { $0.shard == shard })
            })
    }

    private func role(_ node: NodeID, _ configuration: ShardConfiguration) -> String {
        if configuration.primary == node { return "primary" }
        if configuration.inSyncMember(node) != nil { return "in sync" }
        return configuration.learners.contains(node) ? "learning" : "eligible"
    }

    private func lines(_ place: Place) -> [String] {
        var table = TextTable([
            ("NODE", .left), ("ROLE", .left), ("STATE", .left), ("EPOCH", .right),
            ("HEAD", .right), ("COMMITTED", .right), ("BEHIND", .right),
        ])
        for (node, copy) in place.copies {
            let role = self.role(node.id, place.configuration)
            guard let copy else {
                table.add([node.id.name, role, "does not answer"])
                continue
            }
            table.add([
                node.id.name, role, copy.state, "\(copy.epoch)", "\(copy.headOp)",
                "\(copy.committedOp)", "\(place.head - copy.headOp)",
            ])
        }
        let owner = place.configuration.primary?.name ?? Colour.red("nobody")
        return [
            "shard \(place.shard), led by \(owner) in epoch \(place.configuration.epoch)"
                + (place.configuration.condition == .normal
                    ? "" : Colour.red(", \(place.configuration.condition)")),
            "",
        ] + table.lines(empty: "no copy")
    }

    private func json(_ place: Place) -> JSONValue {
        [
            "tenant": .string(self.tenant.tenant), "account": .string(self.id),
            "shard": .integer(place.shard), "epoch": .integer(place.configuration.epoch),
            "owner": place.configuration.primary.map { .string($0.name) } ?? .null,
            "condition": .string("\(place.configuration.condition)"),
            "copies": .array(
                place.copies.map { node, copy in
                    [
                        "node": .string(node.id.name), "address": .string(node.address),
                        "role": .string(self.role(node.id, place.configuration)),
                        "state": copy.map { .string($0.state) } ?? .null,
                        "head_op": copy.map { .integer($0.headOp) } ?? .null,
                        "committed_op": copy.map { .integer($0.committedOp) } ?? .null,
                        "behind": copy.map { .integer(place.head - $0.headOp) } ?? .null,
                    ]
                }),
        ]
    }
}
