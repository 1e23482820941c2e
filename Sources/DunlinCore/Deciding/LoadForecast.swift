/// What is ahead of a whole cluster: how many accounts fall due in each slice of time.
///
/// Published every few seconds to the tenants' decisions where a gateway's rate is limited. A plan
/// that may fall anywhere within a policy's jitter takes the emptiest of some instants that a hash
/// draws. The instant is journaled with the plan, so a replay needs no forecast.
package struct LoadForecast: Sendable, Equatable {
    /// Length of a slice, in ms; above 0.
    package let sliceMs: Int64
    private let counts: [Int64: UInt64]

    /// Instants that are compared; few, so that those who plan at the same moment do not all take the
    /// same one.
    static let candidates: UInt64 = 4

    /// `slices`: the beginning of each slice and what falls due in it.
    package init(sliceMs: Int64, slices: [(from: Timestamp, count: UInt64)]) {
        self.sliceMs = max(1, sliceMs)
        var counts: [Int64: UInt64] = [:]
        for slice in slices {
            counts[slice.from.ms.flooredDivision(by: self.sliceMs), default: 0] += slice.count
        }
        self.counts = counts
    }

    /// Accounts that fall due in the slice of an instant.
    package func load(at instant: Timestamp) -> UInt64 {
        self.counts[instant.ms.flooredDivision(by: self.sliceMs)] ?? 0
    }
}
