import DunlinCore
import Testing

/// What attempts and messages cost is written into the events, and rungs that cost more than they
/// bring are left out.
@Suite struct CostTests {
    private static let table = CostTable(
        attempts: [
            .init(network: .visa, after: [.softFunds], milli: 12_000),
            .init(network: .visa, milli: 25_000), .init(milli: 2000),
        ], approvalMilli: 25_000, approvalBp: 140, messages: [.email: 40], annoyanceMilli: 3000)

    private static func bench(weightBp: Int64? = nil, chances: [Int64] = []) -> AccountBench {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7])
        bench.policy.costs = [.eur: Self.table]
        if let weightBp {
            bench.policy.retries.worth = AttemptWorth(chancesBp: chances, weightBp: weightBp)
        }
        return bench
    }

    private static let visa = MethodChange(method: PaymentMethod(token: "pm", network: .visa))

    private static func costs(_ bench: AccountBench) -> [Int64] {
        bench.log.compactMap {
            if case .attemptSettled(let event) = $0.event { event.costMilli } else { nil }
        }
    }

    @Test func `a refusal costs the network's fee, an approval the gateway's, too`() {
        var bench = Self.bench()
        _ = bench.fail(charge: "ch_0", method: Self.visa)
        bench.advance(
            days: 2,
            settling: .declined(DeclineCodes(code: "insufficient_funds"), chargeID: "a"))
        bench.advance(days: 2, settling: .approved(chargeID: "b"))
        // 1.4 % of 42.00 are 58.8 minor units.
        #expect(Self.costs(bench) == [12_000, 12_000 + 25_000 + 58_800])
    }

    @Test func `what did not reach the network costs nothing, and neither do other currencies`() {
        var bench = Self.bench()
        _ = bench.fail(charge: "ch_0", method: Self.visa)
        bench.advance(
            days: 2,
            settling: .declined(
                DeclineCodes(code: "insufficient_funds", notSentToNetwork: true), chargeID: "a"))
        bench.advance(days: 2, settling: .notSent(.rateLimited))
        #expect(Self.costs(bench).allSatisfy { $0 == 0 })
        var other = Self.bench()
        other.policy.costs = [.usd: Self.table]
        _ = other.fail(charge: "ch_0", method: Self.visa)
        other.advance(days: 2, settling: .approved(chargeID: "b"))
        #expect(Self.costs(other) == [0])
    }

    @Test func `a message that a provider took costs its price and the customer's patience`() {
        var bench = AccountBench.messaging([.step("first", .days(0))])
        bench.policy.costs = [.eur: Self.table]
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 1)
        let costs = bench.log.compactMap { record -> Int64? in
            if case .messageSettled(let event) = record.event { event.costMilli } else { nil }
        }
        #expect(costs == [3040])
    }

    @Test func `lowering the weight of costs never makes fewer attempts`() {
        var attempts: [Int] = []
        for weight in [0, 1000, 5000, 10_000, 20_000, 50_000, 100_000] as [Int64] {
            var bench = Self.bench(weightBp: weight, chances: [40, 30, 20, 10])
            _ = bench.fail(charge: "ch_0", method: Self.visa)
            bench.advance(
                days: 30,
                settling: .declined(DeclineCodes(code: "insufficient_funds"), chargeID: ""))
            attempts.append(bench.intents.count)
        }
        #expect(attempts == attempts.sorted(by: >))
        #expect(attempts.first == 4 && attempts.last == 0)
        #expect(Set(attempts).count > 2)
    }

    @Test func `the reason for no attempt is told`() throws {
        var bench = Self.bench(weightBp: 100_000, chances: [1])
        _ = bench.fail(charge: "ch_0", method: Self.visa)
        #expect(bench.state.cases.first?.plan.attemptReason == .notWorth)
    }
}
