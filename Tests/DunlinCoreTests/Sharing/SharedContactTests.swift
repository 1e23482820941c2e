import DunlinCore
import DunlinTesting
import Testing

@Suite("Accounts of one person")
struct SharedContactTests {
    static let cap = FrequencyCap(touchesMax: 1, withinMs: Milliseconds.day)
    static let second = FrequencyCap(touchesMax: 3, withinMs: 5 * Milliseconds.day)

    private static func world(_ accounts: Int, seed: UInt64 = 1) -> SharingWorld {
        let hours: [Int64] = [0, 8, 20, 30, 44, 60]
        return SharingWorld(
            accounts: accounts, ladderHours: [24, 72, 120], seed: seed,
            messages: hours.map { hour in
                Self.step("after-\(hour)", .afterOpen(ms: hour * Milliseconds.hour))
            } + [Self.step("ahead", .beforeCharge(ms: 4 * Milliseconds.day))],
            caps: [Self.cap, Self.second])
    }

    private static func step(_ name: String, _ trigger: MessageStep.Trigger) -> MessageStep {
        MessageStep(
            name: name, channel: .email, template: "payment_failed", trigger: trigger,
            windowMinutes: 0..<24 * 60)
    }

    private static func live(_ world: inout SharingWorld, until end: Timestamp) {
        world.deliverAll()
        var turns = 0
        while let due = world.nextDue, due <= end, turns < 2000 {
            turns += 1
            world.now = max(world.now, due)
            world.fireDue()
            world.deliverAll()
            for index in world.accounts.indices {
                world.answerMessages(index)
                world.settle(
                    index,
                    .declined(DeclineCodes(code: "insufficient_funds"), chargeID: ""))
            }
            world.deliverAll()
        }
        #expect(
            turns < 2000,
            "\(world.accounts.map { ($0.state.dueAt, $0.state.cases.map { ($0.phase, $0.plan, $0.stepsDone) }, $0.state.shares, $0.state.effects) })"
        )
        world.now = end
    }

    private static func expectWithinCaps(_ world: SharingWorld) {
        for cap in [Self.cap, Self.second] {
            #expect(
                world.most(in: .rolling(ms: cap.withinMs)) <= Int(cap.touchesMax),
                "\(cap.touchesMax) within \(cap.withinMs / Milliseconds.hour) h")
        }
    }

    @Test("the same e-mail on three accounts gets no more than the cap in all")
    func threeAccounts() {
        var world = Self.world(3)
        for index in 0..<3 { world.fail(index) }
        Self.live(&world, until: world.now.advanced(byMs: 6 * Milliseconds.day))
        Self.expectWithinCaps(world)
        #expect(world.ledger.count >= 3)
        for account in world.accounts {
            #expect(account.state.shares.first?.standing == .shared)
            #expect(account.state.shares.first?.holders == 3)
        }
    }

    @Test("a message that waits for another account of the person says so")
    func explained() throws {
        var world = Self.world(2)
        for index in 0..<2 { world.fail(index) }
        Self.live(&world, until: world.now.advanced(byMs: Milliseconds.minute))
        let shared = world.accounts.indices.flatMap { world.reasons($0, .message) }
            .filter { $0.rule == .sharedContact }
        let waits = try #require(shared.first)
        #expect(waits.words.hasPrefix("2 accounts have the address"))
        #expect(waits.freesAt > waits.withoutAt && waits.isDecisive)
    }

    @Test("announced charges of three accounts are told of within the cap, and all of them")
    func notices() {
        var world = Self.world(3)
        for index in 0..<3 { world.announce(index, inMs: 7 * Milliseconds.day) }
        Self.live(&world, until: world.now.advanced(byMs: 12 * Milliseconds.day))
        Self.expectWithinCaps(world)
        #expect(world.ledger.count == 3)
        #expect(Set(world.ledger.map(\.account)).count == 3)
        #expect(world.accounts.allSatisfy { $0.state.dueAt == nil })
    }

    @Test("a notice and a case's message of one person keep to one cap")
    func noticeBesideCase() {
        var world = Self.world(2)
        world.announce(0, inMs: 4 * Milliseconds.day + 2 * Milliseconds.hour)
        world.fail(1)
        Self.live(&world, until: world.now.advanced(byMs: 4 * Milliseconds.day))
        Self.expectWithinCaps(world)
        #expect(world.ledger.contains { $0.caseNumber == 0 })
        #expect(world.ledger.contains { $0.caseNumber != 0 })
    }

    @Test("a STOP to one account stops the messages of the others")
    func stopBindsAll() {
        var world = Self.world(2)
        world.fail(0)
        world.fail(1)
        Self.live(&world, until: world.now.advanced(byMs: Milliseconds.hour))
        let before = world.ledger.count
        world.give(
            0,
            .intake(
                IntakeFacts(
                    eventID: "stop", occurredAt: world.now,
                    fact: .messageReplied(.email, .stop))))
        Self.live(&world, until: world.now.advanced(byMs: 10 * Milliseconds.day))
        #expect(world.ledger.count == before)
        #expect(world.accounts[1].state.shares.first?.bar.blockedBy == .never)
    }

    @Test("an erased account is forgotten by the address; what it was sent still counts")
    func erasure() {
        var world = Self.world(2)
        world.fail(0)
        world.fail(1)
        Self.live(&world, until: world.now.advanced(byMs: Milliseconds.hour))
        let sent = world.ledger.count
        #expect(sent == 1)
        let first = world.ledger[0].account
        world.give(first, .operate(OperatorRequest(verb: .erase)))
        world.deliverAll()
        #expect(world.budget.place(of: "acct-\(first)") == nil)
        #expect(world.budget.orphans.count == sent)
        #expect(world.accounts[first].state.shares.isEmpty)
        #expect(world.accounts[first].state.effects.allSatisfy { $0.kind != .budgetReport })
        Self.live(&world, until: world.now.advanced(byMs: 6 * Milliseconds.day))
        Self.expectWithinCaps(world)
    }

    @Test(
        "over any interleaving, delay, repeat and restart no address gets more than the cap",
        arguments: 0..<150)
    func neverBeyondTheCaps(seed: Int) {
        var world = Self.world(2 + seed % 4, seed: UInt64(seed) &* 977)
        let end = SharingWorld.start.advanced(byMs: 8 * Milliseconds.day)
        for _ in 0..<1200 where world.now < end {
            let index = Int(world.random.next() % UInt64(world.accounts.count))
            switch world.random.next() % 16 {
            case 0...6: world.deliver()
            case 7...9:
                if let due = world.nextDue { world.now = max(world.now, min(due, end)) }
                world.fireDue()
            case 10:
                let late = Int64(world.random.next() % UInt64(20 * Milliseconds.minute))
                world.now = world.now.advanced(byMs: late)
                world.fireDue()
            case 11, 12: world.answerMessages(index)
            case 13:
                world.settle(
                    index,
                    .declined(DeclineCodes(code: "insufficient_funds"), chargeID: ""))
            case 14:
                if world.random.oneIn(4), world.accounts[index].state.cases.count < 3 {
                    world.fail(index)
                } else if world.random.oneIn(6) {
                    let hours = Int64(world.random.next() % 120)
                    world.announce(index, inMs: hours * Milliseconds.hour + 1)
                }
            default: if world.random.oneIn(5) { world.restart() }
            }
        }
        Self.expectWithinCaps(world)
        world.restart()
        Self.live(&world, until: world.now.advanced(byMs: 20 * Milliseconds.day))
        Self.expectWithinCaps(world)
    }
}
