import DunlinCore
import Testing

/// Plans that may fall anywhere within a jitter prefer where least falls due.
struct LoadForecastTests {
    private static let jitterMs = 4 * Milliseconds.hour
    private static let sliceMs = 5 * Milliseconds.minute

    /// The first half of the jitter of the first rung is full, up to `until`.
    private static func crowded(until: Timestamp) -> LoadForecast {
        let first = AccountBench.start.advanced(byMs: Milliseconds.day)
        var slices: [(from: Timestamp, count: UInt64)] = []
        var from = first
        while from < until {
            slices.append((from, 1000))
            from = from.advanced(byMs: Self.sliceMs)
        }
        return LoadForecast(sliceMs: Self.sliceMs, slices: slices)
    }

    /// When the first retry of each of 400 accounts is made, after the rung's instant, in ms.
    private static func delays(_ load: LoadForecast?) -> [Int64] {
        (0..<400).compactMap { index in
            var bench = AccountBench()
            bench.account = EntityKey(key: "acct-\(index)")
            bench.policy.retries.jitterMs = Self.jitterMs
            bench.load = load
            _ = bench.open(invoice: "in_1")
            bench.advance(days: 2, settling: AccountBench.declined)
            return bench.attemptsAt.first.map {
                $0.ms - AccountBench.start.ms - Milliseconds.day
            }
        }
    }

    @Test func `crowded slices are avoided, and nothing is moved beyond the jitter`() {
        let half = AccountBench.start.advanced(byMs: Milliseconds.day + Self.jitterMs / 2)
        let plain = Self.delays(nil)
        let shaped = Self.delays(Self.crowded(until: half))
        #expect(plain.count == 400)
        #expect(shaped.count == 400)
        let early = { (delays: [Int64]) in delays.count { $0 < Self.jitterMs / 2 } }
        #expect(early(plain) > 150)
        // All four instants that are drawn fall into the crowd once in sixteen.
        #expect(early(shaped) < 60, "\(early(shaped))")
        #expect(early(shaped) > 5, "\(early(shaped))")
        #expect(shaped.allSatisfy { (0..<Self.jitterMs).contains($0) })
    }

    @Test func `an empty forecast and one that is equally full everywhere change nothing`() {
        let plain = Self.delays(nil)
        #expect(Self.delays(LoadForecast(sliceMs: Self.sliceMs, slices: [])) == plain)
        let whole = AccountBench.start.advanced(byMs: Milliseconds.day + 2 * Self.jitterMs)
        #expect(Self.delays(Self.crowded(until: whole)) == plain)
    }

    @Test func `without a jitter a plan stays where its ladder says`() {
        let load = Self.crowded(until: AccountBench.start.advanced(byMs: 3 * Milliseconds.day))
        var bench = AccountBench()
        bench.load = load
        _ = bench.open(invoice: "in_1")
        bench.advance(days: 2, settling: AccountBench.declined)
        #expect(bench.attemptsAt.first == AccountBench.start.advanced(byMs: Milliseconds.day))
    }
}
