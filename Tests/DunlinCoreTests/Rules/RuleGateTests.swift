import DunlinCore
import Testing

@Suite("The rule gate")
struct RuleGateTests {
    private let now = Gate.instant("2026-03-10T12:00:00Z")

    @Test("allows an attempt at once when nothing was tried before, and lists every rule")
    func firstAttempt() throws {
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: [], rules: visaBook())
        let expected = Permit(rulesVersion: 20_250_519, lines: [.init(rule: 2, used: 0, cap: 20)])
        #expect(answer == .slot(self.now, reason: .none, permit: expected))
    }

    @Test(
        "answers never for a credential that declines have blocked",
        arguments: [
            (RetryAdvice.never, PlanReason.credentialBlocked),
            (.afterCredentialChange, .credentialBlocked),
            (.afterAuthentication, .credentialBlocked),
            (.afterOperator, .needsOperator),
            (.afterLookUp, .needsOperator),
        ])
    func blocked(advice: RetryAdvice, reason: PlanReason) {
        let standing = CredentialStanding(blockedBy: advice)
        let answer = RuleGate.earliest(
            Gate.proposal(standing: standing), from: self.now, marks: [], rules: visaBook())
        #expect(answer == .never(reason))
    }

    @Test(
        "does not take an advice to wait for a block",
        arguments: [RetryAdvice.wait, .once, .backOff])
    func waiting(advice: RetryAdvice) {
        let standing = CredentialStanding(blockedBy: advice, triesLeft: 1)
        let answer = RuleGate.earliest(
            Gate.proposal(standing: standing), from: self.now, marks: [], rules: visaBook())
        #expect(answer.slot == self.now)
    }

    @Test("answers never when the map's tries are used up")
    func noTriesLeft() {
        let standing = CredentialStanding(triesLeft: 0)
        let answer = RuleGate.earliest(
            Gate.proposal(standing: standing), from: self.now, marks: [], rules: visaBook())
        #expect(answer == .never(.credentialBlocked))
    }

    @Test("takes a network's advised delay as the earliest instant, and says so")
    func advisedDelay() {
        let until = self.now.advanced(byMs: 4 * Milliseconds.day)
        let standing = CredentialStanding(notBefore: until)
        let answer = RuleGate.earliest(
            Gate.proposal(standing: standing), from: self.now, marks: [], rules: visaBook())
        #expect(answer.slot == until)
        #expect(answer.reason == .advisedDelay)
        let later = until.advanced(byMs: 1)
        let passed = RuleGate.earliest(
            Gate.proposal(standing: standing), from: later, marks: [], rules: visaBook())
        #expect(passed.slot == later)
        #expect(passed.reason == PlanReason.none)
    }

    @Test("counts attempts made elsewhere: after 18 of them only two more fit under 20")
    func externalAttempts() {
        var marks = (0..<18).map {
            Gate.mark(self.now.advanced(byMs: -Int64($0 + 1) * Milliseconds.hour), flags: .external)
        }
        for _ in 0..<2 {
            let answer = RuleGate.earliest(
                Gate.proposal(), from: self.now, marks: marks, rules: visaBook())
            #expect(answer.slot == self.now)
            marks.append(Gate.mark(self.now))
        }
        let refused = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: marks, rules: visaBook())
        let free = self.now.advanced(byMs: -18 * Milliseconds.hour + 30 * Milliseconds.day)
        #expect(refused.slot == free)
        #expect(refused.reason == .budget)
    }

    @Test("counts neither approvals, nor what never reached the network, nor the first failure")
    func uncounted() {
        let before = self.now.advanced(byMs: -Milliseconds.hour)
        let flags: [AttemptMark.Flags] = [.approved, .notSentToNetwork, .original]
        let marks = flags.map { Gate.mark(before, flags: $0) }
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 1, window: .rolling(ms: day))])
        let answer = RuleGate.earliest(Gate.proposal(), from: self.now, marks: marks, rules: book)
        #expect(answer.slot == self.now)
    }

    @Test("counts the first failure where the row says so")
    func countedOriginal() {
        let before = self.now.advanced(byMs: -Milliseconds.hour)
        let row = Gate.rule(1, max: 1, window: .rolling(ms: day), countsOriginal: true)
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: [Gate.mark(before, flags: .original)],
            rules: RuleBook(version: 1, budgets: [row]))
        #expect(answer.slot == before.advanced(byMs: day))
    }

    @Test("counts another method, amount, currency or initiator only where the row does")
    func filters() {
        let before = self.now.advanced(byMs: -Milliseconds.hour)
        var marks = [AttemptMark](repeating: Gate.mark(before), count: 4)
        marks[0].method = 2
        marks[1].amountMinor = 4201
        marks[2].currency = .usd
        marks[3].initiator = .customer
        let strict = Gate.rule(
            1, max: 1, window: .rolling(ms: day), sameAmount: true, sameInitiator: true)
        let loose = Gate.rule(2, max: 9, window: .rolling(ms: day))
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: marks,
            rules: RuleBook(version: 1, budgets: [strict, loose]))
        #expect(
            answer.permit?.lines == [
                .init(rule: 1, used: 0, cap: 1), .init(rule: 2, used: 3, cap: 9),
            ]
        )
    }

    @Test("counts attempts exactly a day apart as two days, so that a soft cap moves none of them")
    func halfOpenWindow() {
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 1, window: .rolling(ms: day))])
        let next = self.now.advanced(byMs: day)
        let answer = RuleGate.earliest(
            Gate.proposal(), from: next, marks: [Gate.mark(self.now)], rules: book)
        #expect(answer.slot == next)
        let early = RuleGate.earliest(
            Gate.proposal(), from: next.advanced(byMs: -1), marks: [Gate.mark(self.now)],
            rules: book)
        #expect(early.slot == next)
    }

    @Test("moves past a full calendar day to the next UTC midnight")
    func calendarDay() {
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 1, window: .calendarDay)])
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now,
            marks: [Gate.mark(Gate.instant("2026-03-10T00:00:00Z"))], rules: book)
        #expect(answer.slot == Gate.instant("2026-03-11T00:00:00Z"))
    }

    @Test("raises Visa's cap from 15 to 20 on 2025-05-19 and not a millisecond before")
    func effectiveDate() {
        let flip = Gate.instant("2025-05-19T00:00:00Z")
        let marks = (0..<15).map {
            Gate.mark(flip.advanced(byMs: -Int64($0 + 1) * Milliseconds.day))
        }
        let at = RuleGate.earliest(Gate.proposal(), from: flip, marks: marks, rules: visaBook())
        #expect(at == .slot(flip, reason: .none, permit: visaPermit(used: 15)))
        // The old row is full for another two weeks; its own end frees the slot.
        let before = RuleGate.earliest(
            Gate.proposal(), from: flip.advanced(byMs: -1), marks: marks, rules: visaBook())
        #expect(before == .slot(flip, reason: .budget, permit: visaPermit(used: 15)))
        let twenty = marks + (0..<5).map { Gate.mark(flip.advanced(byMs: -Int64($0 + 1))) }
        let full = RuleGate.earliest(Gate.proposal(), from: flip, marks: twenty, rules: visaBook())
        #expect(full.slot == flip.advanced(byMs: 15 * day))
    }

    @Test("meets a row that takes effect while the slot is being moved")
    func laterRow() {
        let start = self.now.advanced(byMs: 12 * Milliseconds.hour)
        var strict = Gate.rule(2, max: 1, window: .rolling(ms: 3 * day))
        strict.effectiveFrom = start
        let loose = Gate.rule(1, max: 1, window: .rolling(ms: day))
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: [Gate.mark(self.now.advanced(byMs: -1))],
            rules: RuleBook(version: 1, budgets: [loose, strict]))
        #expect(answer.slot == self.now.advanced(byMs: 3 * day - 1))
    }

    @Test("answers never under a cap of zero")
    func capZero() {
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 0, window: .calendarDay)])
        let answer = RuleGate.earliest(Gate.proposal(), from: self.now, marks: [], rules: book)
        #expect(answer == .never(.credentialBlocked))
    }

    @Test("applies a network's row to that network, and to unknown cards only where it says so")
    func networks() {
        var row = Gate.rule(1, max: 5, window: .calendarDay)
        row.network = .mastercard
        let book = RuleBook(version: 1, budgets: [row])
        func lines(_ network: PaymentNetwork, _ book: RuleBook) -> Int? {
            var asked = Gate.proposal()
            asked.network = network
            return RuleGate.earliest(asked, from: self.now, marks: [], rules: book)
                .permit?.lines.count
        }
        #expect(lines(.mastercard, book) == 1)
        #expect(lines(.visa, book) == 0)
        #expect(lines(.unknown, book) == 0)
        row.appliesToUnknown = true
        #expect(lines(.unknown, RuleBook(version: 1, budgets: [row])) == 1)
    }

    @Test("counts a mark that lies ahead of the candidate when the two share a window")
    func futureMark() {
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 1, window: .rolling(ms: day))])
        let ahead = self.now.advanced(byMs: Milliseconds.hour)
        let answer = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: [Gate.mark(ahead)], rules: book)
        #expect(answer.slot == ahead.advanced(byMs: day))
        let far = self.now.advanced(byMs: day)
        let free = RuleGate.earliest(
            Gate.proposal(), from: self.now, marks: [Gate.mark(far)], rules: book)
        #expect(free.slot == self.now)
    }

    @Test("ends at the end of time instead of looping")
    func endOfTime() {
        let book = RuleBook(version: 1, budgets: [Gate.rule(1, max: 1, window: .rolling(ms: day))])
        let last = Timestamp(ms: .max - 1)
        let answer = RuleGate.earliest(
            Gate.proposal(), from: Timestamp(ms: .max), marks: [Gate.mark(last)], rules: book)
        #expect(answer == .never(.budget) || answer.slot == Timestamp(ms: .max))
        let first = RuleGate.earliest(
            Gate.proposal(), from: Timestamp(ms: .min), marks: [Gate.mark(Timestamp(ms: .min))],
            rules: book)
        #expect(first.slot != nil)
    }
}

private let day = Milliseconds.day

/// Visa's row before and after the change of 2025-05-19.
private func visaBook() -> RuleBook {
    let flip = Gate.instant("2025-05-19T00:00:00Z")
    var old = Gate.rule(
        1, max: 15, window: .rolling(ms: 30 * day), sameAmount: true, sameInitiator: true)
    old.effectiveUntil = flip
    var new = old
    new.number = 2
    new.attemptsMax = 20
    new.effectiveFrom = flip
    new.effectiveUntil = nil
    return RuleBook(version: 20_250_519, budgets: [old, new])
}

private func visaPermit(used: UInt32) -> Permit {
    Permit(rulesVersion: 20_250_519, lines: [.init(rule: 2, used: used, cap: 20)])
}
