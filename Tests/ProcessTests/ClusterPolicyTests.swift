import Foundation
import Testing

extension ProcessTests {
    /// A policy in a cluster: one for all, also for who was away.
    @Suite(.serialized) struct ClusterPolicyTests {
        private static let tenant = """
                mode: live
                gateway: {kind: simulated, ledger: LEDGER}
            """

        @Test func `a policy reaches every node, also one that was away when it was applied`()
            async throws
        {
            try await Scratch.with { scratch in
                let cluster = try ClusterProcesses(
                    scratch: scratch, ClusterSetup(shards: 8), tenant: Self.tenant)
                let yaml = try await run(
                    BuildFolder.dunlin, ["policy", "example", "default"], scratch: scratch)
                let first = try scratch.write("first.yaml", yaml.output + "# first\n")
                let second = try scratch.write("second.yaml", yaml.output + "# second\n")
                try await cluster.whileRunning { cluster in
                    try await cluster.nodes[2].killHard()
                    let applied = try await cluster.json(
                        "policy", "apply", first, at: cluster.nodes[0])
                    let bundle = try #require(applied["bundle"].string)
                    try await Self.expect(bundle, of: 2, cluster)
                    try cluster.nodes[2].start()
                    try await cluster.untilServed()
                    try await Self.expect(bundle, of: 3, cluster)
                    // Of the one that was away, too; and a coordinator that starts again knows it.
                    try await cluster.coordinator.killHard()
                    try cluster.coordinator.start()
                    try await cluster.untilServed()
                    let next = try await cluster.json(
                        "policy", "apply", second, at: cluster.nodes[2])
                    let newer = try #require(next["bundle"].string)
                    #expect(newer != bundle)
                    let warnings = next["warnings"].array.compactMap(\.string)
                    #expect(!warnings.contains { $0.contains("yet") }, "\(warnings)")
                    try await Self.expect(newer, of: 3, cluster)
                }
            }
        }

        private static func expect(
            _ bundle: String, of count: Int, _ cluster: ClusterProcesses
        ) async throws {
            try await waitUntil("\(count) nodes that decide by it", within: .seconds(20)) {
                let status = try await cluster.status()
                let there = status["nodes"].array.filter { $0["bundle"].string == bundle }
                return status["bundle"].string == bundle && there.count >= count
            }
        }
    }
}
