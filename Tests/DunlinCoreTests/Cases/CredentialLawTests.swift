import DunlinCore
import DunlinTesting
import Testing

/// Two laws over random lives: a credential that was refused for good is never tried again, and
/// forgetting the person changes no money.
@Suite struct CredentialLawTests {
    @Test(arguments: LawSeeds.of(150))
    func `a credential that was refused for good gets no further attempt`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bench = AccountBench()
        bench.policy.ending.afterMs = 60 * Milliseconds.day
        var dead: Set<UInt32> = []
        var judged = 0
        for step in 0..<120 {
            bench.now = bench.now.advanced(byMs: Int64(random.below(UInt64(Milliseconds.day))))
            self.act(&bench, &random, step: step)
            for intent in bench.intents[judged...] {
                #expect(!dead.contains(intent.method), "method \(intent.method) was dead")
            }
            judged = bench.intents.count
            guard random.chance(permille: 300) else { continue }
            let isDead = random.chance(permille: 300)
            let out = bench.state.cases.compactMap { $0.inFlight?.method }
            bench.settle(
                .declined(
                    DeclineCodes(code: isDead ? "stolen_card" : "insufficient_funds"),
                    chargeID: "c\(step)"))
            if isDead { dead.formUnion(out) }
        }
    }

    @Test(arguments: LawSeeds.of(150))
    func `forgetting the person changes no money fact and no plan of charges`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        for step in 0..<40 {
            bench.now = bench.now.advanced(byMs: Int64(random.below(UInt64(Milliseconds.day))))
            self.act(&bench, &random, step: step)
            if random.chance(permille: 500) { bench.settle(AccountBench.declined) }
            if random.chance(permille: 100) { bench.settle(.approved(chargeID: "c\(step)")) }
        }
        let before = bench.state
        bench.give(.operate(OperatorRequest(verb: .erase)))
        #expect(bench.state.profile.contacts.isEmpty)
        #expect(bench.state.cases.map(\.obligation) == before.cases.map(\.obligation))
        #expect(bench.state.cases.map(\.phase) == before.cases.map(\.phase))
        #expect(bench.state.cases.map(\.inFlight) == before.cases.map(\.inFlight))
        #expect(bench.state.cases.map(\.attempts) == before.cases.map(\.attempts))
        #expect(bench.state.cases.map(\.plan.attemptAt) == before.cases.map(\.plan.attemptAt))
        #expect(bench.state.marks == before.marks)
        #expect(bench.state.methods == before.methods)
        #expect(bench.state.settled == before.settled)
    }

    private func act(_ bench: inout AccountBench, _ random: inout SplitMix64, step: Int) {
        switch random.below(5) {
        case 0:
            _ = bench.fail(
                invoice: "in_\(random.below(3))", event: "e\(step)", charge: "ch\(step)",
                profile: AccountBench.email)
        case 1: _ = bench.changeMethod("pm_\(random.below(3))", event: "m\(step)")
        case 2: bench.give(.operate(OperatorRequest(verb: .attemptNow)))
        default:
            for _ in 0..<5 {
                guard let due = bench.state.dueAt, due <= bench.now else { return }
                bench.give(.timer(realNow: bench.now))
                guard bench.state.dueAt != due else { return }
            }
        }
    }
}
