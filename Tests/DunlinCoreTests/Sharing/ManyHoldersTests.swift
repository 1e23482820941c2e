import DunlinCore
import Testing

@Suite("An address of very many accounts")
struct ManyHoldersTests {
    private static let start = CivilTime(year: 2026, month: 1, day: 1).utc

    /// An address and the reports that it takes, each with a record of its own.
    private final class Address {
        var budget = SharedBudget()
        var op: UInt64 = 0
        var now = ManyHoldersTests.start

        /// Answers whether the report was taken.
        func take(
            from account: Int, usedAt: Timestamp? = nil, asking: Bool = false,
            knowsShared: Bool = true
        ) -> Bool {
            self.op += 1
            let position = RecordPosition(op: self.op, index: 0)
            let ask = BudgetAsk(
                number: 1, wantedAt: self.now, latestAt: Timestamp(ms: .max),
                caps: [FrequencyCap(touchesMax: 1, withinMs: Milliseconds.hour)])
            let report = BudgetReport(
                kind: .contact, key: "0123456789abcdef", knowsShared: knowsShared,
                uses: usedAt.map { [BudgetUse(at: $0)] } ?? [], asks: asking ? [ask] : [])
            let taken = self.budget.decide(
                report, from: "acct-\(account)", id: position, now: self.now
            ) { _ in nil }
            guard let taken else { return false }
            self.budget.evolve(.reported(taken), at: self.now, position: position)
            for owed in taken.owed {
                self.budget.evolve(
                    .wordTaken(BudgetWordTaken(account: owed, word: position)), at: self.now,
                    position: position)
            }
            return true
        }

        func standing(of account: Int) -> ShareStanding {
            self.budget.word(for: "acct-\(account)", kind: .contact, key: "0123456789abcdef")
                .standing
        }
    }

    /// As many accounts as there is room for, each of which was told something at the start.
    private static func full() -> Address {
        let address = Address()
        for account in 0..<SharedBudget.holdersMax {
            _ = address.take(from: account, usedAt: Self.start)
        }
        // The first was alone, and says now what it has used.
        _ = address.take(from: 0, usedAt: Self.start)
        return address
    }

    @Test("there is room for a thousand, and one more is refused")
    func refused() {
        let address = Self.full()
        #expect(address.budget.holders.count == SharedBudget.holdersMax)
        #expect(address.standing(of: 999) == .shared)
        #expect(!address.take(from: 1000, asking: true))
        #expect(address.standing(of: 1000) == .full)
    }

    @Test("once nothing of an account counts any more, another takes its place")
    func quietOneMakesRoom() {
        let address = Self.full()
        // Only the account 7 was told nothing since.
        for account in 0..<SharedBudget.holdersMax where account != 7 {
            let later = Self.start.advanced(byMs: SharedBudget.keptForMs)
            address.now = later
            #expect(address.take(from: account, usedAt: later))
        }
        #expect(address.take(from: 1000, asking: true))
        #expect(address.budget.holders.count == SharedBudget.holdersMax)
        #expect(address.standing(of: 1000) == .shared)
        #expect(address.standing(of: 7) == .full)
        // It comes back as a newcomer does: there is no room now.
        #expect(!address.take(from: 7, asking: true))
    }

    @Test("who has a permit or a bar is not quiet", arguments: [true, false])
    func keepsPlace(hasPermit: Bool) {
        let address = Self.full()
        let later = Self.start.advanced(byMs: SharedBudget.keptForMs)
        address.now = later
        for account in 0..<SharedBudget.holdersMax where account != 7 {
            #expect(address.take(from: account, usedAt: later))
        }
        if hasPermit {
            #expect(address.take(from: 7, asking: true))
        } else {
            let place = address.budget.place(of: "acct-7") ?? 0
            address.budget.holders[place].bar.blockedBy = .never
        }
        #expect(!address.take(from: 1000, asking: true))
        #expect(address.standing(of: 7) == .shared)
    }
}
