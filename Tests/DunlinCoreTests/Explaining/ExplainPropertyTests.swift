import DunlinCore
import DunlinTesting
import Testing

/// Over random lives: nothing waits without a reason, and what is said to change it would.
@Suite struct ExplainPropertyTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `whatever waits has a reason, and lifting a rule delays nothing`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        bench.policy.retries.gapMinMs = 20 * Milliseconds.hour
        bench.policy.sending.caps = [FrequencyCap(touchesMax: 1, withinMs: Milliseconds.day)]
        bench.rules = Self.rules
        for step in 0..<40 {
            bench.now = bench.now.advanced(byMs: Int64(random.below(UInt64(Milliseconds.day))))
            self.act(&bench, &random, step: step)
            self.check(bench)
        }
    }

    private static let rules = RuleBook(
        version: 20_260_101,
        budgets: [
            BudgetRule(
                number: 1, name: "three-7d", network: nil, appliesToUnknown: true,
                window: .rolling(ms: 7 * Milliseconds.day), attemptsMax: 3, source: "test")
        ])

    private func act(_ bench: inout AccountBench, _ random: inout SplitMix64, step: Int) {
        let invoice = "in_\(random.below(2))"
        switch random.below(8) {
        case 0, 1:
            _ = bench.fail(
                random.chance(permille: 800) ? "insufficient_funds" : "stolen_card",
                invoice: invoice, event: "e\(step)", charge: "ch\(step)",
                profile: AccountBench.email)
        case 2: _ = bench.changeMethod("pm_\(random.below(3))", event: "m\(step)")
        case 3: bench.settle(AccountBench.declined)
        case 4:
            let verbs: [OperatorRequest.Verb] = [.pause, .resume, .attemptNow]
            bench.give(.operate(OperatorRequest(verb: verbs[Int(random.below(3))])))
        case 5: bench.answerMessages()
        default:
            if let due = bench.state.dueAt, due <= bench.now {
                bench.give(.timer(realNow: bench.now))
            }
        }
    }

    private func check(_ bench: AccountBench) {
        let reasons = bench.reasons
        #expect(reasons == bench.reasons, "the same question has the same answer")
        for slot in reasons.slots where slot.at.ms == 0 || slot.at > bench.now {
            #expect(!slot.reasons.isEmpty, "\(slot.kind) \(slot.words) waits without a reason")
            guard slot.kind == .attempt, slot.at.ms != 0 else { continue }
            // Another card, and a case that is resumed, may have a later turn of their own.
            let others: [SlotRule] = [.credential, .casePaused]
            for reason in slot.reasons
            where reason.isDecisive && reason.withoutAt.ms != 0 && !others.contains(reason.rule) {
                #expect(reason.withoutAt <= slot.at, "\(reason) would delay \(slot.at)")
            }
        }
        let open = bench.state.cases.filter(\.isOpen).count
        #expect(reasons.slots.count { $0.kind == .attempt } == open)
        #expect(reasons.lines.count >= reasons.slots.count)
    }
}
