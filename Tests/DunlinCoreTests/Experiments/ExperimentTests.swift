import DunlinCore
import Testing

/// Arms are a hash, written down once.
@Suite struct ExperimentTests {
    private static func experiment(ramp: UInt32, weights: [UInt32] = [1, 1]) -> Experiment {
        Experiment(
            name: "early", subject: .retries,
            arms: zip(["control", "early", "late"], weights).map {
                Experiment.Arm(name: $0, policy: "", weight: $1)
            }, rampPermille: ramp)
    }

    @Test func `a ramp from 10 to 50 percent moves nobody and only lets in`() {
        let (small, large) = (Self.experiment(ramp: 100), Self.experiment(ramp: 500))
        var inSmall = 0
        var inLarge = 0
        for number in 0..<20_000 as Range<UInt64> {
            let unit = splitmix64(number)
            let (before, after) = (small.arm(ofUnit: unit), large.arm(ofUnit: unit))
            if let before {
                inSmall += 1
                #expect(after?.arm == before.arm)
            }
            if after != nil { inLarge += 1 }
        }
        #expect((1800...2200).contains(inSmall))
        #expect((9700...10300).contains(inLarge))
    }

    @Test func `arms are as likely as their weights say, and the propensity says so`() {
        let experiment = Self.experiment(ramp: 800, weights: [3, 1])
        var counts: [String: Int] = [:]
        var propensities: [String: UInt32] = [:]
        for number in 0..<40_000 as Range<UInt64> {
            guard let (arm, propensity) = experiment.arm(ofUnit: splitmix64(number)) else {
                counts["none", default: 0] += 1
                continue
            }
            counts[arm.name, default: 0] += 1
            propensities[arm.name] = propensity
        }
        #expect(propensities == ["control": 600_000, "early": 200_000])
        #expect((23_500...24_500).contains(counts["control"] ?? 0))
        #expect((7_600...8_400).contains(counts["early"] ?? 0))
        #expect((7_600...8_400).contains(counts["none"] ?? 0))
    }

    @Test func `two experiments are independent of one another`() {
        var other = Self.experiment(ramp: 1000)
        other.name = "tone"
        let first = Self.experiment(ramp: 1000)
        var both = 0
        for number in 0..<20_000 as Range<UInt64> {
            let unit = splitmix64(number)
            if first.arm(ofUnit: unit)?.arm.name == "early",
                other.arm(ofUnit: unit)?.arm.name == "early"
            {
                both += 1
            }
        }
        #expect((4700...5300).contains(both))
    }

    private static func bench(_ subject: Experiment.Subject) -> AccountBench {
        var bench = AccountBench()
        var other = AccountBench.ladder([2, 4])
        other.name = "other"
        other.messages = [
            MessageStep(
                name: "other", template: "payment_failed", trigger: .afterOpen(ms: 0),
                windowMinutes: 0..<1440)
        ]
        bench.otherPolicies = [other]
        bench.experiments = [
            Experiment(
                name: "x", subject: subject,
                arms: [
                    .init(name: "control", policy: ""), .init(name: "other", policy: "other"),
                ])
        ]
        return bench
    }

    @Test func `an arm replaces the retries alone, or the messages alone`() {
        var seen: Set<String> = []
        for number in 0..<32 {
            for subject in Experiment.Subject.allCases {
                var bench = Self.bench(subject)
                bench.account = EntityKey(key: "acct-\(number)")
                _ = bench.open(invoice: "in_1", profile: AccountBench.email)
                let arm = bench.state.cases[0].particulars.first?.assignments.first
                #expect(arm?.propensityPpm == 500_000)
                bench.advance(days: 20, settling: AccountBench.declined)
                let isOther = arm?.arm == "other"
                let retriesOther = isOther && subject == .retries
                #expect(bench.attemptHours == (retriesOther ? [48, 96] : [24, 72, 120, 168]))
                #expect(bench.messages == (isOther && subject == .messages ? 1 : 0))
                seen.insert("\(subject.name) \(arm?.arm ?? "")")
            }
        }
        #expect(seen.count == 4)
    }

    @Test(arguments: 0..<64)
    func `an account keeps its arm of messages, whatever the weights become`(number: Int) {
        var bench = Self.bench(.messages)
        bench.account = EntityKey(key: "acct-\(number)")
        _ = bench.open(invoice: "in_1")
        let first = bench.state.cases[0].particulars.first?.assignments
        bench.experiments[0].arms[0].weight = 1000
        bench.experiments[0].rampPermille = 1
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        _ = bench.open(invoice: "in_2")
        #expect(bench.state.cases[1].particulars.first?.assignments == first)
        bench.experiments = []
        bench.advance(days: 3, settling: AccountBench.declined)
        #expect(bench.state.cases[0].particulars.first?.assignments == first, "I12")
    }

    @Test func `three percent are held out, under the plain policy and in no experiment`() {
        var held = 0
        for number in 0..<3000 {
            var bench = Self.bench(.retries)
            bench.holdout = Holdout(permille: Holdout.standardPermille, policy: "other")
            bench.account = EntityKey(key: "acct-\(number)")
            _ = bench.open(invoice: "in_1")
            let terms = bench.state.cases[0].particulars.first
            guard let assignment = terms?.assignments.first else {
                Issue.record("nothing was assigned")
                return
            }
            #expect(assignment.experiment == Assignment.holdoutName)
            if assignment.arm == Holdout.heldArm {
                held += 1
                #expect(bench.state.cases[0].policy == "other")
                #expect(terms?.assignments.count == 1)
                #expect(assignment.propensityPpm == 30_000)
            } else {
                #expect(terms?.assignments.count == 2)
            }
        }
        #expect((60...120).contains(held))
    }
}
