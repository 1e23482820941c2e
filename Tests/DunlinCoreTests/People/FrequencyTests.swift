import DunlinCore
import DunlinTesting
import Testing

/// Nobody hears from us more often than the policy says, over all cases and channels.
@Suite struct FrequencyTests {
    private static let day = Milliseconds.day
    private static let daily = FrequencyCap(touchesMax: 1, withinMs: Self.day)

    /// More touches within a window than the cap allows.
    private static func breaches(_ cap: FrequencyCap, _ touches: [Timestamp]) -> Bool {
        touches.contains { start in
            touches.count { $0 >= start && $0.ms < start.ms + cap.withinMs } > Int(cap.touchesMax)
        }
    }

    @Test func `three cases under one message a day bring one message a day`() {
        for oneSequence in [true, false] {
            var bench = AccountBench.messaging(
                [
                    .step("first", .afterOpen(ms: 0)), .step("second", .days(1)),
                    .step("third", .days(2)), .step("fourth", .days(3), channels: [.sms]),
                ], sending: SendingRules(caps: [Self.daily], oneSequence: oneSequence))
            for number in 1...3 {
                _ = bench.fail(
                    invoice: "in_\(number)", event: "e\(number)", profile: AccountBench.reachable)
            }
            bench.live(days: 27)
            #expect(!Self.breaches(Self.daily, bench.sent.map(\.at)))
            #expect(Set(bench.sent.map(\.caseNumber)) == [1, 2, 3], "each case was told")
            let others = bench.sent.filter { $0.caseNumber != 1 }
            // Each case has its first word; reminders are about the oldest only.
            if oneSequence { #expect(others.map(\.caseNumber).sorted() == [2, 3]) }
        }
    }

    @Test func `a notice of a loss goes before another case's reminder`() {
        var bench = AccountBench.messaging(
            [
                .step("first", .afterOpen(ms: 0)), .step("reminder", .days(6)),
                .step("notice", .beforeEnd(ms: 22 * Self.day)),
            ], sending: SendingRules(caps: [Self.daily]))
        _ = bench.fail(invoice: "in_1", event: "e1", profile: AccountBench.reachable)
        bench.live(days: 0)
        _ = bench.fail(invoice: "in_2", event: "e2")
        bench.live(days: 5)
        // On the sixth day the first case has both, the second has both a day later at most.
        bench.live(days: 4)
        #expect(bench.sent.first { $0.name != "first" }?.name == "notice")
        #expect(bench.sent.filter { $0.name == "notice" }.count == 2)
        #expect(!Self.breaches(Self.daily, bench.sent.map(\.at)))
    }

    @Test(arguments: [true, false])
    func `after a pause or a jump of the clock one message goes out, not all`(jumps: Bool) {
        var bench = AccountBench.messaging(
            (0..<8).map { .step("day-\($0)", .days($0)) })
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 0)
        if jumps {
            bench.now = bench.now.advanced(byMs: 20 * Self.day)
        } else {
            bench.give(.operate(OperatorRequest(verb: .pause)))
            bench.live(days: 20)
            bench.give(.operate(OperatorRequest(verb: .resume)))
        }
        bench.live(days: 1)
        #expect(bench.sent.map(\.name) == ["day-0", "day-7"])
    }

    @Test func `held by the cap, a message gives way to the newer one`() {
        var bench = AccountBench.messaging(
            [
                .step("a", .afterOpen(ms: 0)), .step("b", .days(1)), .step("c", .days(2)),
            ],
            sending: SendingRules(caps: [FrequencyCap(touchesMax: 1, withinMs: 2 * Self.day)]))
        _ = bench.fail(profile: AccountBench.reachable)
        bench.live(days: 10)
        #expect(bench.sent.map(\.name) == ["a", "c"])
        #expect(bench.skipped.map(\.name) == ["b"])
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `the first free instant is free, and none before it is`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let caps = (0..<Int(random.next() % 3 + 1)).map { _ in
            FrequencyCap(
                touchesMax: UInt32(random.next() % 4 + 1),
                withinMs: Int64(random.next() % 200 + 1))
        }
        var touches: [Timestamp] = []
        for _ in 0..<40 {
            let from = Timestamp(ms: (touches.last?.ms ?? 0) + Int64(random.next() % 50))
            let free = FrequencyCap.first(from: from, touches: touches, caps: caps)
            #expect(free >= from)
            if free > from {
                let earlier = Timestamp(ms: free.ms - 1)
                #expect(caps.contains { Self.breaches($0, touches + [earlier]) })
            }
            touches.append(free)
            #expect(!caps.contains { Self.breaches($0, touches) })
        }
    }
}
