/// Counts of lengths of time with a bounded relative error, as HdrHistogram keeps them: buckets of
/// powers of two, each cut into 128 equal parts, so that any quantile is off by less than 1%.
///
/// Source: Gil Tene, <http://hdrhistogram.org>. Values are nanoseconds, from 0 to about an hour;
/// longer ones count as that.
package struct LatencyHistogram: Sendable, Equatable {
    private var counts: [UInt64]
    package private(set) var count: UInt64 = 0
    package private(set) var maxNs: UInt64 = 0
    private var sumNs: Double = 0

    private static let partBits: UInt64 = 7
    private static let parts = 1 << 7
    private static let largest: UInt64 = 1 << 42 - 1

    package init() {
        self.counts = Array(repeating: 0, count: Self.place(of: Self.largest) + 1)
    }

    package mutating func record(ns: UInt64, times: UInt64 = 1) {
        let value = min(ns, Self.largest)
        self.counts[Self.place(of: value)] &+= times
        self.count &+= times
        self.maxNs = max(self.maxNs, value)
        self.sumNs += Double(value) * Double(times)
    }

    package mutating func add(_ other: LatencyHistogram) {
        for place in self.counts.indices { self.counts[place] &+= other.counts[place] }
        self.count &+= other.count
        self.maxNs = max(self.maxNs, other.maxNs)
        self.sumNs += other.sumNs
    }

    package var meanNs: Double { self.count == 0 ? 0 : self.sumNs / Double(self.count) }

    /// The value that this share of all does not exceed; 0 when there are none.
    package func quantileNs(_ share: Double) -> UInt64 {
        guard self.count > 0 else { return 0 }
        let wanted = max(1, UInt64((share * Double(self.count)).rounded(.up)))
        var seen: UInt64 = 0
        for (place, count) in self.counts.enumerated() where count > 0 {
            seen += count
            if seen >= wanted { return min(self.maxNs, Self.highest(in: place)) }
        }
        return self.maxNs
    }

    /// The filled buckets as (highest value, count), coarsened to powers of two, for a plot.
    package var byPowers: [(upToNs: UInt64, count: UInt64)] {
        var sums: [Int: UInt64] = [:]
        for (place, count) in self.counts.enumerated() where count > 0 {
            let highest = Self.highest(in: place)
            sums[64 - highest.leadingZeroBitCount, default: 0] += count
        }
        return sums.sorted { $0.key < $1.key }.map { (UInt64(1) << UInt64($0.key), $0.value) }
    }

    /// Below 128 each value has its own place; above, the seven bits after the leading one.
    private static func place(of value: UInt64) -> Int {
        guard value >= UInt64(Self.parts) else { return Int(value) }
        let shift = UInt64(63 - value.leadingZeroBitCount) - Self.partBits
        return Int(shift + 1) * Self.parts + Int((value >> shift) & UInt64(Self.parts - 1))
    }

    private static func highest(in place: Int) -> UInt64 {
        guard place >= Self.parts else { return UInt64(place) }
        let shift = UInt64(place / Self.parts - 1)
        let part = UInt64(place % Self.parts)
        return (UInt64(Self.parts) + part + 1) << shift - 1
    }
}
