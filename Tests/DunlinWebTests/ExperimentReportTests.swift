import DunlinCore
import DunlinTesting
import DunlinWeb
import Testing

@Suite("Reports of experiments")
struct ExperimentReportTests {
    private static let now = CivilTime(year: 2026, month: 6, day: 1).utc
    private static let windowMs = 28 * Milliseconds.day

    private static func row(
        _ number: Int, arm: String, recoveredAfterDays: Int64?, ageDays: Int64 = 60,
        experiment: String = "early"
    ) -> CaseRow {
        let opened = Self.now.advanced(byMs: -ageDays * Milliseconds.day)
        var row = CaseRow(
            key: EntityKey(key: "acct-\(number)"), caseNumber: 1,
            phase: recoveredAfterDays == nil ? .exhausted : .recovered, obligation: "in_\(number)",
            amount: Money(minor: 4200, currency: .eur), declineClass: .softFunds, openedAt: opened,
            closedAt: opened.advanced(byMs: (recoveredAfterDays ?? 28) * Milliseconds.day),
            nextAttemptAt: Timestamp(ms: 0), attempts: 1, flags: [])
        row.assignments = [
            Assignment(experiment: experiment, arm: arm, propensityPpm: 500_000)
        ]
        return row
    }

    /// One simulated experiment: whether each arm recovers is drawn with its own chance.
    private static func run(seed: UInt64, units: Int, lift: Int) -> ExperimentReport {
        var random = SplitMix64(seed: seed)
        var report = ExperimentReport(unit: .case, windowMs: Self.windowMs, now: Self.now)
        for number in 0..<units {
            let isEarly = random.chance(permille: 500)
            let recovers = random.chance(permille: UInt64(400 + (isEarly ? lift : 0)))
            report.take(
                Self.row(
                    number, arm: isEarly ? "early" : "control",
                    recoveredAfterDays: recovers ? 5 : nil))
        }
        return report
    }

    @Test("five points more are found")
    func liftIsFound() throws {
        let difference = try #require(Self.run(seed: 1, units: 12_000, lift: 50).differences.first)
        #expect(difference.isSignificant)
        #expect(difference.low > 0 && difference.high < 0.1)
        #expect(difference.low < 0.05 && 0.05 < difference.high)
        #expect((difference.arm, difference.baseline) == ("early", "control"))
    }

    @Test("of a thousand comparisons of a thing with itself, at most one in twenty finds anything")
    func nothingIsFound() {
        var found = 0
        for seed in 1...1000 as ClosedRange<UInt64> {
            let report = Self.run(seed: seed, units: 600, lift: 0)
            if report.differences.contains(where: \.isSignificant) { found += 1 }
        }
        #expect(found <= 50, "\(found)")
        #expect(found >= 20, "an interval that never errs is too wide: \(found)")
    }

    @Test("young cases are not judged, and what came too late does not count")
    func maturation() throws {
        var report = ExperimentReport(unit: .case, windowMs: Self.windowMs, now: Self.now)
        report.take(Self.row(1, arm: "control", recoveredAfterDays: 3, ageDays: 10))
        report.take(Self.row(2, arm: "control", recoveredAfterDays: 40))
        report.take(Self.row(3, arm: "control", recoveredAfterDays: 3))
        let arm = try #require(report.arms.first)
        #expect((arm.assigned, arm.matured, arm.recovered) == (3, 2, 1))
        #expect(report.differences == [])
    }

    @Test("an account counts once, by its first case")
    func accounts() throws {
        var report = ExperimentReport(unit: .account, windowMs: Self.windowMs, now: Self.now)
        var later = Self.row(1, arm: "held", recoveredAfterDays: 1, experiment: "holdout")
        later.caseNumber = 2
        report.take(Self.row(1, arm: "held", recoveredAfterDays: nil, experiment: "holdout"))
        report.take(later)
        let arm = try #require(report.arms.first)
        #expect((arm.assigned, arm.recovered) == (1, 0))
    }

    @Test(
        "points are written with two places",
        arguments: [
            (0.0512, "+5.12"), (-0.05, "-5.00"), (0.0, "+0.00"), (0.0007, "+0.07"),
        ])
    func points(share: Double, text: String) {
        #expect(ExperimentReport.points(share) == text)
    }
}
