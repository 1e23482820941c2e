import Foundation
import Testing

extension ProcessTests {
    /// `kill -9` at random moments: the same end, no charge twice, nothing acknowledged lost.
    @Suite(.serialized) struct KillTests {
        @Test(arguments: [
            (1000, 498, 2946, 2_658_617, "8bd09bdb5f5f8ee8"),
            (100_000, 48_840, 297_639, 268_763_758, "5170966c415e5096"),
        ])
        func `the oracle gives the published figures of W1`(
            accounts: UInt64, recovered: Int64, attempts: Int64, minor: Int64, digest: String
        ) {
            let oracle = LadderOracle(accounts: accounts, seed: 1)
            #expect(oracle.recovered == recovered)
            #expect(oracle.attempts == attempts)
            #expect(oracle.recoveredMinor == minor)
            #expect(oracle.digestText == digest)
        }

        // MARK: W1

        static let ladderAccounts: UInt64 = 5000

        static func ladderConfig(_ scratch: Scratch, seed: UInt64) throws -> String {
            try scratch.write(
                "dunlin.yaml",
                """
                tenants:
                  main:
                    mode: live
                    gateway:
                      kind: simulated
                      behaviour: ladder
                      seed: \(seed)
                      ledger: \(scratch.file("charges"))
                    policy: ladder

                """)
        }

        @Test func `W1 over the wire gives the same digest however often the node is killed`()
            async throws
        {
            var chance = Chance(salt: 1)
            let start = ContinuousClock.now
            var kills = 0
            var seed: UInt64 = 8
            // A run that nothing hit proves nothing, and counts as one so that there is an end.
            var left = Chance.kills
            while left > 0 {
                let killed = try await Self.killedLadder(seed: seed, killsMax: left, &chance)
                kills += killed
                left -= max(killed, 1)
                seed += 8
            }
            chance.report(kills, "a node during W1", since: start)
        }

        /// One W1 under kills; answers how many there were.
        private static func killedLadder(
            seed: UInt64, killsMax: Int, _ chance: inout Chance
        ) async throws -> Int {
            let scratch = try Scratch.make()
            let config = try Self.ladderConfig(scratch, seed: seed)
            let node = try DunlinProcess(scratch: scratch, config: config)
            let (load, kills) = try await node.whileRunning { node in
                let outcome = try await Self.finishedLoad(
                    node, seed: seed, killsMax: killsMax, &chance)
                try await node.stop()
                let verified = try await run(
                    BuildFolder.dunlin, ["verify", "--data", node.data], scratch: scratch)
                #expect(verified.code == 0, "\(verified.errors)")
                return outcome
            }
            try Self.check(load, seed: seed, ledger: scratch.file("charges"))
            try scratch.remove()
            return kills
        }

        /// Runs W1 to its good end while the node is killed. A load that a kill broke is started
        /// again: sending everything once more is safe.
        private static func finishedLoad(
            _ node: DunlinProcess, seed: UInt64, killsMax: Int, _ chance: inout Chance
        ) async throws -> (ChildProcess, kills: Int) {
            var kills = 0
            for round in 0...killsMax {
                let load = try ChildProcess(
                    "load-\(round)", executable: BuildFolder.dunlin,
                    arguments: [
                        "load", "ladder", "--tokens", "--accounts", "\(Self.ladderAccounts)",
                        "--seed",
                        "\(seed)", "--connect", node.node, "--json",
                    ], scratch: node.scratch)
                let killsBefore = kills
                do {
                    while load.isRunning, kills < killsMax {
                        try await ContinuousClock().sleep(for: chance.milliseconds(20...1200))
                        guard load.isRunning else { break }
                        try await node.killHard()
                        kills += 1
                        try await node.start()
                    }
                    let code = try await load.exitCode(within: .seconds(300))
                    if code == 0 { return (load, kills) }
                } catch {
                    try await load.killHard()
                    throw error
                }
                guard kills > killsBefore else {
                    throw ServerRefused(
                        description: "W1 failed though nothing was killed: \(load.errors)")
                }
            }
            throw ServerRefused(description: "W1 never came to its end")
        }

        private static func check(_ load: ChildProcess, seed: UInt64, ledger: String) throws {
            let oracle = LadderOracle(accounts: Self.ladderAccounts, seed: seed)
            let told = try JSON(parsing: load.output)
            #expect(told["digest"].string == oracle.digestText)
            #expect(told["recovered"].integer == oracle.recovered)
            #expect(told["attempts"].integer == oracle.attempts)
            #expect(told["recovered_minor"].integer == oracle.recoveredMinor)
            // `KEY ACCOUNT OBLIGATION ATTEMPT VERDICT`: one line a key, one key an attempt.
            let lines = contents(ofFile: ledger).split(separator: "\n")
            let words = lines.map { $0.split(separator: " ") }
            #expect(Int64(lines.count) == oracle.attempts)
            #expect(Set(words.compactMap(\.first)).count == lines.count)
            #expect(
                Set(words.map { $0.dropFirst().prefix(3).joined(separator: " ") }).count
                    == lines.count)
        }

        @Test func `events acknowledged over HTTP outlive a kill at any moment`() async throws {
            var chance = Chance(salt: 2)
            try await Scratch.with { scratch in
                let node = try DunlinProcess(scratch: scratch)
                try await node.whileRunning { node in
                    var acknowledged: [String] = []
                    let start = ContinuousClock.now
                    for round in 0..<Chance.kills {
                        let delay = chance.milliseconds(1...150)
                        let pid = try #require(node.pid)
                        async let killed: Void = Self.kill(pid, after: delay)
                        for index in 0..<1000 where node.isRunning {
                            let name = "acct-\(round)-\(index)"
                            let answer = try? await node.send(IntakeTests.failure(of: name))
                            guard answer?.status == 202 else { break }
                            acknowledged.append(name)
                        }
                        try await killed
                        try await node.killHard()
                        try await node.start()
                    }
                    for name in acknowledged {
                        #expect(try await node.get("/v1/accounts/\(name)").status == 200, "\(name)")
                    }
                    #expect(acknowledged.count >= Chance.kills, "too few to prove anything")
                    chance.report(
                        Chance.kills, "a node that acknowledges over HTTP", since: start)
                }
            }
        }

        private static func kill(_ pid: pid_t, after delay: Duration) async throws {
            try await ContinuousClock().sleep(for: delay)
            _ = Glibc.kill(pid, SIGKILL)
        }

        // MARK: The Stripe scenario

        @Test(arguments: [true, false])
        func `the Stripe scenario ends the same however often the node is killed`(
            proxied: Bool
        ) async throws {
            let undisturbed = try await Self.stripeRun(proxied: proxied, kills: 0)
            let disturbed = try await Self.stripeRun(proxied: proxied, kills: Chance.kills)
            #expect(disturbed == undisturbed)
        }

        private static let customers = 4
        private static let steps = 32

        /// Eight days in quarter days, killed at random moments; answers how each account ended.
        private static func stripeRun(proxied: Bool, kills: Int) async throws -> [String] {
            var chance = Chance(salt: proxied ? 3 : 4)
            var killsAt = [Int](repeating: 0, count: Self.steps + 1)
            for _ in 0..<kills { killsAt[Self.step(&chance)] += 1 }
            let began = ContinuousClock.now
            var ends: [String] = []
            try await Scratch.with { scratch in
                try await StripeSide.with(proxied: proxied, scratch: scratch) { side in
                    let config = try StripeTenant().write(to: scratch, side: side)
                    let start = Date()
                    let node = try DunlinProcess(
                        scratch: scratch, config: config,
                        start: ISO8601DateFormatter().string(from: start))
                    try await node.whileRunning { node in
                        try await side.sendEvents(to: node)
                        var failed: [StripeCustomer] = []
                        for index in 0..<Self.customers {
                            failed.append(
                                try await side.customerWithFailedRenewal(
                                    email: "c\(index)@example.test"))
                        }
                        try await Self.found(failed, node)
                        for step in 1...Self.steps {
                            let instant = start.addingTimeInterval(Double(step) * 6 * 3600 + 600)
                            try await Self.reach(instant, node, kills: killsAt[step], &chance)
                            try await Self.settled(failed, node)
                        }
                        for customer in failed {
                            ends.append(try await Self.end(of: customer, side, node))
                        }
                    }
                }
            }
            if kills > 0 {
                let way = proxied ? "through the proxy" : "directly"
                chance.report(kills, "a node that charges at Stripe's side \(way)", since: began)
            }
            return ends
        }

        /// A step to be killed in: every other kill meets one with attempts, on days 1, 3, 5, 7.
        private static func step(_ chance: inout Chance) -> Int {
            Bool.random(using: &chance)
                ? 4 + 8 * Int.random(in: 0...3, using: &chance)
                : Int.random(in: 1...Self.steps, using: &chance)
        }

        private static func found(_ customers: [StripeCustomer], _ node: DunlinProcess) async throws
        {
            for customer in customers {
                try await waitUntil("case", within: .seconds(60), poll: .milliseconds(250)) {
                    if try await !node.account(customer.id)["cases"].array.isEmpty { return true }
                    try await node.advance("1s")
                    return false
                }
            }
        }

        /// Sets the clock, killing the node while it works; setting it again is of no harm.
        private static func reach(
            _ instant: Date, _ node: DunlinProcess, kills: Int, _ chance: inout Chance
        ) async throws {
            let text = ISO8601DateFormatter().string(from: instant)
            for _ in 0..<kills {
                let setting = try ChildProcess(
                    "clock", executable: BuildFolder.dunlin,
                    arguments: ["clock", "set", text, "--connect", node.node],
                    scratch: node.scratch)
                try await ContinuousClock().sleep(for: chance.milliseconds(5...400))
                try await node.killHard()
                _ = try await setting.exitCode(within: .seconds(60))
                try await node.start()
            }
            _ = try await node.json("clock", "set", text)
        }

        /// Waits until no charge is on its way; a lost answer is asked about as the clock goes on.
        private static func settled(
            _ customers: [StripeCustomer], _ node: DunlinProcess
        ) async throws {
            for customer in customers {
                try await waitUntil("end of a charge", within: .seconds(60)) {
                    let held = try await node.account(customer.id)["cases"][0]
                    if held["in_flight"] == .null { return true }
                    try await node.advance("20s")
                    return false
                }
            }
        }

        /// How one account ended, in words that must not depend on kills.
        private static func end(
            of customer: StripeCustomer, _ side: StripeSide, _ node: DunlinProcess
        ) async throws -> String {
            let account = try await node.account(customer.id)
            let entries = try await node.timeline(customer.id)
            let verdicts = entries.filter { $0["event"].string == "attemptSettled" }
                .compactMap { $0["verdict"].string }
            let charged = try await side.attemptsMade(customer)
            let declined = verdicts.filter { $0 == "declined" }.count
            #expect(charged == declined, "charges at localstripe against outcomes that we know")
            #expect(charged == 4)
            let held = account["cases"][0]
            return """
                \(charged) charges, \(held["phase"].string ?? "?"), \
                \(held["declines"].integer ?? -1) declines, \(account["access"].string ?? "?")
                """
        }
    }
}
