import Foundation
import Testing

extension ProcessTests {
    /// W2, the payment world, through the wire.
    @Suite(.serialized) struct WorldTests {
        static func config(_ scratch: Scratch, seed: UInt64) throws -> String {
            try scratch.write(
                "dunlin.yaml",
                """
                tenants:
                  main:
                    mode: live
                    gateway:
                      kind: simulated
                      behaviour: world
                      seed: \(seed)
                      count_messages: true
                      ledger: \(scratch.file("charges"))

                """)
        }

        static func arguments(_ address: String, seed: UInt64) -> [String] {
            [
                "load", "world", "--subscriptions", "600", "--days", "20", "--seed", "\(seed)",
                "--connect", address, "--verify", "--json",
            ]
        }

        @Test func `a node that is killed during W2 comes to the end of the pure core`()
            async throws
        {
            var chance = Chance(salt: 77)
            let scratch = try Scratch.make()
            let config = try Self.config(scratch, seed: 5)
            let node = try DunlinProcess(scratch: scratch, config: config)
            let load = try await node.whileRunning { node in
                let load = try ChildProcess(
                    "world", executable: BuildFolder.dunlin,
                    arguments: Self.arguments(node.node, seed: 5), scratch: scratch)
                var kills = 0
                while load.isRunning, kills < 3 {
                    try await ContinuousClock().sleep(for: chance.milliseconds(400...2500))
                    guard load.isRunning else { break }
                    try await node.killHard()
                    kills += 1
                    try await node.start()
                }
                let code = try await load.exitCode(within: .seconds(300))
                #expect(code == 0, "\(load.errors)")
                try await node.stop()
                return load
            }
            #expect(load.output.contains("reference_digest"))
            try scratch.remove()
        }
    }
}
