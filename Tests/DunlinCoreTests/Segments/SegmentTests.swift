import DunlinCore
import DunlinTesting
import Testing

/// Conditions that choose a policy.
@Suite struct SegmentTests {
    private static let facts: SegmentFacts = {
        SegmentFacts(
            profile: Profile(
                country: "DE",
                attributes: [
                    .init(name: "annual", value: "true"),
                    .init(name: "customer_since", value: "2025-01-01"),
                    .init(name: "mrr_minor", value: "5000"), .init(name: "plan", value: "pro"),
                    .init(name: "tags", value: "vip, beta"),
                ]),
            obligation: Obligation(id: "in_1", amountMinor: 4200, currency: .eur),
            decline: Decline(declineClass: .softFunds, advice: .wait),
            method: PaymentMethod(token: "pm", network: .visa, funding: .debit),
            interval: .monthly, now: CivilTime(year: 2026, month: 1, day: 1).utc)
    }()

    @Test(arguments: [
        (#"plan == "pro" && mrr_minor >= 5000 && country in ["DE","AT"]"#, true),
        (#"plan == 'free' || method == "visa""#, true),
        (#"plan != "pro""#, false),
        (#"!(plan == "pro")"#, false),
        (#"mrr_minor > 5000"#, false),
        (#"mrr_minor in [1, 5000]"#, true),
        (#""vip" in tags && !("gold" in tags)"#, true),
        (#"tenure_days == 365"#, true),
        (#"currency == "EUR" && class == "softFunds" && funding == "debit""#, true),
        (#"interval == "monthly" && amount_minor < 10000"#, true),
        (#"unknown == """#, true),
        (#"unknown > 0 || unknown < 0"#, false),
        (#"unknown != 0"#, true),
        (#"plan > 3"#, false),
        (#"annual"#, true),
        (#"!annual || true"#, true),
        // && binds closer than ||.
        (#"true || false && false"#, true),
        (#"(true || false) && false"#, false),
        (#"in_arrears == """#, true),
        (#"mrr_minor >= -5"#, true),
    ])
    func `a condition says what it says`(text: String, expected: Bool) throws {
        #expect(try SegmentExpression(text).matches(Self.facts) == expected)
    }

    @Test(arguments: [
        ("plan ==", SegmentSyntaxError(.unexpectedEnd, at: 7)),
        ("plan == pro", SegmentSyntaxError(.valueExpected, at: 8)),
        ("plan = \"pro\"", SegmentSyntaxError(.operatorExpected, at: 5)),
        ("plan == \"pro", SegmentSyntaxError(.unclosedText, at: 8)),
        ("(plan == \"pro\"", SegmentSyntaxError(.closingExpected, at: 14)),
        ("plan == \"é\" && ?", SegmentSyntaxError(.unexpectedCharacter, at: 15)),
        ("plan > \"pro\"", SegmentSyntaxError(.textHasNoSize, at: 5)),
        ("", SegmentSyntaxError(.unexpectedEnd, at: 0)),
        ("country in \"DE\"", SegmentSyntaxError(.valueExpected, at: 11)),
        ("country in [\"DE\"", SegmentSyntaxError(.closingExpected, at: 16)),
        ("\"vip\" in 5", SegmentSyntaxError(.attributeExpected, at: 9)),
        ("\"vip\"", SegmentSyntaxError(.operatorExpected, at: 5)),
        ("a == 12345678901234567890", SegmentSyntaxError(.numberTooLarge, at: 5)),
        (String(repeating: "!", count: 20) + "a", SegmentSyntaxError(.tooDeep, at: 16)),
        (String(repeating: "a ", count: 600), SegmentSyntaxError(.tooLong, at: 0)),
    ])
    func `what is wrong is found at its place`(text: String, error: SegmentSyntaxError) {
        #expect(throws: error) { try SegmentExpression(text) }
        #expect(!error.words.isEmpty && !error.remedy.isEmpty)
    }

    @Test(arguments: 0..<2000 as Range<UInt64>)
    func `no text traps, and what is read is evaluated`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let words = [
            "plan", "==", "!=", "\"pro\"", "5", "-", "&&", "||", "(", ")", "!", "in", "[", "]",
            ",", "tags", "<=", "'", "true", "é", " ",
        ]
        var text = ""
        for _ in 0..<random.below(14) {
            text += words[Int(random.below(UInt64(words.count)))] + " "
        }
        if let expression = try? SegmentExpression(text) { _ = expression.matches(Self.facts) }
        _ = try? SegmentExpression(String(text.dropLast(2)))
    }

    @Test func `an account that moves to another segment keeps its case and opens the next anew`()
        throws
    {
        var bench = AccountBench()
        bench.otherPolicies = [
            DunningPolicy(
                name: "pro", retries: RetryRules(defaultLadder: RetryLadder(offsetsMs: [])),
                ending: Ending(afterMs: 30 * Milliseconds.day))
        ]
        bench.segments = [
            Segment(name: "pros", when: try SegmentExpression("plan == \"pro\""), policy: "pro")
        ]
        func plan(_ name: String) -> ProfileChange {
            ProfileChange(attributes: [.init(name: "plan", value: name)])
        }
        _ = bench.open(invoice: "in_1", profile: plan("free"))
        bench.now = bench.now.advanced(byMs: Milliseconds.hour)
        _ = bench.open(invoice: "in_2", profile: plan("pro"))
        #expect(bench.state.cases.map(\.policy) == ["ladder", "pro"])
        #expect(bench.state.cases[1].particulars.first?.segment == "pros")
        #expect(bench.state.cases[0].particulars.isEmpty, "the plain case has nothing particular")
        bench.advance(days: 20, settling: AccountBench.declined)
        #expect(bench.intents.count == 4)
    }
}
