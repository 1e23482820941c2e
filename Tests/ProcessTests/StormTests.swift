import Foundation
import Testing

extension ProcessTests {
    /// W4: more retries at one instant than the gateway takes, on three nodes that share its limit.
    @Suite(.serialized) struct StormTests {
        private static let accounts = 3000
        private static let limit = 300

        @Test func `a storm of retries keeps to the gateway's limit and loses nothing`()
            async throws
        {
            let scratch = try Scratch.make()
            let arrivals = scratch.file("arrivals")
            let cluster = try ClusterProcesses(
                scratch: scratch,
                tenant: """
                        mode: live
                        policy: ladder
                        gateway: {kind: simulated, behaviour: ladder, seed: 8, \
                    requests_per_second: \(Self.limit), arrivals: \(arrivals)}
                    """)
            let result = try await cluster.whileRunning { cluster in
                try await cluster.untilServed()
                return try await run(
                    BuildFolder.dunlin,
                    [
                        "load", "storm", "--accounts", "\(Self.accounts)", "--limit",
                        "\(Self.limit)", "--arrivals", arrivals, "--connect",
                        cluster.nodes[0].address, "--json",
                    ], scratch: scratch, within: .seconds(120))
            }
            let figures = try JSON(parsing: result.output)
            #expect(figures["lost"].integer == 0, "\(result.output)\(result.errors)")
            #expect(figures["doubled"].integer == 0, "\(result.output)")
            #expect(figures["resent"].integer == 0, "\(result.output)")
            // Sent at the limit's pace; a machine that stands still in between moves some together.
            let worst = try #require(figures["worst_second"].integer)
            #expect(worst <= Int64(Self.limit) * 13 / 10, "\(result.output)")
            let worstOfTen = try #require(figures["worst_ten_seconds"].integer)
            #expect(worstOfTen <= Int64(Self.limit) * 10 * 103 / 100, "\(result.output)")
            // No node kept the whole limit to itself, and none was left without.
            #expect(worst > Int64(Self.limit) / 2, "\(result.output)")
            try scratch.remove()
        }
    }
}
