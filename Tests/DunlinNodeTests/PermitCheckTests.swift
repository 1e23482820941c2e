import DunlinCore
import DunlinPorts
import DunlinTesting
import Testing

@testable import DunlinNode

@Suite("The audit of permits", .timeLimit(.minutes(1)))
struct PermitCheckTests {
    private static func bundle(_ rules: RuleBook? = nil) throws -> Bundle {
        var bundle = try FixedBundle().initial().bundle
        if let rules { bundle.rules = rules }
        return bundle
    }

    @Test(
        "finds nothing in a journal whose attempts obeyed their rules, and all where they did not")
    func journal() async throws {
        try await NodeBench.with { bench in
            bench.gateway.decline()
            bench.journal.release()
            _ = try await bench.node.intake((1...3).map { NodeBench.failure($0) })
            try await bench.advance(days: 10)
            let own = try Self.bundle()
            let good = try PermitCheck(journal: bench.disk.journal) { $0 == own.id ? own : nil }
                .run()
            #expect(good.isGood)
            #expect(good.accounts == 3)
            #expect(good.attempts == 12)
            // A rule that these attempts were never held to.
            let strict = try Self.bundle(
                RuleBook(
                    version: 1,
                    budgets: [
                        BudgetRule(
                            number: 9, name: "two", network: nil,
                            window: .rolling(ms: 30 * Milliseconds.day), attemptsMax: 2,
                            source: "test")
                    ]))
            let bad = try PermitCheck(journal: bench.disk.journal) { $0 == own.id ? strict : nil }
                .run()
            let kinds = bad.violations.map(\.violation.kind)
            #expect(kinds.filter { $0 == .ruleMissing }.count == 12)
            #expect(kinds.filter { $0 == .overdrawn }.count == 6)
            #expect(bad.violationCount == 18)
            let unknown = try PermitCheck(journal: bench.disk.journal) { _ in nil }.run()
            #expect(unknown.violations.allSatisfy { $0.violation.kind == .rulesUnknown })
            #expect(unknown.violationCount == 12)
        }
    }
}
