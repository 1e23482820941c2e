import Foundation
import Testing

extension ProcessTests {
    /// Which policy is in force, whoever said so last and wherever.
    @Suite(.serialized) struct PolicyTests {
        /// The first attempt comes after so many days.
        static func policy(_ name: String, days: Int) -> String {
            """
            dunlin: policy/1
            default: \(name)
            policies:
              \(name):
                retries: {ladder: [\(days)d]}
                ending: {after: 20d, actions: [keepOpen]}

            """
        }

        /// The policy of a case that is opened now.
        static func inForce(_ account: String, _ node: DunlinProcess) async throws -> String? {
            #expect(try await node.send(IntakeTests.failure(of: account)).status == 202)
            return try await node.account(account)["cases"][0]["policy"].string
        }

        @Test
        func `an edited configuration is in force after a restart, and so is what was applied`()
            async throws
        {
            try await Scratch.with { scratch in
                let file = try scratch.write("policies.yaml", Self.policy("first", days: 1))
                let config = try scratch.write("dunlin.yaml", "policies: [policies.yaml]\n")
                let node = try DunlinProcess(scratch: scratch, config: config)
                try await node.whileRunning { node in
                    #expect(try await Self.inForce("acct-1", node) == "first")
                    try await node.stop()
                    _ = try scratch.write("policies.yaml", Self.policy("second", days: 2))
                    try await node.start()
                    #expect(try await Self.inForce("acct-2", node) == "second")

                    let applied = try scratch.write("own.yaml", Self.policy("applied", days: 3))
                    _ = try await node.json("policy", "apply", applied)
                    #expect(try await Self.inForce("acct-3", node) == "applied")
                    try await node.killHard()
                    try await node.start()
                    #expect(try await Self.inForce("acct-4", node) == "applied")

                    try await node.stop()
                    _ = try scratch.write("policies.yaml", Self.policy("third", days: 4))
                    try await node.start()
                    #expect(try await Self.inForce("acct-5", node) == "applied")
                    let again = try await node.json("policy", "apply", file)
                    #expect(again["policies"].array.contains(.string("third")))
                    #expect(try await Self.inForce("acct-6", node) == "third")
                    let first = try await node.account("acct-1")["cases"][0]["policy"].string
                    #expect(first == "first", "a case keeps the policy that it was opened under")
                }
            }
        }
    }
}
