import DunlinCore
import DunlinTesting
import Foundation
import Testing

/// The laws I1 to I12 over random lives, as `dunlin-bench histories` runs them by the million.
@Suite struct RandomHistoryTests {
    private static let portion: UInt64 = 100

    /// The first seeds of portions: sixty times as many in the long suite.
    private static var portions: [UInt64] {
        let isLong = ProcessInfo.processInfo.environment["DUNLIN_LONG"] != nil
        return (0..<UInt64(isLong ? 600 : 10)).map { $0 * Self.portion }
    }

    @Test(arguments: Self.portions)
    func `no life breaks a law`(from: UInt64) throws {
        let rules = try BuiltInRules().bundle
        for seed in from..<from + Self.portion {
            let breaches = RandomHistory(seed: seed, rules).findings.breaches
            #expect(breaches == [], "seed \(seed)")
        }
    }

    @Test func `every law is judged, on each kind of life that it is about`() throws {
        let rules = try BuiltInRules().bundle
        var sums: [RandomHistory.Kind: LawFindings] = [:]
        for seed in 0..<400 as Range<UInt64> {
            let found = RandomHistory(seed: seed, rules).findings
            sums[RandomHistory.kind(of: seed), default: LawFindings()].add(found)
        }
        let inAll: [Law] = [
            .noAttemptAfterTheEnd, .oneChargeInFlight, .withinEveryBudget, .noAttemptOfTheDead,
            .noMessageOutside, .neverMoreThanIsOpen, .intentBeforeEffect, .replayGivesTheState,
            .jumpsCollapse, .forgettingChangesNoMoney,
        ]
        for (kind, sum) in sums {
            for law in inAll { #expect(sum.judged(law) > 20, "\(law.name) of \(kind)") }
        }
        for kind in [RandomHistory.Kind.cases, .people] {
            #expect((sums[kind]?.judged(.noLossUnannounced) ?? 0) > 100)
        }
        #expect((sums[.cases]?.judged(.armsStay) ?? 0) > 1000)
    }
}
