import DunlinCore
import Testing

/// Less than all is asked for where the policy says so, and never more than is open (Law 7).
@Suite struct PartialCollectionTests {
    private static func bench(_ partial: PartialCollection?) -> AccountBench {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7, 9, 11])
        bench.policy.retries.partial = partial
        return bench
    }

    private static let refused = AttemptOutcome.declined(
        DeclineCodes(code: "insufficient_funds"), chargeID: "")

    @Test func `after two refusals of the whole, half of what is open is asked for`() throws {
        var bench = Self.bench(PartialCollection(afterRefusals: 2, floorBp: 1000, partsMax: 3))
        _ = bench.fail(charge: "ch_0")
        bench.advance(days: 2, settling: Self.refused)
        bench.advance(days: 2)
        let first = try #require(bench.intents.last)
        // The failure that opened the case and our first attempt were of the whole.
        #expect(bench.intents.map(\.amountMinor) == [4200, 2100])
        #expect(first.floorMinor == 420)
        bench.settle(.approved(chargeID: "ch_1"))
        let open = try #require(bench.state.cases.first)
        #expect(open.isOpen && open.obligation.openMinor == 2100)
        // Two parts are left: a quarter of the invoice now, the rest at last.
        bench.advance(days: 2)
        #expect(bench.intents.last?.amountMinor == 1050)
        bench.settle(.approved(chargeID: "ch_2"))
        bench.advance(days: 2)
        #expect(bench.intents.last?.amountMinor == 1050)
        #expect(bench.intents.last?.floorMinor == 0)
        bench.settle(.approved(chargeID: "ch_3"))
        #expect(bench.state.cases.first?.phase == .recovered)
        #expect(bench.intents.map(\.amountMinor).dropFirst().reduce(0, +) == 4200)
    }

    @Test func `of 100 asked, 60 are approved: the remaining 40 keep the case open`() throws {
        var bench = Self.bench(
            PartialCollection(afterRefusals: 1, askBp: 10_000, floorMinor: 500, partsMax: 2))
        _ = bench.fail(charge: "ch_0")
        bench.advance(days: 2)
        let order = try #require(bench.intents.last)
        #expect(order.amountMinor == 4200 && order.floorMinor == 500)
        bench.settle(.approvedInPart(chargeID: "ch_1", amountMinor: 2520))
        let left = try #require(bench.state.cases.first)
        #expect(left.isOpen && left.obligation.openMinor == 1680)
        bench.advance(days: 2)
        #expect(bench.intents.last?.amountMinor == 1680)
        bench.settle(.approved(chargeID: "ch_2"))
        #expect(bench.state.cases.first?.phase == .recovered)
    }

    @Test(arguments: ["off", "other class", "whole only", "floor above"])
    func `the whole is asked for`(why: String) {
        var partial = PartialCollection(afterRefusals: 1, floorBp: 1000)
        if why == "floor above" { partial.floorMinor = 5000 }
        var bench = Self.bench(why == "off" ? nil : partial)
        bench.takesParts = why != "whole only"
        let code = why == "other class" ? "processing_error" : "insufficient_funds"
        _ = bench.fail(code, charge: "ch_0")
        bench.advance(days: 12, settling: .declined(DeclineCodes(code: code), chargeID: ""))
        #expect(!bench.intents.isEmpty)
        #expect(bench.intents.allSatisfy { $0.amountMinor == 4200 && $0.floorMinor == 0 })
    }

    @Test func `another card is asked for the whole first`() {
        var bench = Self.bench(PartialCollection(afterRefusals: 2, floorBp: 1000, partsMax: 3))
        _ = bench.fail(charge: "ch_0")
        bench.advance(days: 4, settling: Self.refused)
        #expect(bench.intents.last?.amountMinor == 2100)
        _ = bench.changeMethod("pm_2", event: "m1")
        bench.advance(days: 1)
        #expect(bench.intents.last?.amountMinor == 4200)
    }

    @Test(
        arguments: [
            (0, 5000, 0), (1, 1, 1), (4200, 5000, 2100), (3, 5000, 2), (999, 3333, 333),
            (Int64.max, 10_000, Int64.max), (-5, 5000, 0),
        ] as [(Int64, Int64, Int64)])
    func `shares are rounded up and never trap`(of: Int64, bp: Int64, is share: Int64) {
        #expect(of.share(bp: bp) == share)
    }
}
