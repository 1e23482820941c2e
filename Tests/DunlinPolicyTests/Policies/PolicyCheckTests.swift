import DunlinCore
import DunlinPolicy
import Testing

@Suite("The policy checker")
struct PolicyCheckTests {
    private static let templates: Set<String> = [
        "card_update_needed", "final_notice", "payment_failed", "payment_reminder",
    ]

    private static func found(in yaml: String) throws -> [Finding] {
        let rules = try BundleCompiler.compile(BundleSource(zones: ZoneCatalog())).bundle.rules
        return BundleCompiler.check(
            PolicyText(file: "policy.yaml", text: yaml), rules: rules, templates: Self.templates)
    }

    @Test(
        "finds exactly what is wrong, with line and field",
        arguments: BadPolicy.form + BadPolicy.retries + BadPolicy.access + BadPolicy.messages
            + BadPolicy.targeting + BadPolicy.sending)
    func badPolicies(policy: BadPolicy) throws {
        let found = try Self.found(in: policy.yaml)
        let lines = found.map {
            "\($0.line):\($0.column) \($0.severity.rawValue) \($0.field): \($0.message)"
        }
        #expect(lines == policy.found)
        #expect(!policy.found.isEmpty)
        #expect(found.allSatisfy { !$0.remedy.isEmpty && !$0.remedy.hasSuffix(".") })
    }

    @Test(
        "finds policies that are named and nowhere",
        arguments: [
            ("default: standart", "2:10 default"),
            (
                "segments: [{name: big, when: 'plan == \"pro\"', policy: pro}]",
                "2:55 segments[0].policy"
            ),
            ("holdout: {policy: pro}", "2:19 holdout.policy"),
        ])
    func namesThatAreNowhere(line: String, found: String) throws {
        let yaml = "dunlin: policy/1\n\(line)\npolicies: {a: {retries: {ladder: [1d]}}}\n"
        let file = PolicyText(file: "policy.yaml", text: yaml)
        func errors(_ known: Set<String>?) -> [String] {
            BundleCompiler.check(file, known: known).filter { $0.severity == .error }
                .map { "\($0.line):\($0.column) \($0.field)" }
        }
        #expect(errors(["standard"]) == [found])
        #expect(errors(["standart", "pro"]) == [])
        #expect(errors(nil) == [])
    }

    @Test("says only what cannot be read while a policy cannot be read")
    func unreadablePolicies() {
        let yaml = "dunlin: policy/1\ndefault: a\npolicies: {a: {retries: {ladder: [x]}}}\n"
        let found = BundleCompiler.check(
            PolicyText(file: "policy.yaml", text: yaml), known: ["standard"])
        #expect(found.map(\.field) == ["policies.a.retries.ladder[0]"])
    }
}
