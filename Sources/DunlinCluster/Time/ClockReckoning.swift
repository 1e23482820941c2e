import DunlinCore

/// Whether a machine's wall clock can be believed, and what time it is when it cannot.
///
/// Two witnesses: the cluster, whose time comes with the answers to heartbeats when a majority of
/// clocks agrees on one (``ClusterTime``), and the machine's own monotonic clock, by which a jump
/// is seen at once. The cluster's word counts more: a clock that was wrong may be put right.
///
///     state     happening                                         to
///     unset     the cluster's time, or none that is agreed upon    believed, off
///     believed  wall and monotonic clock part by over a minute     off, at once
///     believed  the cluster's time differs, several times in a row off
///     off       the cluster's time is near the wall's again        believed
///     off       the wall is back where it was reckoned to be       believed
package struct ClockReckoning: Hashable, Sendable {
    /// A wall clock that is further from the cluster's time, or from its own reckoning, is off.
    package static let offMsMax: Int64 = 60_000
    /// So many answers in a row must say so: one may have been under way for long.
    package static let repliesMin = 3

    /// What the wall's clock is ahead of the monotonic one, as it was last believed; `nil` before
    /// the first answer.
    package private(set) var aheadMs: Int64?
    private var doubts = 0

    package init() {}

    /// A heartbeat was answered. `agreedMs`: The cluster's time; `nil` when no majority agrees.
    package mutating func hear(agreedMs: Int64?, wallMs: Int64, monotonicMs: Int64) {
        let aheadMs = wallMs.decreased(by: monotonicMs)
        guard let agreedMs else {
            if self.errorMs(wallMs: wallMs, monotonicMs: monotonicMs) == 0 {
                self.aheadMs = aheadMs
            }
            return
        }
        guard wallMs.decreased(by: agreedMs).magnitude > UInt64(Self.offMsMax) else {
            self.doubts = 0
            self.aheadMs = aheadMs
            return
        }
        self.doubts += 1
        guard self.aheadMs == nil || self.doubts >= Self.repliesMin else { return }
        self.doubts = Self.repliesMin
        self.aheadMs = agreedMs.decreased(by: monotonicMs)
    }

    /// By how much the wall's clock is ahead of what it should be; 0 while it is believed, and
    /// before anything was heard.
    package func errorMs(wallMs: Int64, monotonicMs: Int64) -> Int64 {
        guard let aheadMs else { return 0 }
        let error = wallMs.decreased(by: monotonicMs).decreased(by: aheadMs)
        return error.magnitude > UInt64(Self.offMsMax) ? error : 0
    }
}

/// The time that a majority of a cluster's clocks agrees on. The coordinator's is one of them, and
/// no more than that: a coordinator whose clock is wrong must not stop healthy nodes.
package enum ClusterTime {
    /// `aheadMs`: What each clock is ahead of one and the same other one.
    ///
    /// Answers what the agreed time is ahead of that; `nil` when fewer than two clocks, or not more
    /// than half of them, lie within ``ClockReckoning/offMsMax`` of the middle one.
    package static func agreed(aheadMs: [Int64]) -> Int64? {
        let sorted = aheadMs.sorted()
        guard sorted.count >= 2 else { return nil }
        let middle = sorted[(sorted.count - 1) / 2]
        let near = sorted.count {
            $0.decreased(by: middle).magnitude <= UInt64(ClockReckoning.offMsMax)
        }
        return near * 2 > sorted.count ? middle : nil
    }
}
