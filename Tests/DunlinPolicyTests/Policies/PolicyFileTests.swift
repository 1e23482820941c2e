import DunlinCore
import DunlinPolicy
import Testing

@Suite("A policy file")
struct PolicyFileTests {
    private static let day = Milliseconds.day
    private static let hour = Milliseconds.hour

    private static func policy(_ yaml: String, _ name: String = "a") throws -> DunningPolicy {
        let source = BundleSource(
            policies: [BuiltInSources.defaultPolicy, PolicyText(file: "a.yaml", text: yaml)],
            zones: ZoneCatalog())
        return try #require(try BundleCompiler.compile(source).bundle.policies[name])
    }

    @Test("gives every field its value")
    func everyField() throws {
        let policy = try Self.policy(
            """
            dunlin: policy/1
            policies:
              a:
                retries:
                  mode: ladder
                  ladder: [1d, 3d12h, 7d]
                  ladders: {softVelocity: [2d], hardLost: []}
                  window: 10d
                  gap_min: 12h
                  jitter: 90m
                  on_method_change: false
                  technical: {first_delay: 15m, tries_max: 3}
                messages:
                  - {name: open, template: payment_failed, trigger: {after_open: 0s}}
                  - name: third
                    channel: email
                    template: reminder
                    trigger: {after_declines: 3}
                    only_for: [softFunds, softGeneric]
                    window: "09:30-24:00"
                  - {name: hard, template: card, trigger: {on_hard_decline: true}}
                  - name: warn
                    template: final
                    trigger: {before_access: {state: suspended, lead: 72h}}
                  - {name: end, template: final, trigger: {before_end: 1d}}
                  - {name: thanks, template: thanks, trigger: {on_recovered: true}}
                access:
                  notice_min: 48h
                  unreachable_after: 14d
                  steps: [{state: warned, after: 0s}, {state: suspended, after: 9d}]
                ending:
                  after: 14d
                  actions: [cancelSubscription, voidInvoice]
                  access: terminated
            """)
        let retries = RetryRules(
            defaultLadder: RetryLadder(offsetsMs: [Self.day, 84 * Self.hour, 7 * Self.day]),
            ladders: [
                .softVelocity: RetryLadder(offsetsMs: [2 * Self.day]),
                .hardLost: RetryLadder(offsetsMs: []),
            ],
            windowMs: 10 * Self.day, gapMinMs: 12 * Self.hour, jitterMs: 90 * Milliseconds.minute,
            attemptOnMethodChange: false,
            technical: TechnicalRetry(firstDelayMs: 15 * Milliseconds.minute, triesMax: 3))
        #expect(policy.retries == retries)
        let messages = [
            MessageStep(name: "open", template: "payment_failed", trigger: .afterOpen(ms: 0)),
            MessageStep(
                name: "third", template: "reminder", trigger: .afterDeclines(count: 3),
                onlyFor: [.softFunds, .softGeneric], windowMinutes: 570..<1440),
            MessageStep(name: "hard", template: "card", trigger: .onHardDecline),
            MessageStep(
                name: "warn", template: "final",
                trigger: .beforeAccess(state: .suspended, ms: 72 * Self.hour)),
            MessageStep(name: "end", template: "final", trigger: .beforeEnd(ms: Self.day)),
            MessageStep(name: "thanks", template: "thanks", trigger: .onRecovered),
        ]
        #expect(policy.messages == messages)
        let access = AccessTimeline(
            steps: [
                .init(state: .warned, afterMs: 0),
                .init(state: .suspended, afterMs: 9 * Self.day),
            ],
            noticeMinMs: 48 * Self.hour, unreachableAfterMs: 14 * Self.day)
        #expect(policy.access == access)
        let ending = Ending(
            afterMs: 14 * Self.day, actions: [.cancelSubscription, .voidInvoice],
            access: .terminated)
        #expect(policy.ending == ending)
    }

    @Test("leaves everything but the retries to defaults")
    func defaults() throws {
        let policy = try Self.policy(
            """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
            """)
        #expect(
            policy
                == DunningPolicy(
                    name: "a",
                    retries: RetryRules(defaultLadder: RetryLadder(offsetsMs: [Self.day])),
                    ending: Ending(afterMs: nil)))
    }

    @Test("reads tries within a window")
    func window() throws {
        let policy = try Self.policy(
            """
            dunlin: policy/1
            policies:
              a:
                retries: {mode: window, tries: 6, within: 24d, gap_min: 24h}
            """)
        #expect(policy.retries.mode == .window(tries: 6, withinMs: 24 * Self.day))
        #expect(policy.retries.defaultLadder.offsetsMs.isEmpty)
    }

    @Test(
        "reads lengths of time, and writes them back",
        arguments: [
            ("0s", Int64(0), "0s"), ("90s", 90_000, "1m30s"), ("15m", 900_000, "15m"),
            ("36h", 129_600_000, "1d12h"), ("1d12h30m5s", 131_405_000, "1d12h30m5s"),
            ("400d", 34_560_000_000, "400d"),
        ])
    func durations(text: String, ms: Int64, shortest: String) {
        #expect(DurationText.milliseconds(text) == ms)
        #expect(DurationText.text(ms: ms) == shortest)
        #expect(DurationText.milliseconds(shortest) == ms)
    }

    @Test(
        "takes nothing else for a length of time",
        arguments: [
            "", "1", "d", "1w", "1 d", "1d 2h", "1h1d", "1d1d", "-1d", "+1d", "1.5d", "401d",
            "99999999999999999999d", "9223372036854775807s", "1D",
        ])
    func notDurations(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }

    // MARK: Limits

    private static func findings(_ text: String) -> [Finding] {
        BundleCompiler.check(PolicyText(file: "x.yaml", text: text))
    }

    @Test("refuses a file of more than a mebibyte without reading it")
    func tooLarge() {
        let text = "dunlin: policy/1\n# " + String(repeating: "x", count: 1 << 20)
        let found = Self.findings(text)
        #expect(found.count == 1)
        #expect(found.first?.message.contains("more than 1048576") == true)
    }

    @Test("refuses a bomb of aliases at once, also as keys")
    func bomb() {
        var text = "dunlin: policy/1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let inside = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(inside)]\n"
        }
        text += "? *a12\n: 1\n"
        let found = Self.findings(text)
        #expect(found.map(\.line) == [3])
        #expect(found.first?.message.contains("look like YAML aliases") == true)
    }

    @Test("refuses few aliases by their anchor's position")
    func fewAliases() {
        let found = Self.findings("dunlin: policy/1\nx: &x [1]\n? *x\n: *x\n")
        #expect(found.map(\.line) == [2])
        #expect(found.first?.message == "an anchor (`&`) is not read here")
    }

    @Test("refuses deep nesting instead of recursing", arguments: [40, 900, 5_000])
    func deep(depth: Int) {
        let text =
            "dunlin: policy/1\nx: " + String(repeating: "[", count: depth)
            + String(repeating: "]", count: depth)
        #expect(Self.findings(text).count == 1)
    }

    @Test("answers with findings, never a trap, to any cut of a good file")
    func cuts() {
        let text = Array(BuiltInSources.defaultPolicy.text.utf8)
        for length in stride(from: 0, to: text.count, by: 13) {
            _ = Self.findings(String(decoding: text[..<length], as: UTF8.self))
        }
    }

    @Test("answers with findings, never a trap, to random damage")
    func damage() {
        var random = Sequence64(seed: 4)
        let good = Array(BuiltInSources.defaultPolicy.text.utf8)
        let marks = Array("{}[]:-,#&*!|>'\"%@`\n \t0\u{0}\u{FF}".utf8)
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = marks.randomElement(using: &random) ?? 0
            }
            for finding in Self.findings(String(decoding: bytes, as: UTF8.self)) {
                #expect(finding.line >= 1)
                #expect(finding.column >= 1)
            }
        }
    }

    @Test("shows no control characters and no long texts of the file in messages")
    func safeMessages() {
        let found = Self.findings(
            "dunlin: \"policy\\u001B[31m\(String(repeating: "x", count: 500))\"\n")
        #expect(found.count == 1)
        #expect(found.first?.message.contains("\u{1B}") == false)
        #expect((found.first?.message.count ?? 0) < 120)
    }

    @Test("What becomes of old failures is read; without it they live like new ones")
    func backlog() throws {
        let yaml = """
            dunlin: policy/1
            policies:
              a:
                retries: {ladder: [1d]}
                intake: {backlog: {older_than: 30d, mode: messages_only, spread: 7d}}
              b: {retries: {ladder: [1d]}}
            """
        let rules = BacklogRules(
            mode: .messagesOnly, olderThanMs: 30 * Self.day, spreadMs: 7 * Self.day)
        #expect(try Self.policy(yaml).backlog == rules)
        #expect(try Self.policy(yaml, "b").backlog == nil)
    }
}
