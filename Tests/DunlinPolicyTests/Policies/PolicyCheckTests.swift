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
}
