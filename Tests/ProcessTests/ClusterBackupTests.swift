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
                try await Self.restore(backup, source, scratch)
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
        private static func restore(
            _ backup: String, _ source: ClusterProcesses, _ scratch: Scratch
        ) async throws {
            let cluster = try ClusterProcesses(
                scratch: scratch, ClusterSetup(prefix: "new-"), tenant: Self.tenant(seed: 8))
            try await Self.makeParts(of: cluster, backup, scratch)
            let before = Self.charged(source)
            try await cluster.whileRunning { cluster in
                let status = try await cluster.json("cluster", "status", at: cluster.nodes[2])
                #expect(status["restore_generation"].integer == 2)
                #expect(status["awaits_confirmation"].bool == true)
                try await Self.expectNoCharge(cluster)
                let confirmed = try await cluster.json(
                    "cluster", "confirm-restore", at: cluster.nodes[2])
                #expect(confirmed["in_doubt"].integer == 0)
                let again = try await cluster.command(
                    "cluster", "confirm-restore", at: cluster.nodes[0])
                #expect(again.code != 0, "confirmed once")
                let load = try Self.load("after", cluster, at: cluster.nodes[0])
                #expect(try await load.exitCode(within: .seconds(300)) == 0, "\(load.errors)")
                let oracle = LadderOracle(accounts: Self.accounts, seed: 8)
                let told = try JSON(parsing: load.output)
                #expect(told["digest"].string == oracle.digestText)
                #expect(told["recovered"].integer == oracle.recovered)
                #expect(!cluster.charges.isEmpty, "what was open is charged now")
            }
            #expect(Self.charged(source) == before, "the former cluster's gateway is not asked")
            for node in cluster.nodes {
                let verified = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(verified.code == 0, "\(node.name): \(verified.errors)\(verified.output)")
            }
        }

        private static func charged(_ cluster: ClusterProcesses) -> Int { cluster.charges.count }

        private static func makeParts(
            of cluster: ClusterProcesses, _ backup: String, _ scratch: Scratch
        ) async throws {
            let common = ["--from", backup, "--nodes", "a,b"]
            let parts: [[String]] = [
                [
                    "coordinator", "--config", scratch.file("new-coordinator.yaml"), "--data",
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

        /// A year passes, and everything that falls due finds charges paused.
        private static func expectNoCharge(_ cluster: ClusterProcesses) async throws {
            _ = try await cluster.json("clock", "advance", "10d", at: cluster.nodes[0])
            #expect(cluster.charges.isEmpty, "\(cluster.charges.count) charges while paused")
            let status = try await cluster.json("node", "status", at: cluster.nodes[1])
            let warnings = status["warnings"].array.compactMap(\.string)
            #expect(warnings.contains { $0.contains("confirm-restore") }, "\(warnings)")
        }
    }
}
