/// A node's own part of a merchant account's limit: says when the next request may begin.
///
/// In no second do more begin than the part that is in force at its end allows. The part ends with
/// the lease that it came with.
package struct RatePacer: Sendable {
    package enum Permit: Hashable, Sendable {
        case granted
        /// Ask again then.
        case notBefore(ms: Int64)
        /// There is no part in force; ask again after the next ``RatePacer/renew(perSecond:endsMs:)``.
        case none
    }

    private let startsMs: Int64
    private var perSecond: UInt32 = 0
    private var endsMs: Int64 = .min
    /// When the latest requests began, oldest first from ``first``.
    private var begun: [Int64] = []
    private var first = 0

    /// A larger part is used as if it were this: instants of so many requests are kept.
    package static let perSecondMax: UInt32 = 10_000

    /// `startedMs`: When the process began. For a window from then on nothing begins: a former
    /// process of the node may have used the same part a moment ago.
    package init(startedMs: Int64) {
        self.startsMs = startedMs + RateLedger.windowMs
    }

    /// The newest part replaces the one before, whether larger or smaller.
    ///
    /// `endsMs`: When the lease ends by the node's own clock.
    package mutating func renew(perSecond: UInt32, endsMs: Int64) {
        self.perSecond = min(perSecond, Self.perSecondMax)
        self.endsMs = endsMs
    }

    package mutating func take(nowMs: Int64) -> Permit {
        guard nowMs < self.endsMs, self.perSecond > 0 else { return .none }
        guard nowMs >= self.startsMs else { return .notBefore(ms: self.startsMs) }
        while self.first < self.begun.count,
            self.begun[self.first] <= nowMs - RateLedger.windowMs
        {
            self.first += 1
        }
        if self.first > 1024, self.first * 2 > self.begun.count {
            self.begun.removeFirst(self.first)
            self.first = 0
        }
        let count = self.begun.count - self.first
        guard count < Int(self.perSecond) else {
            // Once so many of the oldest are a second old that one more fits.
            let oldest = self.begun[self.first + count - Int(self.perSecond)]
            let next = oldest + RateLedger.windowMs
            return next < self.endsMs ? .notBefore(ms: next) : .none
        }
        self.begun.append(nowMs)
        return .granted
    }
}
