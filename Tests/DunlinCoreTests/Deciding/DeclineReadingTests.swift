import DunlinCore
import Testing

/// What a refusal means for the next attempt, by the card's network and by who is to blame.
@Suite struct DeclineReadingTests {
    private static let softCap = BudgetRule(
        number: 1, name: "soft", network: nil, window: .rolling(ms: Milliseconds.day),
        attemptsMax: 1, isSoftCap: true, source: "test")
    private static let networkCap = BudgetRule(
        number: 2, name: "hard", network: nil, window: .rolling(ms: Milliseconds.day),
        attemptsMax: 1, source: "test")

    private static var readings: DeclineMap {
        DeclineMap(
            byCode: [
                "card_declined": .init(declineClass: .softGeneric, advice: .wait),
                "processing_error": .init(declineClass: .technicalNetwork, advice: .backOff),
            ],
            byNetworkCode: ["65": .init(declineClass: .softVelocity, advice: .wait)],
            byNetworkCodeOf: [
                .mastercard: [
                    "65": .init(
                        declineClass: .authenticationRequired, advice: .afterAuthentication)
                ]
            ])
    }

    private func bench(_ network: PaymentNetwork) -> AccountBench {
        var bench = AccountBench()
        bench.declines = Self.readings
        _ = bench.fail(
            "card_declined",
            method: MethodChange(method: PaymentMethod(token: "pm_1", network: network)))
        return bench
    }

    @Test(arguments: [
        (PaymentNetwork.mastercard, DeclineClass.authenticationRequired),
        (.visa, .softVelocity), (.unknown, .softVelocity),
    ])
    func `a response code is read as the card's own network means it`(
        network: PaymentNetwork, meaning: DeclineClass
    ) {
        let codes = DeclineCodes(code: "card_declined", networkCode: "65")
        var bench = self.bench(network)
        bench.advance(days: 1, settling: .declined(codes, chargeID: "ch_1"))
        #expect(bench.intents.count == 1)
        #expect(bench.state.cases[0].decline.declineClass == meaning, "an answer")
        bench.give(
            .intake(
                IntakeFacts(
                    eventID: "e2", occurredAt: bench.now,
                    fact: .paymentFailed(
                        PaymentFailed(
                            obligation: Obligation(id: "in_2", amountMinor: 100, currency: .eur),
                            codes: codes, chargeID: "ch_2", methodToken: "pm_1")))))
        #expect(bench.state.cases[1].decline.declineClass == meaning, "a report")
    }

    private static let broken = AttemptOutcome.declined(
        DeclineCodes(code: "processing_error"), chargeID: "ch_1")

    @Test func `our own caution delays no repeat after a failure of the machinery`() {
        var bench = self.bench(.visa)
        bench.rules = RuleBook(version: 1, budgets: [Self.softCap])
        bench.policy.retries.gapMinMs = Milliseconds.day
        bench.advance(days: 1)
        bench.settle(Self.broken)
        let plan = bench.state.cases[0].plan
        #expect(plan.attemptAt == bench.now.advanced(byMs: 5 * Milliseconds.minute))
        #expect(plan.attemptReason == .technical)
        bench.advance(days: 1, settling: AccountBench.declined)
        #expect(bench.intents.count == 2)
        #expect(
            bench.log.last { if case .attemptIntended = $0.event { true } else { false } }?.at
                == plan.attemptAt)
    }

    @Test func `a network's budget counts the failures of the machinery too`() {
        var bench = self.bench(.visa)
        bench.rules = RuleBook(version: 1, budgets: [Self.networkCap])
        bench.advance(days: 1)
        bench.settle(Self.broken)
        let plan = bench.state.cases[0].plan
        #expect(plan.attemptAt == bench.now.advanced(byMs: Milliseconds.day))
        #expect(plan.attemptReason == .budget)
    }

    @Test func `a decline still keeps the next attempt away for a day`() {
        var bench = self.bench(.visa)
        bench.rules = RuleBook(version: 1, budgets: [Self.softCap])
        bench.advance(days: 1)
        bench.settle(.declined(DeclineCodes(code: "card_declined"), chargeID: "ch_1"))
        bench.give(.operate(OperatorRequest(verb: .attemptNow)))
        #expect(
            bench.state.cases[0].plan.attemptAt == bench.now.advanced(byMs: Milliseconds.day))
    }

    @Test(arguments: [("a_new_code", UInt64(1)), ("insufficient_funds", 0)])
    func `a code that no map knows is counted`(code: String, count: UInt64) {
        let bundle = Bundle(
            id: BundleID(1), policies: ["ladder": AccountBench.ladder()], defaultPolicy: "ladder",
            declines: AccountBench.declines, rules: RuleBook(version: 1, budgets: []),
            zones: ZoneCatalog())
        var turn = AccountTurn(
            account: AccountBench.key,
            context: DecisionContext(
                current: bundle, bundles: [bundle.id: bundle],
                tenant: TenantSettings(name: "main", mode: .live),
                origin: ClusterOrigin(cluster: 7, generation: 1)))
        let failed = IntakeFacts(
            eventID: "e1", occurredAt: AccountBench.start,
            fact: .paymentFailed(
                PaymentFailed(
                    obligation: Obligation(id: "in_1", amountMinor: 4200, currency: .eur),
                    codes: DeclineCodes(code: code))))
        var log = EventLog()
        for position in [RecordPosition(op: 1, index: 0), RecordPosition(op: 2, index: 0)] {
            let answer = turn.decide(
                .intake(failed), now: AccountBench.start, at: position, into: &log)
            #expect(log.unmappedDeclines == (answer == .accepted ? count : 0))
        }
    }
}
