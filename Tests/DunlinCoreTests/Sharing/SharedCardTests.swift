import DunlinCore
import DunlinTesting
import Testing

@Suite("Accounts that hold one card")
struct SharedCardTests {
    static let rules = [
        BudgetRule(
            number: 1, name: "three-in-two-days", network: .visa,
            window: .rolling(ms: 2 * Milliseconds.day), attemptsMax: 3, source: "test"),
        BudgetRule(
            number: 2, name: "two-a-day", network: .visa, window: .calendarDay, attemptsMax: 2,
            source: "test"),
    ]

    private static func world(_ accounts: Int, seed: UInt64 = 1) -> SharingWorld {
        SharingWorld(
            accounts: accounts, rules: Self.rules, ladderHours: [6, 12, 24, 36, 48, 60, 72, 96],
            seed: seed)
    }

    private static let declined = AttemptOutcome.declined(
        DeclineCodes(code: "insufficient_funds"), chargeID: "")

    /// Moves to each due instant, delivering all letters and declining every charge.
    private static func live(_ world: inout SharingWorld, until end: Timestamp) {
        world.deliverAll()
        while let due = world.nextDue, due <= end {
            world.now = max(world.now, due)
            world.fireDue()
            world.deliverAll()
            for index in world.accounts.indices { world.settle(index, Self.declined) }
            world.deliverAll()
        }
        world.now = end
    }

    @Test("an account alone asks once how it stands, and never again")
    func aloneAsksOnce() throws {
        var world = Self.world(1)
        world.fail(0)
        let share = try #require(world.accounts[0].state.shares.first)
        #expect(share.standing == .asked)
        #expect(world.accounts[0].state.dueAt == nil, "nothing is drawn before the answer")
        Self.live(&world, until: world.now.advanced(byMs: 10 * Milliseconds.day))
        #expect(world.accounts[0].state.shares.first?.standing == .sole)
        #expect(world.accounts[0].reports.count == 1)
        #expect(world.ledger.count == 7, "as many as the rules leave room for")
        #expect(world.accounts[0].state.effects.isEmpty)
    }

    @Test("an attempt that waits for another account of the card says so")
    func explained() throws {
        var world = Self.world(2)
        for index in 0..<2 { world.fail(index) }
        var found: [SlotReason] = []
        for _ in 0..<40 {
            Self.live(&world, until: world.now.advanced(byMs: Milliseconds.hour))
            found += world.accounts.indices.flatMap { world.reasons($0, .attempt) }
                .filter { $0.rule == .sharedCard }
        }
        let waits = try #require(found.first)
        #expect(waits.words.hasPrefix("2 accounts hold the card"))
        #expect(found.allSatisfy { $0.freesAt > $0.withoutAt && $0.isDecisive })
    }

    @Test("a late joiner waits until the first holder knows, and has told what it used")
    func lateJoiner() throws {
        var world = Self.world(2)
        world.fail(0)
        Self.live(&world, until: world.now.advanced(byMs: 30 * Milliseconds.hour))
        let drawnAlone = world.ledger.count
        #expect(drawnAlone == 3)
        world.fail(1)
        // The joiner's report arrives; the word to the first holder is still under way.
        while case .report? = world.post.first { world.deliver() }
        #expect(world.budget.holders.map(\.mode) == [.sole, .waiting])
        #expect(world.accounts[1].state.dueAt == nil)
        world.deliverAll()
        #expect(world.budget.holders.map(\.mode) == [.shared, .shared])
        #expect(world.budget.holders[0].uses.count >= drawnAlone)
        let standings = world.accounts.map { $0.state.shares.first?.standing }
        #expect(standings == [.shared, .shared])
        Self.live(&world, until: world.now.advanced(byMs: 10 * Milliseconds.day))
        for rule in Self.rules {
            #expect(world.most(in: rule.window) <= Int(rule.attemptsMax), "\(rule.name)")
        }
        #expect(world.ledger.count(where: { $0.account == 1 }) > 0)
        #expect(!world.budget.owesWords)
    }

    @Test("a refusal that blocks the card stops the other accounts")
    func blockingRefusal() {
        var world = Self.world(2)
        world.fail(0)
        world.fail(1)
        world.deliverAll()
        world.now = world.now.advanced(byMs: 6 * Milliseconds.hour)
        while let due = world.nextDue, world.ledger.isEmpty {
            world.now = max(world.now, due)
            world.fireDue()
        }
        let first = world.ledger[0].account
        world.settle(first, .declined(DeclineCodes(code: "stolen_card"), chargeID: ""))
        world.deliverAll()
        let other = 1 - first
        world.settle(other, Self.declined)
        let drawn = world.ledger.count
        Self.live(&world, until: world.now.advanced(byMs: 10 * Milliseconds.day))
        #expect(world.ledger.count == drawn, "nothing is charged after the card was blocked")
        #expect(world.accounts[other].state.shares.first?.bar.blockedBy == .never)
    }

    @Test("a permit that is not used is free for others again")
    func permitsReturn() {
        var world = Self.world(2)
        world.fail(0)
        world.fail(1)
        world.deliverAll()
        #expect(world.budget.holders.flatMap(\.permits).count(where: { $0.grantedAt.ms != 0 }) == 2)
        world.give(0, .operate(OperatorRequest(verb: .cancel)))
        world.deliverAll()
        let permits = world.budget.holders.map { ($0.account, $0.permits.count) }
        for (account, count) in permits { #expect(count == (account == "acct-0" ? 0 : 1)) }
    }

    @Test(
        "over any interleaving, delay, repeat and restart no window holds more than its cap",
        arguments: 0..<250)
    func neverBeyondTheCaps(seed: Int) {
        var world = Self.world(2 + seed % 4, seed: UInt64(seed))
        let end = SharingWorld.start.advanced(byMs: 12 * Milliseconds.day)
        for _ in 0..<1500 {
            switch world.random.next() % 16 {
            case 0...6: world.deliver()
            case 7...9:
                if let due = world.nextDue { world.now = max(world.now, min(due, end)) }
                world.fireDue()
            case 10:
                let late = Int64(world.random.next() % UInt64(20 * Milliseconds.minute))
                world.now = world.now.advanced(byMs: late)
                world.fireDue()
            case 11, 12, 13:
                let index = Int(world.random.next() % UInt64(world.accounts.count))
                switch world.random.next() % 8 {
                case 0: world.settle(index, .notSent(.tooLate))
                case 1: world.settle(index, .unknown)
                default: world.settle(index, Self.declined)
                }
            case 14:
                let index = Int(world.random.next() % UInt64(world.accounts.count))
                if world.random.oneIn(4), world.accounts[index].state.cases.count < 4 {
                    world.fail(index)
                }
            default: if world.random.oneIn(5) { world.restart() }
            }
            if world.now >= end { break }
        }
        for rule in Self.rules {
            #expect(world.most(in: rule.window) <= Int(rule.attemptsMax), "\(rule.name)")
        }
        // Nothing is stuck: once all letters arrive, every planned attempt has an instant.
        world.restart()
        Self.live(&world, until: world.now.advanced(byMs: 40 * Milliseconds.day))
        for rule in Self.rules {
            #expect(world.most(in: rule.window) <= Int(rule.attemptsMax), "\(rule.name)")
        }
        for account in world.accounts {
            let planned = account.state.cases.contains {
                $0.isOpen && $0.inFlight == nil && $0.plan.attemptAt.ms != 0
            }
            #expect(!planned, "an attempt waits for ever")
        }
    }
}
