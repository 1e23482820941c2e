import Foundation
import Testing

extension ProcessTests {
    /// A backup of a cluster at work, and what becomes of it in another one.
    @Suite(.serialized) struct ClusterBackupTests {
        private static let accounts: UInt64 = 2000

        private static func tenant(seed: UInt64) -> String {
            """
                mode: live
                policy: ladder
                gateway: {kind: simulated, behaviour: ladder, seed: \(seed), ledger: LEDGER}
            """
        }

        @Test func `a backup under load becomes a cluster that charges only when it is confirmed`()
            async throws
        {
            try await Scratch.with { scratch in
                let backup = scratch.file("backup")
                let source = try ClusterProcesses(
                    scratch: scratch, tenant: Self.tenant(seed: 8))
                try await source.whileRunning { cluster in
                    let load = try Self.load("before", cluster, at: cluster.nodes[0])
                    try await waitUntil("charges", within: .seconds(120)) {
                        cluster.charges.count > 500
                    }
                    let done = try await cluster.command(
                        "backup", "--to", backup, at: cluster.nodes[1])
                    #expect(done.code == 0, "\(done.errors)")
                    #expect(try await load.exitCode(within: .seconds(300)) == 0)
                    let again = try await cluster.command(
                        "backup", "--to", backup, at: cluster.nodes[1])
                    #expect(again.code != 0, "nothing is overwritten")
                }
                try await Self.lookOffline(source.nodes[0], scratch)
                let before = Self.charged(source)
                try await Self.goOn(backup, scratch)
                try await Self.wait(backup, scratch)
                #expect(Self.charged(source) == before, "the former gateway is not asked")
            }
        }

        private static func load(
            _ name: String, _ cluster: ClusterProcesses, at node: MemberProcess
        ) throws -> ChildProcess {
            try ChildProcess(
                name, executable: BuildFolder.dunlin,
                arguments: [
                    "load", "ladder", "--accounts", "\(Self.accounts)", "--seed", "8",
                    "--connect", node.address, "--json",
                ], scratch: cluster.scratch)
        }

        /// Into two nodes, of three; a third one begins with nothing.
        private static func restored(
            _ prefix: String, coordinators: Int = 1, _ backup: String, _ scratch: Scratch,
            _ body: (ClusterProcesses) async throws -> Void
        ) async throws {
            let cluster = try ClusterProcesses(
                scratch: scratch, ClusterSetup(coordinators: coordinators, prefix: prefix),
                tenant: Self.tenant(seed: 8))
            try await Self.makeParts(of: cluster, backup, scratch)
            try await cluster.whileRunning { cluster in
                let status = try await cluster.json("cluster", "status", at: cluster.nodes[2])
                #expect(status["restore_generation"].integer == 2)
                #expect(status["awaits_confirmation"].bool == true)
                #expect(cluster.charges.isEmpty, "nothing is charged by itself")
                try await body(cluster)
            }
            for node in cluster.nodes {
                let verified = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(verified.code == 0, "\(node.name): \(verified.errors)\(verified.output)")
            }
        }

        /// What the former cluster was asked is asked of the new one, and it ends where that did.
        private static func goOn(_ backup: String, _ scratch: Scratch) async throws {
            try await Self.restored("new-", backup, scratch) { cluster in
                try await Self.confirm(cluster)
                let load = try Self.load("after", cluster, at: cluster.nodes[0])
                #expect(try await load.exitCode(within: .seconds(300)) == 0, "\(load.errors)")
                let oracle = LadderOracle(accounts: Self.accounts, seed: 8)
                let told = try JSON(parsing: load.output)
                #expect(told["digest"].string == oracle.digestText)
                #expect(told["recovered"].integer == oracle.recovered)
                #expect(!cluster.charges.isEmpty, "what was open is charged now")
            }
        }

        /// What a copied directory says without a node.
        private static func lookOffline(_ node: MemberProcess, _ scratch: Scratch) async throws {
            let copy = scratch.file("copy")
            try FileManager.default.copyItem(atPath: node.data, toPath: copy)
            func ask(_ words: String...) async throws -> JSON {
                let told = try await run(
                    BuildFolder.dunlin, words + ["--data", copy, "--json"], scratch: scratch)
                #expect(told.code == 0, "\(words): \(told.errors)")
                return try JSON(parsing: told.output)
            }
            let shards = try await ask("shard", "list")["shards"].array
            // Two copies of sixteen shards lie on three nodes; those that it did not lead are here, too.
            #expect((8...16).contains(shards.count), "\(shards.count)")
            #expect(Set(shards.compactMap { $0["shard"].integer }).count == shards.count)
            let timers = try await ask("timers", "--histogram", "--slice", "1d")
            let sum = timers["slices"].array.compactMap { $0["count"].integer }.reduce(0, +)
            #expect(sum == timers["count"].integer)
            let operated = try await run(
                BuildFolder.dunlin, ["clock", "advance", "1h", "--data", copy], scratch: scratch)
            #expect(operated.code != 0, "a directory is only looked at")
        }

        /// Ten days pass before somebody confirms; and the new cluster's store is etcd, with three
        /// coordinators.
        private static func wait(_ backup: String, _ scratch: Scratch) async throws {
            try await Self.restored("late-", coordinators: 3, backup, scratch) { cluster in
                _ = try await cluster.json("clock", "advance", "10d", at: cluster.nodes[0])
                #expect(cluster.charges.isEmpty, "\(cluster.charges.count) charges while paused")
                let status = try await cluster.json("node", "status", at: cluster.nodes[1])
                let warnings = status["warnings"].array.compactMap(\.string)
                #expect(warnings.contains { $0.contains("confirm-restore") }, "\(warnings)")
                try await Self.confirm(cluster)
                _ = try await cluster.json("clock", "advance", "5d", at: cluster.nodes[0])
                #expect(!cluster.charges.isEmpty, "what was open is charged now")
            }
        }

        private static func confirm(_ cluster: ClusterProcesses) async throws {
            let confirmed = try await cluster.json(
                "cluster", "confirm-restore", at: cluster.nodes[2])
            #expect(confirmed["in_doubt"].integer == 0)
            let again = try await cluster.command(
                "cluster", "confirm-restore", at: cluster.nodes[0])
            #expect(again.code != 0, "confirmed once")
        }

        private static func charged(_ cluster: ClusterProcesses) -> Int { cluster.charges.count }

        private static func makeParts(
            of cluster: ClusterProcesses, _ backup: String, _ scratch: Scratch
        ) async throws {
            let common = ["--from", backup, "--nodes", "a,b"]
            let parts: [[String]] = [
                [
                    "coordinator", "--config", scratch.file("\(cluster.coordinator.name).yaml"),
                    "--data",
                    cluster.coordinator.data,
                ],
                ["node", "a", "--data", cluster.nodes[0].data],
                ["node", "b", "--data", cluster.nodes[1].data],
            ]
            for part in parts {
                let made = try await run(
                    BuildFolder.dunlin, ["restore"] + part + common, scratch: scratch)
                #expect(made.code == 0, "\(part): \(made.errors)")
                let again = try await run(
                    BuildFolder.dunlin, ["restore"] + part + common, scratch: scratch)
                #expect(again.code != 0, "\(part) is not done twice")
            }
        }
    }
}
