import DunlinCore
import DunlinPolicy
import DunlinTesting
import Testing

/// Random lives under random plans: whatever a planner wants, no attempt breaks a rule, as an
/// audit finds that counts again from the events alone.
@Suite("A random planner behind the gate")
struct RandomPlannerTests {
    @Test("breaks no rule", arguments: [true, false])
    func breaksNoRule(withCaution: Bool) throws {
        let rules = try BuiltInRules()
        let histories: UInt64 = 150
        var attempts: UInt64 = 0
        var debits: UInt64 = 0
        for number in 0..<histories {
            let seed = number << 1 | (withCaution ? 1 : 0)
            var life = RandomLife(seed: seed, rules.bundle, withCaution: withCaution)
            life.live()
            attempts += life.audit.attempts
            if life.isDebit { debits += life.audit.attempts }
            #expect(
                life.audit.violations.isEmpty, "seed \(seed): \(life.audit.violations)")
        }
        #expect(attempts > 3 * histories)
        #expect(debits > 0)
    }

    /// Lives in which an invoice was paid by a debit and failed again weeks later.
    @Test(
        "breaks none where a million lives found that it did",
        arguments: [
            9006, 15891, 54968, 117_981, 300_153, 440_859, 697_548, 794_828, 904_358, 925_431,
            951_745,
        ] as [UInt64])
    func foundByMany(seed: UInt64) throws {
        var life = RandomLife(seed: seed, try BuiltInRules().bundle, withCaution: seed & 1 == 1)
        life.live()
        #expect(life.audit.violations == [])
    }

    @Test("is caught by the audit where the gate is given fewer rules than it should obey")
    func auditCatches() throws {
        let rules = try BuiltInRules()
        var caught: Set<PermitAudit.Violation.Kind> = []
        for number in 0..<200 {
            var life = RandomLife(
                seed: UInt64(number), rules.bundle, withCaution: false,
                gate: RuleBook(version: 1, budgets: []))
            life.live()
            caught.formUnion(life.audit.violations.map(\.kind))
        }
        #expect(caught.isSuperset(of: [.ruleMissing, .overdrawn, .demandUnmet]))
    }
}
