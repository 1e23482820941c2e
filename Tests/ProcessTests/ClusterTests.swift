import Foundation
import Testing

extension ProcessTests {
    /// Three nodes and a coordinator as processes, and what befalls them.
    @Suite(.serialized) struct ClusterTests {
        private static let accounts = Chance.accounts

        private static func tenant(seed: UInt64) -> String {
            """
                mode: live
                policy: ladder
                gateway: {kind: simulated, behaviour: ladder, seed: \(seed), ledger: LEDGER}
            """
        }

        private static func cluster(_ scratch: Scratch, seed: UInt64) throws -> ClusterProcesses {
            try ClusterProcesses(scratch: scratch, tenant: Self.tenant(seed: seed))
        }

        private enum Fault: CaseIterable {
            case killNode
            case pauseNode
            case killCoordinator
            case pauseCoordinator
            case stopNode
        }

        @Test func `W1 gives the same digest whatever befalls nodes and coordinator`() async throws
        {
            var chance = Chance(salt: 21)
            let start = ContinuousClock.now
            let wanted = max(4, Chance.kills / 2)
            var faults = 0
            var seed: UInt64 = 8
            while faults < wanted {
                faults += max(1, try await Self.ladder(seed: seed, faultsMax: wanted, &chance))
                seed += 8
            }
            chance.report(faults, "the processes of a cluster during W1", since: start)
        }

        private static func ladder(
            seed: UInt64, faultsMax: Int, _ chance: inout Chance
        ) async throws -> Int {
            let scratch = try Scratch.make()
            let cluster = try Self.cluster(scratch, seed: seed)
            var taken = chance
            let (load, faults) = try await cluster.whileRunning { cluster in
                try await Self.finishedLoad(cluster, seed: seed, faultsMax: faultsMax, &taken)
            }
            chance = taken
            try Self.check(load, cluster, seed: seed)
            for node in cluster.nodes {
                let verified = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(verified.code == 0, "\(node.name): \(verified.errors)\(verified.output)")
            }
            try scratch.remove()
            return faults
        }

        /// Runs W1 to its good end. A load that a fault broke is started again, at another node:
        /// sending everything once more is safe.
        private static func finishedLoad(
            _ cluster: ClusterProcesses, seed: UInt64, faultsMax: Int, _ chance: inout Chance
        ) async throws -> (ChildProcess, faults: Int) {
            var faults = 0
            for round in 0...faultsMax + 1 {
                let entry = cluster.nodes[round % cluster.nodes.count]
                let load = try ChildProcess(
                    "load-\(round)", executable: BuildFolder.dunlin,
                    arguments: [
                        "load", "ladder", "--tokens", "--accounts", "\(Self.accounts)", "--seed",
                        "\(seed)",
                        "--connect", entry.address, "--json",
                    ], scratch: cluster.scratch)
                let before = faults
                do {
                    while load.isRunning, faults < faultsMax {
                        try await ContinuousClock().sleep(for: chance.milliseconds(100...1500))
                        guard load.isRunning else { break }
                        try await Self.fault(cluster, &chance)
                        faults += 1
                    }
                    let code = try await load.exitCode(within: Chance.loadLimit)
                    if code == 0 { return (load, faults) }
                } catch {
                    try await load.killHard()
                    throw error
                }
                guard faults > before || round > 0 else {
                    throw ServerRefused(
                        description: "W1 failed though nothing was done to it: \(load.errors)")
                }
                try await cluster.untilServed()
            }
            throw ServerRefused(description: "W1 never came to its end")
        }

        /// One fault, and what ends it: the process is there again afterwards.
        private static func fault(
            _ cluster: ClusterProcesses, _ chance: inout Chance
        ) async throws {
            let node = cluster.nodes[Int.random(in: 0..<cluster.nodes.count, using: &chance)]
            switch Fault.allCases.randomElement(using: &chance) ?? .killNode {
            case .killNode:
                try await node.killHard()
                try await ContinuousClock().sleep(for: chance.milliseconds(0...5000))
                try node.start()
            case .pauseNode:
                node.signal(SIGSTOP)
                try await ContinuousClock().sleep(for: chance.milliseconds(100...6000))
                node.signal(SIGCONT)
                // It may have been replaced meanwhile; it says so and ends, or goes on.
                if !node.isRunning { try node.start() }
            case .killCoordinator:
                try await cluster.coordinator.killHard()
                try await ContinuousClock().sleep(for: chance.milliseconds(0...3000))
                try cluster.coordinator.start()
            case .pauseCoordinator:
                cluster.coordinator.signal(SIGSTOP)
                try await ContinuousClock().sleep(for: chance.milliseconds(100...6000))
                cluster.coordinator.signal(SIGCONT)
            case .stopNode:
                try await node.stop()
                try node.start()
            }
            // One loses its disk's contents with the second copy: a cluster of one backup bears one
            // fault at a time.
            try await cluster.untilServed()
        }

        private static func check(
            _ load: ChildProcess, _ cluster: ClusterProcesses, seed: UInt64
        ) throws {
            let oracle = LadderOracle(accounts: Self.accounts, seed: seed)
            let told = try JSON(parsing: load.output)
            #expect(told["digest"].string == oracle.digestText)
            #expect(told["recovered"].integer == oracle.recovered)
            #expect(told["attempts"].integer == oracle.attempts)
            #expect(told["recovered_minor"].integer == oracle.recoveredMinor)
            let charges = cluster.charges
            let attempts = Set(charges.map { $0.dropFirst().prefix(3).joined(separator: " ") })
            #expect(Int64(attempts.count) == oracle.attempts, "every attempt once")
            // A take-over may send an attempt again, under the key that the gateway knows.
            let keys = Set(charges.compactMap(\.first))
            #expect(keys.count == attempts.count, "one key an attempt, whoever sends it")
        }

        @Test func `a shard is moved and a node drained while commands come in`() async throws {
            try await Scratch.with { scratch in
                let cluster = try Self.cluster(scratch, seed: 8)
                try await cluster.whileRunning { cluster in
                    let load = try ChildProcess(
                        "load", executable: BuildFolder.dunlin,
                        arguments: [
                            "load", "ladder", "--tokens", "--accounts", "\(Self.accounts)",
                            "--seed", "8",
                            "--connect", cluster.nodes[0].address, "--json",
                        ], scratch: scratch)
                    func command(_ words: String...) async throws {
                        let done = try await run(
                            BuildFolder.dunlin, words + ["--connect", cluster.nodes[0].address],
                            scratch: scratch)
                        #expect(done.code == 0, "\(words): \(done.errors)")
                    }
                    for shard in 0..<4 {
                        try await command("shard", "move", "\(shard)", "--to", "a")
                    }
                    try await command("node", "drain", "b")
                    try await waitUntil("a drained node", within: .seconds(60)) {
                        let nodes = try await cluster.status()["nodes"].array
                        return nodes.first { $0["node"].string == "b" }?["copies"].integer == 0
                    }
                    try await command("node", "drain", "b", "--undo")
                    let code = try await load.exitCode(within: Chance.loadLimit)
                    #expect(code == 0, "no error for the client: \(load.errors)")
                    try Self.check(load, cluster, seed: 8)
                    try await Self.checkTotals(cluster, seed: 8)
                }
            }
        }

        /// Every node tells the whole cluster's totals, and counts no copy twice.
        private static func checkTotals(_ cluster: ClusterProcesses, seed: UInt64) async throws {
            let oracle = LadderOracle(accounts: Self.accounts, seed: seed)
            for node in cluster.nodes {
                let told = try await run(
                    BuildFolder.dunlin,
                    ["report", "--since", "400d", "--json", "--connect", node.address],
                    scratch: cluster.scratch)
                #expect(told.code == 0, "\(node.name): \(told.errors)")
                let rows = try JSON(parsing: told.output)["rows"].array
                #expect(
                    rows.compactMap { $0["opened"].integer }.reduce(0, +) == Int64(Self.accounts))
                #expect(
                    rows.compactMap { $0["recovered_by_us_minor"].integer }.reduce(0, +)
                        == oracle.recoveredMinor)
            }
        }

        @Test func `a power cut of everything loses nothing`() async throws {
            try await Scratch.with { scratch in
                let cluster = try Self.cluster(scratch, seed: 16)
                try await cluster.whileRunning { cluster in
                    func load(_ name: String) async throws -> ChildProcess {
                        let load = try ChildProcess(
                            name, executable: BuildFolder.dunlin,
                            arguments: [
                                "load", "ladder", "--tokens", "--accounts", "\(Self.accounts)",
                                "--seed", "16",
                                "--connect", cluster.nodes[1].address, "--json",
                            ], scratch: scratch)
                        return load
                    }
                    let first = try await load("first")
                    try await waitUntil("charges", within: .seconds(120)) {
                        cluster.charges.count > 500
                    }
                    for member in cluster.all { member.signal(SIGKILL) }
                    for member in cluster.all { try await member.killHard() }
                    _ = try await first.exitCode(within: .seconds(60))
                    for member in cluster.all { try member.start() }
                    try await cluster.untilServed()
                    let second = try await load("second")
                    #expect(try await second.exitCode(within: Chance.loadLimit) == 0)
                    try Self.check(second, cluster, seed: 16)
                }
            }
        }
    }
}
