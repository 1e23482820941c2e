/// At most so many messages within a rolling window. Pure, over instants: it does not matter
/// whether they were of one account or of several that one person holds.
package struct FrequencyCap: Hashable, Sendable {
    /// Greater than 0.
    package var touchesMax: UInt32
    /// Milliseconds, at most ``withinMsMax``.
    package var withinMs: Int64

    /// Touches are remembered no longer.
    package static let withinMsMax = 31 * Milliseconds.day

    package init(touchesMax: UInt32, withinMs: Int64) {
        self.touchesMax = touchesMax
        self.withinMs = withinMs
    }

    /// The first instant at or after `instant` at which one more message stays within the cap.
    ///
    /// `touches`: When messages left, in any order; later ones than `instant` count, too.
    package func first(from instant: Timestamp, touches: [Timestamp]) -> Timestamp {
        var candidate = instant
        // Each step frees one place of the window.
        for _ in 0...touches.count {
            let inWindow = touches.filter { $0.advanced(byMs: self.withinMs) > candidate }
            guard inWindow.count >= Int(self.touchesMax), let oldest = inWindow.min() else {
                return candidate
            }
            candidate = oldest.advanced(byMs: self.withinMs)
        }
        return candidate
    }

    /// As ``first(from:touches:)`` for all of `caps`.
    package static func first(
        from instant: Timestamp, touches: [Timestamp], caps: [FrequencyCap]
    ) -> Timestamp {
        var candidate = instant
        while true {
            let before = candidate
            for cap in caps { candidate = cap.first(from: candidate, touches: touches) }
            if candidate == before { return candidate }
        }
    }

    /// How many of `touches` lie in the window that ends at `instant`.
    package func used(at instant: Timestamp, touches: [Timestamp]) -> UInt32 {
        UInt32(clamping: touches.count { $0.advanced(byMs: self.withinMs) > instant })
    }
}
