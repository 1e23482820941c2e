import Foundation
import Testing

extension ProcessTests {
    /// Faults of networks, disks and clocks, failovers by the stopwatch, and rolling restarts, with
    /// three nodes as processes.
    @Suite(.serialized) struct ClusterFaultTests {
        private static let isLong = ProcessInfo.processInfo.environment["DUNLIN_LONG"] != nil
        private static let accounts = Chance.accounts
        private static let seed: UInt64 = 24

        private static let tenant = """
                mode: live
                policy: ladder
                gateway: {kind: simulated, behaviour: ladder, seed: \(Self.seed), ledger: LEDGER}
            """

        // MARK: W1 under faults

        private static func startLoad(_ cluster: ClusterProcesses) throws -> ChildProcess {
            try ChildProcess(
                "load", executable: BuildFolder.dunlin,
                arguments: [
                    "load", "ladder", "--accounts", "\(Self.accounts)", "--seed", "\(Self.seed)",
                    "--connect", cluster.addresses, "--json",
                ], scratch: cluster.scratch)
        }

        /// Runs W1 with a client that knows all nodes, while `fault` is done again and again; the
        /// client sees no error, and the result is what it is without faults.
        private static func undisturbed(
            _ cluster: ClusterProcesses, _ fault: (ClusterProcesses) async throws -> Void
        ) async throws {
            let load = try Self.startLoad(cluster)
            do {
                try await fault(cluster)
                let code = try await load.exitCode(within: Chance.loadLimit)
                #expect(code == 0, "no error for the client: \(load.errors)")
            } catch {
                try await load.killHard()
                throw error
            }
            let oracle = LadderOracle(accounts: Self.accounts, seed: Self.seed)
            let told = try JSON(parsing: load.output)
            #expect(told["digest"].string == oracle.digestText)
            #expect(told["recovered_minor"].integer == oracle.recoveredMinor)
            let charges = cluster.charges
            let attempts = Set(charges.map { $0.dropFirst().prefix(3).joined(separator: " ") })
            #expect(Int64(attempts.count) == oracle.attempts, "every attempt once")
            #expect(Set(charges.compactMap(\.first)).count == attempts.count, "one key an attempt")
        }

        private static func whileCharging(
            _ cluster: ClusterProcesses, _ share: UInt64 = 10
        ) async throws {
            try await waitUntil("charges", within: .seconds(240)) {
                cluster.chargeEstimate > Self.accounts / share
            }
        }

        @Test func `nodes are cut off from each other and from the coordinator, one way and both`()
            async throws
        {
            try await Scratch.with { scratch in
                var setup = ClusterSetup()
                setup.isProxied = true
                let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    var chance = Chance(salt: 31)
                    let start = ContinuousClock.now
                    let parts = max(4, Chance.kills / 4)
                    try await Self.undisturbed(cluster) { cluster in
                        let network = try #require(cluster.network)
                        for part in 0..<parts {
                            let name = cluster.nodes[part % 3].name
                            let other = cluster.nodes[(part + 1) % 3].name
                            for end in part % 2 == 0 ? ["coordinator"] : [other, "coordinator"] {
                                if part % 3 != 1 { network.cut(name, end) }
                                if part % 3 != 2 { network.cut(end, name) }
                            }
                            try await ContinuousClock().sleep(
                                for: chance.milliseconds(200...6000))
                            network.heal()
                            for node in cluster.nodes where !node.isRunning { try node.start() }
                            try await cluster.untilServed()
                        }
                    }
                    chance.report(parts, "the ways between processes during W1", since: start)
                }
            }
        }

        @Test func `a node's disk is full for a while`() async throws {
            try await Scratch.with { scratch in
                let disk = try await SmallDisk.mount(
                    scratch: scratch, mebibytes: 64 + Int(Self.accounts / 250))
                do {
                    var setup = ClusterSetup()
                    setup.data["b"] = "\(disk.path)/data"
                    let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                    try await cluster.whileRunning { cluster in
                        try await Self.undisturbed(cluster) { _ in
                            try await Self.whileCharging(cluster)
                            let filler = "\(disk.path)/filler"
                            _ = try await run(
                                "/bin/dd", ["if=/dev/zero", "of=\(filler)", "bs=64k"],
                                scratch: scratch)
                            try await ContinuousClock().sleep(for: .seconds(3))
                            try FileManager.default.removeItem(atPath: filler)
                            if !cluster.nodes[1].isRunning { try cluster.nodes[1].start() }
                            try await cluster.untilServed()
                        }
                    }
                } catch {
                    try await disk.unmount()
                    throw error
                }
                try await disk.unmount()
            }
        }

        @Test func `a node's wall clock jumps`() async throws {
            try await Scratch.with { scratch in
                let library = scratch.file("skew.so")
                let made = try await run(
                    "/usr/bin/cc",
                    [
                        "-shared", "-fPIC", "-O2", "-o", library,
                        "\(BuildFolder.root)/cluster/faults/skew.c",
                    ], scratch: scratch)
                #expect(made.code == 0, "\(made.errors)")
                let offset = try scratch.write("skew", Self.offset(0))
                var setup = ClusterSetup()
                setup.environment["a"] = ["LD_PRELOAD": library, "DUNLIN_SKEW_FILE": offset]
                let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    try await Self.undisturbed(cluster) { _ in
                        for seconds in [300, -300, 3600, -86_400, 30 * 86_400, 0] {
                            try await ContinuousClock().sleep(for: .milliseconds(500))
                            try Self.jump(offset, Self.offset(seconds))
                        }
                    }
                }
            }
        }

        /// As the library reads it: sixteen characters, in ms.
        private static func offset(_ seconds: Int) -> String {
            "\(seconds * 1000)".padding(toLength: 16, withPad: " ", startingAt: 0)
        }

        /// In place: the process has the file mapped.
        private static func jump(_ path: String, _ text: String) throws {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }

        @Test func `all nodes are restarted one after the other, and the client sees no error`()
            async throws
        {
            try await Scratch.with { scratch in
                let cluster = try ClusterProcesses(scratch: scratch, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    try await Self.undisturbed(cluster) { cluster in
                        for node in cluster.nodes {
                            try await Self.whileCharging(cluster, 100)
                            try await node.stop()
                            try node.start()
                            try await cluster.untilServed()
                        }
                    }
                }
            }
        }

        @Test func `of three coordinators on etcd the one that leads is killed`() async throws {
            try await Scratch.with { scratch in
                var setup = ClusterSetup()
                setup.coordinators = 3
                let cluster = try ClusterProcesses(scratch: scratch, setup, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    let start = ContinuousClock.now
                    let kills = max(3, Chance.kills / 5)
                    try await Self.undisturbed(cluster) { cluster in
                        for _ in 0..<kills {
                            let leader = try await eventually("a leader", within: .seconds(30)) {
                                let told = try? await cluster.status()["leader"].string
                                return cluster.coordinators.first { $0.address == told }
                            }
                            try await leader.killHard()
                            _ = try await eventually("another leader", within: .seconds(30)) {
                                let told = try? await cluster.status()["leader"].string
                                return told.flatMap { $0 == leader.address ? nil : $0 }
                            }
                            try leader.start()
                            try await cluster.untilServed()
                        }
                    }
                    Chance(salt: 0).report(kills, "the coordinator that leads", since: start)
                }
            }
        }

        // MARK: By the stopwatch

        @Test func `after a node's death its shards take commands within five seconds`()
            async throws
        {
            try await Scratch.with { scratch in
                let cluster = try ClusterProcesses(scratch: scratch, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    var times: [Duration] = []
                    let kills = max(3, Chance.kills / 4)
                    for round in 0..<kills {
                        let victim = cluster.nodes[round % 3]
                        let entry = cluster.nodes[(round + 1) % 3]
                        times += try await Self.failover(victim, entry, round)
                        try victim.start()
                        try await cluster.untilServed()
                    }
                    times.sort()
                    let p99 = times[min(times.count - 1, times.count * 99 / 100)]
                    print(
                        "failover: \(kills) nodes killed, \(times.count) commands for their shards;"
                            + " first acknowledged after \(times[times.count / 2]) (median), "
                            + "\(p99) (p99), \(times[times.count - 1]) (most)")
                    #expect(p99 <= .seconds(5))
                }
            }
        }

        /// Kills `victim` and sends a command for each of many accounts to `entry`, at once: what
        /// took longer than it takes without a death waited for an election.
        private static func failover(
            _ victim: MemberProcess, _ entry: MemberProcess, _ round: Int
        ) async throws -> [Duration] {
            let clock = ContinuousClock()
            try await victim.killHard()
            let killed = clock.now
            let http = entry.http
            return try await withThrowingTaskGroup(of: Duration.self) { group in
                for account in 0..<48 {
                    group.addTask {
                        let event = IntakeTests.failure(of: "over-\(round)-\(account)")
                        while true {
                            let answer = try await HTTPCall.post(
                                "http://\(http)/v1/events", json: "[\(event)]")
                            if answer.status == 202 { return killed.duration(to: clock.now) }
                        }
                    }
                }
                var times: [Duration] = []
                for try await time in group where time > .milliseconds(500) { times.append(time) }
                return times
            }
        }

        @Test func `without a coordinator shards go on committing and nothing is charged`()
            async throws
        {
            try await Scratch.with { scratch in
                let cluster = try ClusterProcesses(scratch: scratch, tenant: Self.tenant)
                try await cluster.whileRunning { cluster in
                    let http = cluster.nodes[0].http
                    func send(_ name: String) async throws -> Int {
                        let event = IntakeTests.failure(of: name)
                        return try await HTTPCall.post(
                            "http://\(http)/v1/events", json: "[\(event)]"
                        ).status
                    }
                    for number in 0..<100 { #expect(try await send("early-\(number)") == 202) }
                    try await cluster.coordinator.killHard()
                    // A lease lasts three seconds.
                    try await ContinuousClock().sleep(for: .seconds(4))
                    let advance = try ChildProcess(
                        "advance", executable: BuildFolder.dunlin,
                        arguments: [
                            "clock", "advance", "2d", "--connect", cluster.nodes[0].address,
                        ], scratch: scratch)
                    let end = ContinuousClock.now + .seconds(Self.isLong ? 600 : 10)
                    var number = 0
                    while ContinuousClock.now < end {
                        #expect(try await send("late-\(number)") == 202)
                        #expect(cluster.charges.isEmpty, "charged without a lease")
                        number += 1
                        try await ContinuousClock().sleep(for: .milliseconds(100))
                    }
                    try cluster.coordinator.start()
                    try await cluster.untilServed()
                    _ = try await advance.exitCode(within: .seconds(60))
                    let after = try await run(
                        BuildFolder.dunlin,
                        ["clock", "advance", "2d", "--connect", cluster.nodes[0].address],
                        scratch: scratch)
                    #expect(after.code == 0, "\(after.errors)")
                    #expect(cluster.charges.count >= 100)
                    print("coordinator gone: \(number) commands taken, no charge")
                }
            }
        }
    }
}
