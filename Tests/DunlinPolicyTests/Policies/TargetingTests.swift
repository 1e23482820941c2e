import DunlinCore
import DunlinPolicy
import Testing

@Suite("Segments, experiments and the holdout of a file")
struct TargetingTests {
    private static let yaml = """
        dunlin: policy/1
        default: standard
        segments:
          - {name: pro, when: 'plan == "pro" && mrr_minor >= 5000', policy: early}
        experiments:
          - name: early-retries
            compares: retries
            ramp: 12.5
            arms: [{name: control, weight: 3}, {name: early, policy: early}]
        holdout: {policy: standard}
        policies:
          standard:
            retries:
              ladder: [1d, 3d]
              ladders: {softVelocity: [2d]}
              intervals: {weekly: {ladder: [12h]}, yearly: {ladders: {softFunds: [20d]}}}
              at: "06:10"
              days: weekdays
              renewal_gap: 36h
              backup: off
            ending: {actions: [creditNote, {downgrade: basic}]}
            cases: per_currency
            customer: {snooze_max: 7d, promise_max: 30d, instalments_max: 3}
          early: {retries: {ladder: [12h]}}
        """

    private static func bundle(_ yaml: String) throws -> Bundle {
        try BundleCompiler.compile(
            BundleSource(
                policies: [PolicyText(file: "p.yaml", text: yaml)], zones: ZoneCatalog())
        ).bundle
    }

    @Test("an edited file replaces what it was, another one stands beside it")
    func editedFile() throws {
        func names(_ texts: [String]) throws -> [[String]] {
            var source = BundleSource(zones: ZoneCatalog())
            for text in texts { source.apply(PolicyText(file: "policy.yaml", text: text)) }
            let bundle = try BundleCompiler.compile(source).bundle
            return [
                bundle.segments.map(\.name), bundle.experiments.map(\.name),
                bundle.policies.keys.sorted(),
            ]
        }
        let plain = "dunlin: policy/1\ndefault: a\npolicies: {a: {retries: {ladder: [1d]}}}\n"
        let other = plain.replacing("default: a", with: "default: b").replacing("{a:", with: "{b:")
        let ramped = Self.yaml.replacing("ramp: 12.5", with: "ramp: 50")
        let cut = Self.yaml.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("segments:") && !$0.contains("name: pro") }
            .joined(separator: "\n")
        let own = ["early", "ladder", "standard"]
        #expect(try names([Self.yaml, ramped]) == [["pro"], ["early-retries"], own])
        #expect(try names([Self.yaml, cut]) == [[], ["early-retries"], own])
        #expect(try names([plain, Self.yaml, other])[0...1] == [["pro"], ["early-retries"]])
        #expect(try names([plain, other])[2] == ["a", "b", "ladder", "standard"])
        #expect(try names((0..<80).map { plain + "# \($0)\n" })[2] == ["a", "ladder", "standard"])
    }

    @Test("everything is read")
    func everything() throws {
        let bundle = try Self.bundle(Self.yaml)
        #expect(bundle.segments.map(\.policy) == ["early"])
        #expect(bundle.segments.first?.when.attributes == ["plan", "mrr_minor"])
        let experiment = try #require(bundle.experiments.first)
        #expect(experiment.rampPermille == 125)
        #expect(experiment.arms.map(\.weight) == [3, 1])
        #expect(bundle.holdout == Holdout(permille: 30, policy: "standard"))
        let policy = try #require(bundle.policies["standard"])
        let retries = policy.retries
        #expect(retries.calendar == RetryCalendar(minuteOfDay: 370, weekdaysOnly: true))
        #expect(retries.renewalGapMs == 36 * Milliseconds.hour)
        #expect(!retries.usesBackups)
        #expect(retries.byInterval[.weekly]?[.softVelocity].offsetsMs == [12 * Milliseconds.hour])
        #expect(retries.byInterval[.yearly]?[.softFunds].offsetsMs == [20 * Milliseconds.day])
        #expect(retries.byInterval[.yearly]?[.softVelocity].offsetsMs == [2 * Milliseconds.day])
        #expect(policy.ending.actions == [.creditNote, .downgrade])
        #expect(policy.ending.downgradePlan == "basic")
        #expect(policy.bundling == .perCurrency)
        #expect(
            policy.wishes
                == CustomerWishes(
                    snoozeMaxMs: 7 * Milliseconds.day, promiseMaxMs: 30 * Milliseconds.day,
                    partsMax: 3))
    }

    @Test("a file without them has none")
    func plain() throws {
        let bundle = try Self.bundle(
            "dunlin: policy/1\ndefault: a\npolicies: {a: {retries: {ladder: [1d]}}}")
        #expect(bundle.segments.isEmpty && bundle.experiments.isEmpty && bundle.holdout == nil)
    }

    @Test("a policy that is named and not there is found where it is named")
    func missingPolicy() {
        let yaml = Self.yaml.replacing("policy: early}\nexp", with: "policy: erly}\nexp")
        #expect {
            _ = try Self.bundle(yaml)
        } throws: { error in
            guard let error = error as? PolicyError else { return false }
            return error.findings.contains {
                $0.field == "segments[0].policy" && $0.line == 4
                    && $0.message == "there is no policy `erly`"
            }
        }
    }
}
