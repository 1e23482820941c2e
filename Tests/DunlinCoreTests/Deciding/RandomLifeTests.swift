import DunlinCore
import DunlinTesting
import Testing

/// Random lives: whatever order things come in, the laws hold.
@Suite struct RandomLifeTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `no order of commands breaks a law`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bench = AccountBench()
        bench.policy = AccessLawTests.policy()
        bench.announces = random.chance(permille: 500)
        for step in 0..<120 {
            bench.now = bench.now.advanced(byMs: Int64(random.below(UInt64(Milliseconds.day))))
            self.act(&bench, &random, step: step)
            self.check(bench)
        }
        let keys = bench.intents.map(\.key)
        #expect(Set(keys).count == keys.count, "a key is never used twice")
    }

    private func act(_ bench: inout AccountBench, _ random: inout SplitMix64, step: Int) {
        let invoice = "in_\(random.below(3))"
        switch random.below(9) {
        case 0:
            _ = bench.fail(
                invoice: invoice, event: "e\(step)", charge: "ch\(random.below(40))",
                profile: random.chance(permille: 500) ? AccountBench.email : nil)
        case 1: _ = bench.pay(invoice: invoice, event: "p\(step)")
        case 2: _ = bench.changeMethod("pm_\(random.below(3))", event: "m\(step)")
        case 3: bench.settle(AccountBench.declined)
        case 4: bench.settle(.approved(chargeID: "ours\(step)"))
        case 5: bench.settle(random.chance(permille: 500) ? .unknown : .notSent(.rateLimited))
        case 6:
            for effect in bench.state.effects {
                bench.give(.effectAnswered(id: effect.id, outcome: .done(reference: "r")))
            }
        case 7:
            let verb = OperatorRequest.Verb.allCases[Int(random.below(7))]
            bench.give(.operate(OperatorRequest(verb: verb)))
        default: self.fireDue(&bench)
        }
    }

    /// Fires what is due. A shard fires an instant once: what stayed due at it would wait for ever.
    private func fireDue(_ bench: inout AccountBench) {
        for _ in 0..<10 {
            guard let due = bench.state.dueAt, due <= bench.now else { return }
            bench.give(.timer(realNow: bench.now))
            guard bench.state.dueAt != due else { break }
        }
        let due = bench.state.dueAt
        #expect(due.map { $0 > bench.now } ?? true, "still due: \(bench.state.cases)")
    }

    private func check(_ bench: AccountBench) {
        for dunningCase in bench.state.cases {
            let charges = bench.state.effects.filter {
                $0.caseNumber == dunningCase.number && $0.kind == .charge
            }
            #expect(charges.count <= 1)
            #expect(dunningCase.inFlight != nil || charges.isEmpty)
            if let inFlight = dunningCase.inFlight, dunningCase.isOpen, inFlight.phase == .intended
            {
                #expect(inFlight.amountMinor <= dunningCase.obligation.amountMinor)
            }
            if !dunningCase.isOpen {
                #expect(dunningCase.plan.attemptAt.ms == 0, "a closed case plans no attempt")
            }
        }
        for access in bench.state.subscriptions where access.state >= .suspended {
            let wasTold = bench.state.cases.contains { $0.toldAt.ms != 0 }
            let dropped = bench.state.casesOpened > UInt32(bench.state.cases.count)
            #expect(wasTold || dropped, "suspended without having been told")
        }
        #expect(bench.state.recentEvents.count <= AccountState.recentEventsMax)
        #expect(bench.state.marks.count <= AttemptMark.countMax)
    }
}
