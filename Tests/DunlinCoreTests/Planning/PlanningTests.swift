import DunlinCore
import Testing

/// When attempts fall: ladders, local time, weekdays, renewals, signals.
@Suite struct PlanningTests {
    static let madrid = ZoneTable(
        name: "Europe/Madrid", initialOffsetMs: Milliseconds.hour,
        transitions: [
            .init(
                at: CivilTime(year: 2026, month: 3, day: 29, hour: 1).utc,
                offsetMs: 2 * Milliseconds.hour),
            .init(
                at: CivilTime(year: 2026, month: 10, day: 25, hour: 1).utc,
                offsetMs: Milliseconds.hour),
        ])
    static let tokyo = ZoneTable(name: "Asia/Tokyo", initialOffsetMs: 9 * Milliseconds.hour)

    @Test(arguments: [
        (BillingInterval.unknown, [24, 72] as [Int64]), (.weekly, [12, 24]), (.monthly, [48]),
        (.yearly, [24, 72]),
    ])
    func `the ladder is that of the billing interval`(
        interval: BillingInterval, hours: [Int64]
    ) {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3])
        bench.policy.retries.byInterval = [
            .weekly: LadderSet(
                standard: RetryLadder(offsetsMs: [12, 24].map { $0 * Milliseconds.hour })),
            .monthly: LadderSet(
                standard: RetryLadder(offsetsMs: []),
                byClass: [.softFunds: RetryLadder(offsetsMs: [2 * Milliseconds.day])]),
        ]
        _ = bench.open(invoice: "in_1", interval: interval)
        bench.advance(days: 10, settling: AccountBench.declined)
        #expect(bench.attemptHours == hours)
    }

    @Test
    func `attempts come at the customer's own time of day, before and after the clocks change`() {
        var bench = AccountBench()
        bench.zones = ZoneCatalog(zones: ["Europe/Madrid": Self.madrid])
        bench.zone = "Europe/Madrid"
        bench.policy = AccountBench.ladder([2, 4, 6, 8, 10])
        bench.policy.retries.calendar = RetryCalendar(minuteOfDay: 6 * 60 + 10)
        bench.policy.retries.jitterMs = 5 * Milliseconds.minute
        bench.now = CivilTime(year: 2026, month: 3, day: 24, hour: 22, minute: 30).utc
        _ = bench.open(invoice: "in_1")
        bench.advance(days: 20, settling: AccountBench.declined)
        let local = bench.attemptsAt.map { Self.madrid.local($0) }
        #expect(local.map(\.day) == [26, 28, 30, 1, 3])
        for time in local {
            #expect(time.hour == 6)
            #expect((10..<15).contains(time.minute))
        }
    }

    @Test func `the slots of a customer in Tokyo are Tokyo's`() {
        var bench = AccountBench()
        bench.zones = ZoneCatalog(zones: ["Asia/Tokyo": Self.tokyo])
        bench.policy = AccountBench.ladder([1, 2, 3])
        bench.policy.retries.calendar = RetryCalendar(minuteOfDay: 6 * 60 + 10)
        _ = bench.open(invoice: "in_1", profile: ProfileChange(zone: "Asia/Tokyo"))
        bench.advance(days: 5, settling: AccountBench.declined)
        let local = bench.attemptsAt.map { Self.tokyo.local($0) }
        #expect(local.count == 3)
        #expect(local.allSatisfy { $0.hour == 6 && $0.minute == 10 })
    }

    @Test(arguments: 0..<400 as Range<Int64>)
    func `a time of day that clocks skip or show twice is found once a day`(day: Int64) {
        let instant = CivilTime(year: 2026, month: 1, day: 1, hour: 11).utc
            .advanced(byMs: day * Milliseconds.day)
        for minute in [0, 90, 150, 1439] as [Int64] {
            let found = Self.madrid.sameDay(as: instant, atMinute: minute)
            let (wanted, local) = (Self.madrid.local(instant), Self.madrid.local(found))
            #expect(local.day == wanted.day)
            let shown = local.hour * 60 + local.minute
            // Skipped: 02:30 on 29 March is 03:00.
            let isSkipped = wanted.month == 3 && wanted.day == 29 && minute == 150
            #expect(shown == (isSkipped ? 180 : minute))
        }
    }

    @Test func `weekends wait for Monday, also where the rules moved a slot onto one`() {
        var bench = AccountBench()
        // 2026-01-01 is a Thursday.
        bench.policy = AccountBench.ladder([1, 2, 3, 6])
        bench.policy.retries.calendar = RetryCalendar(weekdaysOnly: true)
        bench.policy.retries.gapMinMs = 30 * Milliseconds.hour
        _ = bench.open(invoice: "in_1")
        bench.advance(days: 20, settling: AccountBench.declined)
        let days = bench.attemptsAt.map {
            ($0.ms.flooredDivision(by: Milliseconds.day) + 3) % 7
        }
        #expect(!days.isEmpty)
        #expect(days.allSatisfy { $0 < 5 }, "\(days)")
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `eight tries within fourteen days are at most eight and never later`(seed: UInt64) {
        var bench = AccountBench()
        bench.account = EntityKey(key: "acct-\(seed)")
        bench.policy.retries.mode = .window(tries: 8, withinMs: 14 * Milliseconds.day)
        bench.policy.retries.jitterMs = Milliseconds.hour
        bench.policy.retries.calendar.weekdaysOnly = seed % 2 == 0
        if seed % 3 == 0 { bench.policy.retries.gapMinMs = 40 * Milliseconds.hour }
        _ = bench.open(invoice: "in_1")
        bench.advance(days: 40, settling: AccountBench.declined)
        #expect((1...8).contains(bench.attemptsAt.count))
        #expect(bench.attemptsAt.allSatisfy { $0 <= bench.day(14) })
    }

    @Test func `nothing is tried in the day before the next renewal`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([1, 3, 5, 7])
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        _ = bench.open(invoice: "in_1", nextBillingAt: bench.day(6))
        bench.advance(days: 10, settling: AccountBench.declined)
        #expect(bench.attemptHours == [24, 72])
        #expect(bench.state.cases[0].plan.attemptReason == .renewalNear)
    }

    @Test func `a signal that money is there brings the attempt forward, by the rules`() {
        var bench = AccountBench()
        bench.policy = AccountBench.ladder([5])
        bench.policy.retries.gapMinMs = 24 * Milliseconds.hour
        _ = bench.open(invoice: "in_1")
        bench.now = bench.day(2)
        #expect(bench.notice(.fundsAvailable, event: "f1") == .accepted)
        #expect(bench.state.cases[0].plan.attemptReason == .fundedNow)
        bench.advance(days: 0)
        #expect(bench.intents.map(\.reason) == [.fundedNow])
        bench.settle(.approved(chargeID: "ch_1"))
        #expect(bench.state.cases[0].phase == .recovered)
        #expect(bench.notice(.fundsAvailable, event: "f2") == .ignored(.caseIsClosed))
    }

    @Test func `a signal for a dead credential changes nothing`() {
        var bench = AccountBench()
        bench.policy.ending.afterMs = 28 * Milliseconds.day
        _ = bench.fail(
            "stolen_card", method: MethodChange(method: PaymentMethod(token: "pm_old")))
        #expect(bench.notice(.fundsAvailable, event: "f1") == .ignored(.nothingDue))
        #expect(bench.state.dueAt == bench.day(28))
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `jitter is a hash: two runs give the same instants, two accounts differ`(seed: UInt64) {
        func attempts(_ account: String) -> [Timestamp] {
            var bench = AccountBench()
            bench.account = EntityKey(key: account)
            bench.policy.retries.jitterMs = 6 * Milliseconds.hour
            _ = bench.open(invoice: "in_1")
            bench.advance(days: 20, settling: AccountBench.declined)
            return bench.attemptsAt
        }
        #expect(attempts("a\(seed)") == attempts("a\(seed)"))
        #expect(attempts("a\(seed)") != attempts("b\(seed)"))
    }
}
