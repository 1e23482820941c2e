import Foundation
import Testing

extension ProcessTests {
    /// A cluster whose members and callers all show certificates: who may do what, at which address.
    @Suite(.serialized) struct ClusterRolesTests {
        private static let tenant = """
                mode: live
                gateway: {kind: simulated, ledger: LEDGER}
            """

        @Test func `every command works at any node, and each role may do its own only`()
            async throws
        {
            try await Scratch.with { scratch in
                let folder = scratch.file("certificates")
                let made = try await run(
                    BuildFolder.dunlin,
                    ["certs", "create", "--dir", folder, "--nodes", "a,b", "--json"],
                    scratch: scratch)
                #expect(made.code == 0, "\(made.errors)")
                let roles = try JSON(parsing: made.output)["certificates"].array
                #expect(
                    roles.compactMap { $0["role"].string } == [
                        "node", "node", "coordinator", "operator", "reader",
                    ])
                try Self.expectPrivate(folder)
                let cluster = try ClusterProcesses(
                    scratch: scratch,
                    ClusterSetup(nodes: ["a", "b"], shards: 8, certificates: folder),
                    tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    try await Self.look(cluster, as: "reader", folder)
                    try await Self.look(cluster, as: "cli", folder)
                    try await Self.refuse(cluster, folder)
                    try await Self.steer(cluster)
                }
            }
        }

        private static func expectPrivate(_ folder: String) throws {
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(folder)/\(file)")
                guard file.hasSuffix(".key") || file.hasSuffix(".pem") else { continue }
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
            }
        }

        /// Whatever only looks, at each member, in clear and as JSON, within 100 columns.
        private static func look(
            _ cluster: ClusterProcesses, as name: String, _ folder: String
        ) async throws {
            let looks: [[String]] = [
                ["cluster", "status"], ["node", "list"], ["node", "status"], ["shard", "list"],
                ["shard", "map"], ["shard", "show", "3"], ["timers", "--histogram"],
                ["lease", "list"], ["replication", "lag", "--all"], ["account", "where", "cus_1"],
                ["top", "--once"],
            ]
            for node in cluster.nodes {
                for words in looks {
                    let options =
                        ["--connect", node.address]
                        + ClusterProcesses.credentials(folder, as: name)
                    let told = try await run(
                        BuildFolder.dunlin, words + options, scratch: cluster.scratch)
                    #expect(told.code == 0, "\(words) as \(name): \(told.errors)")
                    for line in told.output.split(separator: "\n") {
                        #expect(line.count <= 100, "\(words): \(line)")
                    }
                    #expect(!told.output.contains("does not answer"), "\(words): \(told.output)")
                    guard words[0] != "top" else { continue }
                    let json = try await run(
                        BuildFolder.dunlin, words + ["--json"] + options, scratch: cluster.scratch)
                    #expect(json.code == 0, "\(words) --json: \(json.errors)")
                    #expect((try? JSON(parsing: json.output)) != nil, "\(words): \(json.output)")
                }
            }
        }

        /// Neither a reader nor a node steers, at a node or at the coordinator; without a certificate
        /// nobody gets in.
        private static func refuse(_ cluster: ClusterProcesses, _ folder: String) async throws {
            let steers: [[String]] = [
                ["shard", "move", "0", "--to", "a"], ["node", "drain", "b"],
                ["cluster", "copies", "--backups", "0", "--min-in-sync", "1"],
                ["node", "remove", "b", "--accept-loss"], ["cluster", "finalize", "2"],
            ]
            let before = try await cluster.status()
            for member in [cluster.coordinator] + cluster.nodes {
                for name in ["reader", "a"] {
                    for words in steers {
                        let done = try await run(
                            BuildFolder.dunlin,
                            words + ["--connect", member.address]
                                + ClusterProcesses.credentials(folder, as: name),
                            scratch: cluster.scratch)
                        #expect(done.code != 0, "\(words) as \(name) at \(member.name)")
                        #expect(
                            done.errors.contains("may not call cluster_operate"),
                            "\(words) as \(name): \(done.errors)")
                    }
                }
                let nobody = try await run(
                    BuildFolder.dunlin,
                    ["node", "list", "--ca", "\(folder)/ca.pem", "--connect", member.address],
                    scratch: cluster.scratch)
                #expect(nobody.code != 0)
            }
            for words in [["pause", "charges"], ["clock", "advance", "1h"]] {
                let done = try await run(
                    BuildFolder.dunlin,
                    words + ["--connect", cluster.nodes[0].address]
                        + ClusterProcesses.credentials(folder, as: "reader"),
                    scratch: cluster.scratch)
                #expect(done.code != 0, "\(words) as a reader")
            }
            let after = try await cluster.status()
            #expect(after["backups"] == before["backups"])
            #expect(after["level"] == before["level"])
        }

        /// An operator moves, drains and sets, through each of the nodes.
        private static func steer(_ cluster: ClusterProcesses) async throws {
            for (node, goal) in [(cluster.nodes[0], "b"), (cluster.nodes[1], "a")] {
                let moved = try await cluster.command("shard", "move", "0", "--to", goal, at: node)
                #expect(moved.code == 0, "\(moved.errors)")
                try await waitUntil("shard 0 at \(goal)", within: .seconds(30)) {
                    try await cluster.json("shard", "show", "0", at: node)["configuration"][
                        "primary"
                    ].string == goal
                }
            }
            let drained = try await cluster.command("node", "drain", "b", at: cluster.nodes[1])
            #expect(drained.code == 0, "\(drained.errors)")
            try await waitUntil("a drained node", within: .seconds(30)) {
                let nodes = try await cluster.status()["nodes"].array
                return nodes.first { $0["node"].string == "b" }?["leads"].integer == 0
            }
            let undone = try await cluster.command(
                "node", "drain", "b", "--undo", at: cluster.nodes[0])
            #expect(undone.code == 0, "\(undone.errors)")
            #expect(
                cluster.coordinator.log.contains("spiffe://dunlin/operator/cli"),
                "who steered is on record")
        }
    }
}
