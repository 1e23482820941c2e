import Foundation
import Testing

extension ProcessTests {
    /// Two builds side by side: one that knows the newer level of records, and one that does not.
    @Suite(.serialized) struct ClusterLevelTests {
        private static let accounts: UInt64 = 3000
        private static let older = "  level_max: 1"

        private static let tenant = """
                mode: live
                policy: ladder
                gateway: {kind: simulated, behaviour: ladder, seed: 8, ledger: LEDGER}
            """

        @Test func `an upgrade can be taken back until the level is raised, under load`()
            async throws
        {
            try await Scratch.with { scratch in
                let cluster = try ClusterProcesses(
                    scratch: scratch,
                    ClusterSetup(clusterLines: ["a": Self.older, "b": Self.older, "c": Self.older]),
                    tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    let load = try ChildProcess(
                        "load", executable: BuildFolder.dunlin,
                        arguments: [
                            "load", "ladder", "--accounts", "\(Self.accounts)", "--seed", "8",
                            "--connect", cluster.nodes[0].address, "--json",
                        ], scratch: scratch)
                    // Up, and down again: two builds side by side all the while.
                    for node in cluster.nodes.dropFirst() {
                        try await Self.restart(node, as: nil, cluster)
                    }
                    let early = try await cluster.command(
                        "cluster", "finalize", "2", at: cluster.nodes[1])
                    #expect(early.code != 0, "a node that does not know it is in the cluster")
                    #expect(early.errors.contains("levels 1 to 1"), "\(early.errors)")
                    try await Self.restart(cluster.nodes[1], as: Self.older, cluster)
                    try await Self.restart(cluster.nodes[1], as: nil, cluster)
                    #expect(
                        try await load.exitCode(within: .seconds(300)) == 0,
                        "no error for the client: \(load.errors)")
                    try Self.check(load)
                    // The first one last: the client was connected to it.
                    try await Self.restart(cluster.nodes[0], as: nil, cluster)
                    try await Self.raise(cluster)
                }
                for node in cluster.nodes {
                    let verified = try await run(
                        BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                    #expect(verified.code == 0, "\(node.name): \(verified.output)")
                }
            }
        }

        private static func check(_ load: ChildProcess) throws {
            let oracle = LadderOracle(accounts: Self.accounts, seed: 8)
            let told = try JSON(parsing: load.output)
            #expect(told["digest"].string == oracle.digestText)
            #expect(told["recovered"].integer == oracle.recovered)
        }

        /// Stops a node as an upgrade does, and starts it as another build.
        private static func restart(
            _ node: MemberProcess, as line: String?, _ cluster: ClusterProcesses
        ) async throws {
            try await node.stop()
            let path = cluster.scratch.file("\(node.name).yaml")
            let lines = contents(ofFile: path).split(separator: "\n")
                .filter { !$0.contains("level_max") }
            let text = (lines + [Substring(line ?? "")]).joined(separator: "\n") + "\n"
            _ = try cluster.scratch.write("\(node.name).yaml", text)
            try node.start()
            try await cluster.untilServed()
        }

        private static func raise(_ cluster: ClusterProcesses) async throws {
            let raised = try await cluster.command(
                "cluster", "finalize", "2", at: cluster.nodes[2])
            #expect(raised.code == 0, "\(raised.errors)")
            try await waitUntil("the level", within: .seconds(20)) {
                try await cluster.status()["level"].integer == 2
            }
            let back = try await cluster.command(
                "cluster", "finalize", "1", at: cluster.nodes[2])
            #expect(back.code != 0, "there is no way back")
            // The older build is turned away, by the coordinator and by its own directory.
            let node = cluster.nodes[1]
            try await node.stop()
            let path = cluster.scratch.file("\(node.name).yaml")
            let text = contents(ofFile: path)
            _ = try cluster.scratch.write("\(node.name).yaml", text + Self.older + "\n")
            try node.start()
            try await waitUntil("an end", within: .seconds(30)) { !node.isRunning }
            #expect(node.log.contains("level 2"), "\(node.log.suffix(500))")
            _ = try cluster.scratch.write("\(node.name).yaml", text)
            try node.start()
            try await cluster.untilServed()
        }
    }
}
