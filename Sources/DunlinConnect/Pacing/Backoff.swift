import DunlinCore

/// How long to wait between tries: exponential, with a spread that depends on the effect only, so
/// that the same failure does not bring everybody back at the same moment.
struct Backoff: Sendable {
    /// Before the second try, in milliseconds.
    var firstMs: Int64
    var factor: Int64
    /// The longest wait, in milliseconds.
    var longestMs: Int64
    /// Waits so many milliseconds; throws when the caller is to stop.
    var pause: @Sendable (Int64) async throws -> Void

    init(
        firstMs: Int64, factor: Int64 = 4, longestMs: Int64 = 60_000,
        pause: @escaping @Sendable (Int64) async throws -> Void = Backoff.realPause
    ) {
        self.firstMs = firstMs
        self.factor = factor
        self.longestMs = longestMs
        self.pause = pause
    }

    /// Real time: what other machines need to recover.
    static let realPause: @Sendable (Int64) async throws -> Void = { ms in
        try await Task.sleep(for: .milliseconds(ms), clock: .continuous)
    }

    /// Three quarters to five quarters of the exponential wait.
    ///
    /// `tries`: Tries that failed so far, from 1.
    /// `seed`: Equal for equal effects.
    func delayMs(afterTries tries: Int, seed: UInt64) -> Int64 {
        var base = self.firstMs
        for _ in 1..<max(tries, 1) { base = min(base * self.factor, self.longestMs) }
        base = min(base, self.longestMs)
        let spread = Int64(splitmix64(seed &+ UInt64(tries)) % UInt64(max(base / 2, 1)))
        return min(base - base / 4 + spread, self.longestMs)
    }

    /// A seed for ``delayMs(afterTries:seed:)``.
    static func seed(account: EntityKey, effect: RecordPosition) -> UInt64 {
        account.shardHash ^ splitmix64(effect.op ^ UInt64(effect.index) << 48)
    }
}
