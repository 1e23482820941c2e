import DunlinWorld
import Testing

/// The figures that runs are judged by.
@Suite struct FiguresTests {
    @Test func `a quantile is off by less than a hundredth`() {
        var histogram = LatencyHistogram()
        for value in 1...100_000 as ClosedRange<UInt64> { histogram.record(ns: value * 1000) }
        for (share, exact) in [(0.5, 50_000_000.0), (0.9, 9e7), (0.99, 9.9e7), (0.999, 9.99e7)] {
            let found = Double(histogram.quantileNs(share))
            #expect(abs(found - exact) / exact < 0.01, "\(share): \(found)")
        }
        #expect(histogram.quantileNs(1) == 100_000_000)
        #expect(histogram.count == 100_000)
    }

    @Test func `histograms of parts add up to that of the whole`() {
        var (whole, first, second) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in 0..<5000 as Range<UInt64> {
            whole.record(ns: value * value)
            if value % 3 == 0 {
                first.record(ns: value * value)
            } else {
                second.record(ns: value * value)
            }
        }
        first.add(second)
        #expect(first.quantileNs(0.99) == whole.quantileNs(0.99))
        #expect(first.count == whole.count)
        #expect(first.maxNs == whole.maxNs)
    }

    private func world(_ seed: UInt64, first: Int, second: Int) -> PairedComparison.World {
        func tally(_ recovered: Int) -> WorldTally {
            var tally = WorldTally(reasons: 1)
            tally.cases = 100
            tally.matured = 100
            tally.maturedRecovered = recovered
            return tally
        }
        return PairedComparison.World(
            seed: seed, first: tally(first), second: tally(second))
    }

    /// Differences of 5, 6 and 7 points: mean 6, standard error 1 / √3, Student's factor 4.303.
    @Test func `differences are taken world by world`() throws {
        let comparison = PairedComparison([
            self.world(1, first: 10, second: 15), self.world(2, first: 50, second: 56),
            self.world(3, first: 80, second: 87),
        ])
        let rate = try #require(comparison.estimates.first { $0.name == "recovery_rate" })
        #expect(abs(rate.difference - 0.06) < 1e-9)
        #expect(abs(rate.within - 0.01 / 3.0.squareRoot() * 4.303) < 1e-9)
        #expect(rate.isClear)
    }

    @Test func `what may be chance is called so`() throws {
        let comparison = PairedComparison([
            self.world(1, first: 10, second: 25), self.world(2, first: 50, second: 40),
        ])
        let rate = try #require(comparison.estimates.first { $0.name == "recovery_rate" })
        #expect(!rate.isClear)
    }
}
