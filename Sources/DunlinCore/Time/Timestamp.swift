/// An instant of domain time: whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The core never asks what time it is; it is told.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch. Zero stands for "never" only where a field says so.
    package var ms: Int64

    package init(ms: Int64) {
        self.ms = ms
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.ms < right.ms }

    /// The instant `ms` milliseconds later, or earlier when negative. Saturates.
    package func advanced(byMs ms: Int64) -> Timestamp {
        let (sum, overflow) = self.ms.addingReportingOverflow(ms)
        return Timestamp(ms: overflow ? (ms < 0 ? .min : .max) : sum)
    }
}

/// Lengths of time in milliseconds, for offsets that are stored as plain integers.
package enum Milliseconds {
    package static let second: Int64 = 1000
    package static let minute: Int64 = 60 * Milliseconds.second
    package static let hour: Int64 = 60 * Milliseconds.minute
    package static let day: Int64 = 24 * Milliseconds.hour
}
