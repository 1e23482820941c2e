import Foundation
import Testing

extension ProcessTests {
    /// Answers of the Stripe side that are dropped, delayed, replaced and repeated by a seed: never
    /// two charges for one attempt, never more money than was open.
    ///
    /// `DUNLIN_FAULT_SECONDS` says how long to go on, seed after seed; one seed at the least.
    @Suite(.serialized) struct StripeFaultTests {
        /// How Stripe is spoken to.
        enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
            /// Keys are remembered: an unknown outcome may be sent again under its key.
            case keys = "by keys"
            /// localstripe as it is, where keys mean nothing: an unknown outcome is looked up.
            case lookUps = "by look-ups"

            var testDescription: String { self.rawValue }
        }

        /// What one seed came to.
        struct Tally {
            var faults: [String: Int64] = [:]
            var attempts = 0
            var recovered = 0

            mutating func add(_ other: Tally) {
                self.faults.merge(other.faults, uniquingKeysWith: +)
                self.attempts += other.attempts
                self.recovered += other.recovered
            }
        }

        @Test(arguments: Way.allCases)
        func `whatever becomes of answers, an attempt charges once`(way: Way) async throws {
            let seconds = Chance.faultSeconds
            let end = ContinuousClock.now + .seconds(seconds)
            var seed = Chance(salt: 0).seed
            var seeds = 0
            var tally = Tally()
            repeat {
                tally.add(try await Self.run(way, seed: seed))
                seed += 1
                seeds += 1
            } while ContinuousClock.now < end
            let faults = tally.faults.filter { $0.key != "nothing" }
            let injected = faults.values.reduce(0, +)
            print(
                "Stripe \(way.rawValue): \(seeds) seeds, \(injected) faults \(faults.sorted(by: <)),",
                "\(tally.attempts) attempts, \(tally.recovered) recovered")
            #expect(injected > 0, "a run without a fault proves nothing")
        }

        // MARK: One seed

        private static let customers = 2
        private static let steps = 9
        /// Until after the ladder's last rung, a day at a time.
        private static let stepHours = 24

        private static func run(_ way: Way, seed: UInt64) async throws -> Tally {
            var tally = Tally()
            try await Scratch.with { scratch in
                try await StripeSide.with(proxied: true, scratch: scratch) { side in
                    let proxy = try #require(side.proxy)
                    var tenant = StripeTenant()
                    tenant.isPlain = way == .lookUps
                    let config = try tenant.write(to: scratch, side: side)
                    let node = try DunlinProcess(scratch: scratch, config: config, start: realNow())
                    try await node.whileRunning { node in
                        try await side.sendEvents(to: node)
                        let failed = try await Self.failedCustomers(side, node)
                        if way == .lookUps {
                            _ = try await proxy.control("plain", #"{"on":true}"#)
                        }
                        try await Self.disturb(proxy, seed: seed)
                        try await Self.live(failed, node, side, seed: seed)
                        _ = try await proxy.control("faults_clear", "{}")
                        try await Self.settle(failed, node)
                        tally = try await Self.check(failed, node, side, proxy, seed: seed)
                    }
                }
            }
            return tally
        }

        private static func failedCustomers(
            _ side: StripeSide, _ node: DunlinProcess
        ) async throws -> [StripeCustomer] {
            var failed: [StripeCustomer] = []
            for index in 0..<Self.customers {
                failed.append(
                    try await side.customerWithFailedRenewal(email: "f\(index)@example.test"))
            }
            for customer in failed {
                try await waitUntil("case", within: .seconds(60), poll: .milliseconds(250)) {
                    if try await !node.account(customer.id)["cases"].array.isEmpty { return true }
                    try await node.advance("1s")
                    return false
                }
            }
            return failed
        }

        private static func disturb(_ proxy: PythonServer, seed: UInt64) async throws {
            let mode = ["deliver", "duplicate", "reorder"][Int(seed % 3)]
            _ = try await proxy.control("webhook_mode", #"{"mode":"\#(mode)"}"#)
            let pays = """
                {"kind":"seeded","seed":\(seed),"path":"*/pay","delay_ms":2600,"status":500,
                "per_mille":{"drop_before":120,"drop_after":200,"delay_before":80,"delay_after":80,
                "status":60,"status_after":120}}
                """
            let rest = """
                {"kind":"seeded","seed":\(seed),"path":"*","delay_ms":300,"status":503,
                "per_mille":{"drop_before":30,"drop_after":40,"delay_after":30,"status":30}}
                """
            for rule in [pays, rest] {
                let answer = try await proxy.control("faults", rule)
                #expect(answer["error"] == .null)
            }
        }

        /// Nine days; on a day that the seed names each customer gives a card that works.
        private static func live(
            _ failed: [StripeCustomer], _ node: DunlinProcess, _ side: StripeSide, seed: UInt64
        ) async throws {
            var chance = Chance(salt: seed)
            let cured = failed.map { _ in Int.random(in: 1...Self.steps + 4, using: &chance) }
            for step in 1...Self.steps {
                try await node.advance("\(Self.stepHours)h")
                for (index, customer) in failed.enumerated() where cured[index] == step {
                    try await Self.persist {
                        try await side.giveCard(StripeSide.workingCard, to: customer.id)
                    }
                }
                try await Self.settle(failed, node)
            }
        }

        /// The test's own calls meet the faults as well, and are simply made again.
        private static func persist(_ body: () async throws -> Void) async throws {
            try await waitUntil("a call through the faults", within: .seconds(60)) {
                do {
                    try await body()
                    return true
                } catch {
                    return false
                }
            }
        }

        /// Waits until no charge is on its way; a lost answer is asked about as the clock goes on.
        private static func settle(
            _ failed: [StripeCustomer], _ node: DunlinProcess
        ) async throws {
            for customer in failed {
                var minutes = 1
                var held = JSON.null
                do {
                    try await waitUntil(
                        "end of a charge", within: .seconds(120), poll: .milliseconds(700)
                    ) {
                        held = try await node.account(customer.id)["cases"][0]
                        if Self.isSettled(held) { return true }
                        try await node.advance("\(minutes)m")
                        // Look-ups are asked further and further apart.
                        minutes = min(2 * minutes, 120)
                        return false
                    }
                } catch {
                    Issue.record("in flight: \(held["in_flight"])")
                    throw error
                }
            }
        }

        /// No charge is on its way, or every look-up failed: then a person would have to say.
        private static func isSettled(_ held: JSON) -> Bool {
            held["in_flight"] == .null || held["in_flight"]["phase"].string == "parked"
        }

        // MARK: What must hold

        private static func check(
            _ failed: [StripeCustomer], _ node: DunlinProcess, _ side: StripeSide,
            _ proxy: PythonServer, seed: UInt64
        ) async throws -> Tally {
            var tally = Tally()
            let invoices = try await proxy.control("charges")["invoices"]
            for customer in failed {
                let charges = invoices[customer.invoice].array
                let money = charges.filter { $0["status"].string == "succeeded" }
                    .compactMap { $0["amount"].integer }.reduce(0, +)
                #expect(
                    money == 0 || money == StripeSide.amountMinor,
                    "seed \(seed): \(money) was taken of \(StripeSide.amountMinor)")
                let entries = try await node.timeline(customer.id)
                let intended = entries.filter { $0["event"].string == "attemptIntended" }.count
                // The renewal's own first attempt is Stripe's.
                let made = charges.count - 1
                #expect(
                    made <= intended, "seed \(seed): \(made) charges for \(intended) attempts")
                let held = try await node.account(customer.id)["cases"][0]
                let collected = held["collected_minor"].integer ?? -1
                #expect(
                    collected == money || held["in_flight"] != .null,
                    "seed \(seed): \(collected) known of \(money) taken, \(held)")
                #expect(!held["flags"].array.contains(.string("overcharged")), "seed \(seed)")
                tally.attempts += intended
                if money > 0 { tally.recovered += 1 }
            }
            for (kind, count) in try await proxy.control("faults")["done"].object {
                tally.faults[kind] = count.integer ?? 0
            }
            return tally
        }
    }
}
