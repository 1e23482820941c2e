import DunlinCore
import Testing

/// Why this time, why not earlier, and what would change it: each situation is told by planning
/// again without each rule.
@Suite struct ExplainTests {
    /// A case, what is asked about, and what is answered.
    struct Situation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var kind = PlannedSlot.Kind.attempt
        var make: @Sendable () -> AccountBench
        var expected: String
    }

    @Test(arguments: Self.attempts + Self.messages + Self.losses)
    func `A situation is explained by its rules`(situation: Situation) {
        let bench = situation.make()
        #expect(bench.explained(situation.kind) == situation.expected)
    }

    static let attempts = [
        Situation(
            testDescription: "a ladder alone", make: { AccountBench.withCard() },
            expected: """
                attempt 01-02 00:00: by the ladder
                  ladder retries.ladder free 01-02 00:00 without 01-01 00:00
                """),
        Situation(
            testDescription: "an advice code asks for a longer wait than the ladder",
            make: {
                AccountBench.withCard {
                    $0.declines.byAdviceCode["27"] = .init(minimumDelayMs: 4 * Milliseconds.day)
                    $0.declines.byCode["insufficient_funds"]?.minimumDelayMs =
                        4 * Milliseconds.day
                }
            },
            expected: """
                attempt 01-05 00:00: after the delay that the network or the decline map asks for
                  ladder retries.ladder free 01-02 00:00 without =
                  adviceDelay decline-delay free 01-05 00:00 without 01-02 00:00
                """),
        Situation(
            testDescription: "our own cap is full",
            make: {
                var bench = AccountBench.withCard {
                    $0.rules = Self.budgets
                    $0.policy = AccountBench.ladder([1, 2, 3, 30])
                }
                bench.advance(days: 2, settling: AccountBench.declined)
                return bench
            },
            expected: """
                attempt 01-05 00:00: as soon as the network's budget has room
                  ladder retries.ladder free 01-04 00:00 without =
                  softCap soft-3d free 01-05 00:00 without 01-04 00:00
                """),
        Situation(
            testDescription: "a network's budget and our own cap are full",
            make: {
                var bench = AccountBench.withCard {
                    $0.rules = Self.budgets
                    $0.policy = AccountBench.ladder([1, 5, 6, 7])
                    $0.policy.retries.windowMs = 60 * Milliseconds.day
                }
                bench.advance(days: 5, settling: AccountBench.declined)
                return bench
            },
            expected: """
                attempt 02-01 00:00: as soon as the network's budget has room
                  ladder retries.ladder free 01-07 00:00 without =
                  networkBudget visa-30d free 02-01 00:00 without 01-09 00:00
                  softCap soft-3d free 01-09 00:00 without =
                """),
        Situation(
            testDescription: "a stolen card with another one that nobody agreed to",
            make: {
                var bench = AccountBench.withCard(code: "stolen_card") {
                    $0.policy.ending.afterMs = 20 * Milliseconds.day
                }
                bench.addCard(isBackup: false)
                return bench
            },
            expected: """
                attempt never: the credential may not be tried again until it changes
                  ladder retries.ladder free 01-02 00:00 without =
                  credential hardStolen free never without 01-02 00:00
                  backup retries.backup free never without 01-02 00:00
                """),
        Situation(
            testDescription: "a gap, a calendar of weekdays and a time of day",
            make: {
                var bench = AccountBench.withCard {
                    // A Friday.
                    $0.now = CivilTime(year: 2026, month: 1, day: 2).utc
                    $0.policy.retries.gapMinMs = 30 * Milliseconds.hour
                    $0.policy.retries.calendar = RetryCalendar(
                        minuteOfDay: 370, weekdaysOnly: true)
                }
                bench.advance(days: 4, settling: AccountBench.declined)
                return bench
            },
            expected: """
                attempt 01-07 06:10: by the ladder
                  ladder retries.ladder free 01-07 00:00 without 01-06 12:10
                  retryGap retries.gap_min free 01-06 12:10 without =
                  retryCalendar retries.at and retries.days free 01-07 06:10 without 01-07 00:00
                """),
        Situation(
            testDescription: "the policy's window closes before the network lets it be tried",
            make: {
                var bench = AccountBench.withCard {
                    $0.rules = Self.budgets
                    $0.policy = AccountBench.ladder([1, 5, 6])
                    $0.policy.retries.windowMs = 10 * Milliseconds.day
                    $0.policy.ending.afterMs = 28 * Milliseconds.day
                }
                bench.advance(days: 5, settling: AccountBench.declined)
                return bench
            },
            expected: """
                attempt never: the next legal slot lies beyond the policy's window
                  ladder retries.ladder free 01-07 00:00 without =
                  retryWindow retries.window free never without 02-01 00:00
                  networkBudget visa-30d free 02-01 00:00 without 01-09 00:00
                  softCap soft-3d free 01-09 00:00 without =
                """),
        Situation(
            testDescription: "the next renewal is too near",
            make: {
                var bench = AccountBench()
                bench.policy.ending.afterMs = 28 * Milliseconds.day
                var failed = PaymentFailed(
                    obligation: Obligation(id: "in_1", amountMinor: 100, currency: .eur),
                    codes: DeclineCodes(code: "insufficient_funds"))
                failed.nextBillingAt = bench.now.advanced(byMs: 40 * Milliseconds.hour)
                bench.hear(.paymentFailed(failed))
                return bench
            },
            expected: """
                attempt never: the subscription's next renewal is too near
                  ladder retries.ladder free 01-02 00:00 without 01-01 00:00
                  renewal retries.renewal_gap free never without 01-02 00:00
                """),
        Situation(
            testDescription: "snoozed by an operator",
            make: {
                var bench = AccountBench.withCard()
                bench.give(
                    .operate(
                        OperatorRequest(
                            verb: .snooze, caseNumber: 1,
                            until: bench.now.advanced(byMs: 9 * Milliseconds.day))))
                return bench
            },
            expected: """
                attempt 01-10 00:00: by the ladder
                  snooze snooze free 01-10 00:00 without 01-02 00:00
                  ladder retries.ladder free 01-02 00:00 without =
                """),
        Situation(
            testDescription: "a promise to pay",
            make: {
                var bench = AccountBench.withCard()
                bench.give(
                    .operate(
                        OperatorRequest(
                            verb: .promise, caseNumber: 1,
                            parts: [
                                AgreedPart(
                                    at: bench.now.advanced(byMs: 6 * Milliseconds.day),
                                    amountMinor: 4200)
                            ])))
                return bench
            },
            expected: """
                attempt 01-07 00:00: because the customer agreed to that day
                  agreement the customer's promise free 01-07 00:00 without 01-02 00:00
                """),
        Situation(
            testDescription: "flagged as deceased",
            make: {
                var bench = AccountBench.withCard()
                bench.hear(
                    .accountFlagged(FlagChange(flag: .deceased, isSet: true, reason: "told")))
                return bench
            },
            expected: """
                attempt never: a flag of the account forbids it
                  accountFlag deceased free never without 01-02 00:00
                  ladder retries.ladder free 01-02 00:00 without =
                """),
        Situation(
            testDescription: "the case is paused and the tenant's charges are, too",
            make: {
                var bench = AccountBench.withCard()
                bench.give(.operate(OperatorRequest(verb: .pause, caseNumber: 1)))
                bench.chargesPaused = true
                return bench
            },
            expected: """
                attempt 01-02 00:00: by the ladder
                  casePaused case pause free never without 01-02 00:00
                  tenantPause pause charges free never without 01-02 00:00
                  ladder retries.ladder free 01-02 00:00 without 01-01 00:00
                """),
        Situation(
            testDescription: "only observing, and held out",
            make: {
                AccountBench.withCard {
                    $0.mode = .observe
                    var plain = AccountBench.ladder([7])
                    plain.name = "plain"
                    $0.otherPolicies = [plain]
                    $0.holdout = Holdout(permille: 1000, policy: "plain")
                }
            },
            expected: """
                attempt 01-08 00:00: by the ladder
                  observing tenant observe free never without 01-08 00:00
                  ladder retries.ladder free 01-08 00:00 without 01-01 00:00
                  holdout holdout free never without 01-02 00:00
                """),
        Situation(
            testDescription: "a charge is out",
            make: {
                var bench = AccountBench.withCard()
                bench.advance(days: 1)
                return bench
            },
            expected: """
                attempt never: an attempt is out, and its outcome comes first
                  inFlight one charge in flight free never without 01-04 00:00
                """),
        Situation(
            testDescription: "a failure of the machinery is repeated",
            make: {
                var bench = AccountBench.withCard()
                bench.now = bench.now.advanced(byMs: Milliseconds.day)
                bench.give(.timer(realNow: bench.now))
                bench.settle(.technicalFailure(DeclineCodes(code: "processing_error")))
                return bench
            },
            expected: """
                attempt 01-02 00:05: to repeat what failed technically
                  technicalWait retries.technical free 01-02 00:05 without 01-02 00:00
                """),
        Situation(
            testDescription: "a debit: banking days, cut-off, notice",
            make: {
                var bench = AccountBench.withCard(.sepa) {
                    $0.rules = Self.debits
                    // Friday afternoon, after the cut-off.
                    $0.now = CivilTime(year: 2026, month: 1, day: 9, hour: 17).utc
                    $0.policy = AccountBench.ladder([1, 20])
                    $0.policy.retries.announcesDebits = false
                }
                bench.now = bench.now.advanced(byMs: Milliseconds.hour)
                return bench
            },
            expected: """
                attempt 01-13 00:00: as soon as the customer has known of the debit for long \
                enough
                  ladder retries.ladder free 01-10 17:00 without =
                  cutOff sepa-submission free 01-12 00:00 without =
                  debitNotice sepa-notice free 01-13 00:00 without 01-12 00:00
                """),
    ]

    /// Two within 30 days by the network, one within 3 days by ourselves.
    private static let budgets = RuleBook(
        version: 20_260_101,
        budgets: [
            BudgetRule(
                number: 1, name: "visa-30d", network: .visa,
                window: .rolling(ms: 30 * Milliseconds.day), attemptsMax: 2, source: "the network"),
            BudgetRule(
                number: 2, name: "soft-3d", network: nil,
                window: .rolling(ms: 3 * Milliseconds.day), attemptsMax: 1, isSoftCap: true,
                source: "ourselves"),
        ])

    private static let debits = RuleBook(
        version: 20_260_101, budgets: [],
        schemes: [
            SchemeRule(
                number: 7, name: "sepa-submission", network: .sepa,
                demand: .submission(
                    .init(calendar: "target", cutOffMinute: 15 * 60, leadDays: 1, returnDays: 2)),
                source: "EPC"),
            SchemeRule(
                number: 8, name: "sepa-notice", network: .sepa,
                demand: .notice(.init(span: .days(5), isForFirst: true)), source: "EPC"),
        ],
        calendars: [BankCalendar(name: "target", zoneName: "UTC", source: "ECB")])
}
