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

        // MARK: Shaping

        /// The most retries that are planned into five minutes, of many that fall on each other.
        private static func peak(_ gateway: String, pause: String) async throws -> Int64 {
            try await Scratch.with { scratch in
                let policy = try scratch.write(
                    "policy.yaml",
                    """
                    dunlin: policy/1
                    policies:
                      spread:
                        retries: {ladder: [1d], jitter: 1h}
                    """)
                let cluster = try ClusterProcesses(
                    scratch: scratch,
                    tenant: """
                            mode: live
                            policy: spread
                            gateway: {kind: simulated, behaviour: ladder, seed: 8\(gateway)}
                        policies: ["\(policy)"]
                        """)
                let result = try await cluster.whileRunning { cluster in
                    try await run(
                        BuildFolder.dunlin,
                        [
                            "load", "shaping", "--accounts", "4000", "--pause", pause, "--connect",
                            cluster.nodes[0].address, "--json",
                        ], scratch: scratch, within: .seconds(180))
                }
                #expect(result.code == 0, "\(result.output)\(result.errors)")
                return try #require(try JSON(parsing: result.output)["peak"].integer)
            }
        }

        @Test func `with the published forecast the peak of planned retries is lower`()
            async throws
        {
            let plain = try await Self.peak("", pause: "1s")
            let shaped = try await Self.peak(", requests_per_second: 1000", pause: "11s")
            print("shaping: at most \(shaped) of 4000 retries in five minutes; \(plain) without")
            #expect(shaped * 100 <= plain * 85, "\(shaped) with, \(plain) without")
        }
    }
}
