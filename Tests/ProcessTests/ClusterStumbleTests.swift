import Foundation
import Testing

extension ProcessTests {
    /// Nodes that stumble over a disk or over a shard, and what the cluster makes of it.
    @Suite(.serialized) struct ClusterStumbleTests {
        private static let seed: UInt64 = 24
        private static let tenant = """
                mode: live
                policy: ladder
                gateway: {kind: simulated, behaviour: ladder, seed: \(Self.seed), ledger: LEDGER}
            """

        /// A library that makes those nodes stumble as the wish says.
        private static func setup(
            _ names: [String], _ scratch: Scratch
        ) async throws
            -> (setup: ClusterSetup, wish: Wish)
        {
            let library = scratch.file("stumble.so")
            let made = try await run(
                "/usr/bin/cc",
                [
                    "-shared", "-fPIC", "-O2", "-o", library,
                    "\(BuildFolder.root)/cluster/faults/stumble.c",
                ], scratch: scratch)
            #expect(made.code == 0, "\(made.errors)")
            let wish = Wish(path: try scratch.write("stumble", ""))
            var setup = ClusterSetup()
            for name in names {
                setup.environment[name] = ["LD_PRELOAD": library, "DUNLIN_STUMBLE_FILE": wish.path]
            }
            return (setup, wish)
        }

        /// The file that says over what nodes stumble.
        private struct Wish {
            let path: String

            func say(_ text: String) throws {
                try Data(text.utf8).write(to: URL(fileURLWithPath: self.path), options: .atomic)
            }
        }

        private static func node(_ name: String, _ cluster: ClusterProcesses) async throws -> JSON {
            let nodes = try await cluster.status()["nodes"].array
            return try #require(nodes.first { $0["node"].string == name })
        }

        // MARK: Disk

        @Test
        func `a node whose disk fails to sync stops, comes back as suspect, and nothing is lost`()
            async throws
        {
            try await Scratch.with { scratch in
                let (setup, wish) = try await Self.setup(["b"], scratch)
                let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    let before = try await Self.node("b", cluster)["incarnation"].integer
                    let load = try ChildProcess(
                        "load", executable: BuildFolder.dunlin,
                        arguments: [
                            "load", "ladder", "--accounts", "\(Chance.accounts)", "--seed",
                            "\(Self.seed)", "--connect", cluster.addresses, "--json",
                        ], scratch: scratch)
                    do {
                        try await Self.failSync(cluster, load, wish)
                        let code = try await load.exitCode(within: Chance.loadLimit)
                        #expect(code == 0, "no error for the client: \(load.errors)")
                    } catch {
                        try await load.killHard()
                        throw error
                    }
                    let after = try await Self.node("b", cluster)["incarnation"].integer
                    #expect(
                        try #require(before) < (try #require(after)),
                        "what its former disk promised, nobody counts on")
                    let oracle = LadderOracle(accounts: Chance.accounts, seed: Self.seed)
                    let told = try JSON(parsing: load.output)
                    #expect(told["digest"].string == oracle.digestText)
                    let charges = cluster.charges
                    let attempts = Set(
                        charges.map { $0.dropFirst().prefix(3).joined(separator: " ") })
                    #expect(Int64(attempts.count) == oracle.attempts, "every attempt once")
                }
                try Self.checkTrusted(cluster.nodes[1])
            }
        }

        private static func failSync(
            _ cluster: ClusterProcesses, _ load: ChildProcess, _ wish: Wish
        ) async throws {
            let node = cluster.nodes[1]
            try await waitUntil("charges", within: .seconds(240)) {
                cluster.chargeEstimate > Chance.accounts / 10
            }
            try wish.say("sync")
            try await waitUntil("a node that stops", within: .seconds(60)) { !node.isRunning }
            #expect(node.log.contains("stopped"), "\(node.log)")
            let mark = "\(node.data)/suspect"
            #expect(FileManager.default.fileExists(atPath: mark), "it leaves word")
            // The disk fails still: nothing is begun on it.
            try node.start()
            try await waitUntil("a node that refuses", within: .seconds(60)) { !node.isRunning }
            #expect(FileManager.default.fileExists(atPath: mark), "it is suspect until it is read")
            try wish.say("")
            try node.start()
            try await cluster.untilServed()
        }

        private static func checkTrusted(_ node: MemberProcess) throws {
            #expect(!FileManager.default.fileExists(atPath: "\(node.data)/suspect"))
        }

        // MARK: Shard

        @Test func `a shard over which its owners crash is set aside, and all others are served`()
            async throws
        {
            try await Scratch.with { scratch in
                let (setup, wish) = try await Self.setup(["a", "b", "c"], scratch)
                let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    let shard: Int64 = 7
                    let shards = try await cluster.status()["shards"].array
                    let owner = shards.first { $0["shard"].integer == shard }?["primary"].string
                    try wish.say("unlink taking-up/\(shard)")
                    let first = try #require(cluster.nodes.first { $0.name == owner })
                    try await first.killHard()
                    var crashes = 0
                    try await waitUntil("a shard that is set aside", within: .seconds(120)) {
                        for node in cluster.nodes where !node.isRunning {
                            crashes += 1
                            try node.start()
                        }
                        let status = try? await cluster.status()
                        return try Self.isAside(shard, status)
                    }
                    print("quarantine: \(crashes) processes started again until it was set aside")
                    #expect(crashes <= 8, "\(crashes) crashes")
                    try await Self.checkOthers(cluster, but: shard)
                    try wish.say("")
                    let released = try await cluster.command(
                        "shard", "release", "\(shard)", at: cluster.nodes[0])
                    #expect(released.code == 0, "\(released.errors)")
                    try await cluster.untilServed()
                }
            }
        }

        /// That shard is quarantined, and every other is led and has its copies.
        private static func isAside(_ shard: Int64, _ status: JSON?) throws -> Bool {
            guard let shards = status?["shards"].array, !shards.isEmpty else { return false }
            return shards.allSatisfy { found in
                if found["shard"].integer == shard {
                    return found["condition"].string == "quarantined"
                }
                return found["condition"].string == "normal" && found["primary"].string != nil
                    && found["in_sync"].array.count >= 2
            }
        }

        private static func checkOthers(
            _ cluster: ClusterProcesses, but shard: Int64
        ) async throws {
            let down = cluster.nodes.filter { !$0.isRunning }.map(\.name)
            #expect(down.isEmpty, "nobody crashes any more")
            // Who was started again just now answers a little later than the shards are led.
            for node in cluster.nodes {
                try await waitUntil("\(node.name) to tell an operator", within: .seconds(60)) {
                    let status = try await cluster.command("cluster", "status", at: node)
                    return status.code == 1 && status.output.contains("quarantined")
                }
                try await waitUntil("\(node.name) to take events", within: .seconds(60)) {
                    (try? await HTTPCall.get("http://\(node.http)/healthz")) != nil
                }
            }
            var taken = 0
            for account in 0..<64 {
                let event = IntakeTests.failure(of: "beside-\(account)")
                let answer = try await HTTPCall.post(
                    "http://\(cluster.nodes[account % 3].http)/v1/events", json: "[\(event)]")
                if answer.status == 202 { taken += 1 }
            }
            // One shard of sixteen takes nothing.
            #expect((48..<64).contains(taken), "\(taken) of 64 taken")
        }
    }
}
