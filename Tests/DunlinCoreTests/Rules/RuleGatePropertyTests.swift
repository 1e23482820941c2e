import DunlinCore
import Testing

@Suite("The rule gate over random histories")
struct RuleGatePropertyTests {
    /// 80,000 histories in 8 runs: a few seconds in a debug build.
    private static let historiesPerSeed = 10_000

    @Test(
        "never lets a plan exceed a cap, as an independent count of every window finds",
        arguments: [UInt64](1...8))
    func neverOverCap(seed: UInt64) {
        var random = GateSequence(seed: seed)
        var slots = 0
        var refusals = 0
        for _ in 0..<Self.historiesPerSeed {
            let history = History(using: &random)
            let answer = RuleGate.earliest(
                history.proposal, from: history.from, marks: history.marks, rules: history.rules)
            switch answer {
            case .slot(let at, let reason, let permit):
                slots += 1
                let problem =
                    history.firstOverdrawn(at: at) ?? history.wrongPermit(permit, at: at)
                    ?? history.wrongReason(reason, at: at)
                #expect(problem == nil, "\(history)")
                if problem != nil { return }
            case .never:
                refusals += 1
                #expect(history.hasCapOfZero, "\(history)")
            }
        }
        // The generator must reach both answers, or the property says nothing.
        #expect(slots > Self.historiesPerSeed / 2)
        #expect(refusals > 0)
    }

    @Test("answers the earliest legal instant: none of those before it is legal")
    func earliest() {
        var random = GateSequence(seed: 99)
        var moved = 0
        for _ in 0..<5_000 {
            let history = History(using: &random)
            let answer = RuleGate.earliest(
                history.proposal, from: history.from, marks: history.marks, rules: history.rules)
            guard let at = answer.slot, at > history.lowerBound else { continue }
            moved += 1
            for step in 1...20 {
                let span = at.ms - history.lowerBound.ms
                let earlier = Timestamp(ms: at.ms - 1 - (span - 1) * Int64(step - 1) / 20)
                #expect(history.firstOverdrawn(at: earlier) != nil, "\(history)")
            }
        }
        #expect(moved > 500)
    }

    @Test("answers the same whatever the order of the marks")
    func order() {
        var random = GateSequence(seed: 7)
        for _ in 0..<2_000 {
            let history = History(using: &random)
            let shuffled = history.marks.shuffled(using: &random)
            let one = RuleGate.earliest(
                history.proposal, from: history.from, marks: history.marks, rules: history.rules)
            let other = RuleGate.earliest(
                history.proposal, from: history.from, marks: shuffled, rules: history.rules)
            #expect(one == other)
        }
    }

    @Test("holds for a planner that makes every attempt it may, one after another")
    func greedyPlanner() {
        var random = GateSequence(seed: 3)
        for _ in 0..<300 {
            var history = History(using: &random)
            for _ in 0..<20 {
                let answer = RuleGate.earliest(
                    history.proposal, from: history.from, marks: history.marks,
                    rules: history.rules)
                guard let at = answer.slot else { break }
                #expect(history.firstOverdrawn(at: at) == nil)
                history.marks.append(
                    AttemptMark(
                        at: at, method: 1, amountMinor: history.proposal.amountMinor,
                        currency: .eur, initiator: history.proposal.initiator, obligationHash: 1))
                history.from = at
            }
        }
    }
}

/// A random rule book, a random past that may already overdraw it, and a proposal.
private struct History: CustomStringConvertible {
    var rules: RuleBook
    var marks: [AttemptMark]
    var proposal: AttemptProposal
    var from: Timestamp

    init(using random: inout GateSequence) {
        let start = Gate.instant("2025-05-01T00:00:00Z").ms
        let from = start + Int64.random(in: 0..<40 * Milliseconds.day, using: &random)
        self.from = Timestamp(ms: from)
        self.rules = RuleBook(
            version: 1,
            budgets: (1...UInt32.random(in: 1...5, using: &random)).map {
                Self.row($0, from: from, using: &random)
            })
        let amounts: [Int64] = [1000, 1000, 2000]
        self.proposal = AttemptProposal(
            network: [PaymentNetwork.visa, .mastercard, .unknown].randomElement(using: &random)
                ?? .unknown,
            method: 1, amountMinor: 1000, currency: .eur,
            initiator: Bool.random(using: &random) ? .merchant : .customer,
            standing: CredentialStanding(
                notBefore: Timestamp(
                    ms: Bool.random(using: &random)
                        ? 0 : from + Int64.random(in: 0..<Milliseconds.day * 3, using: &random))))
        self.marks = (0..<Int.random(in: 0...16, using: &random)).map { _ in
            let span = Milliseconds.day * (Bool.random(using: &random) ? 1 : 5)
            return AttemptMark(
                at: Timestamp(
                    ms: from - Int64.random(in: (-Milliseconds.hour)..<span, using: &random)),
                method: UInt32.random(in: 1...4, using: &random) == 4 ? 2 : 1,
                amountMinor: amounts.randomElement(using: &random) ?? 1000, currency: .eur,
                initiator: Bool.random(using: &random) ? .merchant : .customer, obligationHash: 1,
                flags: AttemptMark.Flags(
                    rawValue: Bool.random(using: &random)
                        ? 1 : UInt8.random(in: 0...15, using: &random)))
        }
    }

    private static func row(
        _ number: UInt32, from: Int64, using random: inout GateSequence
    ) -> BudgetRule {
        let dated = Int64.random(in: -2 * Milliseconds.day...6 * Milliseconds.day, using: &random)
        let windows: [BudgetRule.Window] = [
            .calendarDay, .rolling(ms: Milliseconds.day), .rolling(ms: 3 * Milliseconds.day),
            .rolling(ms: Milliseconds.hour),
        ]
        var row = Gate.rule(
            number,
            max: UInt32.random(in: 0...60, using: &random) == 0
                ? 0 : UInt32.random(in: 1...6, using: &random),
            window: windows.randomElement(using: &random) ?? .calendarDay,
            sameAmount: Bool.random(using: &random), sameInitiator: Bool.random(using: &random),
            countsOriginal: Bool.random(using: &random))
        row.network =
            [PaymentNetwork?.none, .visa, .mastercard].randomElement(using: &random) ?? nil
        row.appliesToUnknown = Bool.random(using: &random)
        switch UInt8.random(in: 0..<4, using: &random) {
        case 0: row.effectiveFrom = Timestamp(ms: from + dated)
        case 1: row.effectiveUntil = Timestamp(ms: from + dated)
        default: break
        }
        return row
    }

    var lowerBound: Timestamp { max(self.from, self.proposal.standing.notBefore) }

    var hasCapOfZero: Bool { self.rules.budgets.contains { $0.attemptsMax == 0 } }

    /// Rows that speak about an attempt at `at`, found without the gate's own predicates.
    private func rows(at: Timestamp) -> [BudgetRule] {
        self.rules.budgets.filter { row in
            let dates = row.effectiveFrom.ms..<(row.effectiveUntil?.ms ?? .max)
            guard !dates.isEmpty, dates.contains(at.ms) else { return false }
            let network = self.proposal.network
            return row.network == nil || row.network == network
                || (network == .unknown && row.appliesToUnknown)
        }
    }

    private func counted(by row: BudgetRule) -> [Int64] {
        self.marks.filter { mark in
            if mark.method != 1 { return false }
            if mark.flags.contains(.approved) { return false }
            if mark.flags.contains(.notSentToNetwork) { return false }
            if mark.flags.contains(.original), !row.countsOriginal { return false }
            if row.sameAmount, mark.amountMinor != self.proposal.amountMinor { return false }
            if row.sameInitiator, mark.initiator != self.proposal.initiator { return false }
            return true
        }.map(\.at.ms)
    }

    /// Marks that share a window with an attempt at `at`, by the definition of the window.
    private func sharing(_ row: BudgetRule, at: Timestamp) -> Int {
        self.counted(by: row).count { mark in
            switch row.window {
            case .rolling(let ms): abs(mark - at.ms) < ms
            case .calendarDay:
                CivilTime(utc: Timestamp(ms: mark)).sameDay(as: CivilTime(utc: at))
            }
        }
    }

    /// What is wrong with an attempt at `at`: the row that it would overdraw.
    func firstOverdrawn(at: Timestamp) -> String? {
        self.rows(at: at).first { self.sharing($0, at: at) + 1 > Int($0.attemptsMax) }?.name
    }

    func wrongPermit(_ permit: Permit, at: Timestamp) -> String? {
        var expected = self.rows(at: at).map {
            Permit.Line(
                rule: $0.number, used: UInt32(self.sharing($0, at: at)), cap: $0.attemptsMax)
        }
        if self.proposal.standing.notBefore.ms != 0 {
            expected.append(Permit.Line(rule: Permit.Line.advisedDelay, used: 0, cap: 0))
        }
        return permit.lines == expected ? nil : "permit"
    }

    func wrongReason(_ reason: PlanReason, at: Timestamp) -> String? {
        let expected: PlanReason =
            at > self.lowerBound ? .budget : at > self.from ? .advisedDelay : .none
        return reason == expected ? nil : "reason \(reason.name)"
    }

    var description: String { "\(self.from) \(self.proposal) \(self.rules) \(self.marks)" }
}

extension CivilTime {
    fileprivate func sameDay(as other: CivilTime) -> Bool {
        self.year == other.year && self.month == other.month && self.day == other.day
    }
}
