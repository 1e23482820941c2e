import Dispatch

/// Waiting in a command of a terminal: the one place of the program that does it by the clock.
enum Ticks {
    static func until(_ instant: ContinuousClock.Instant) async throws {
        let left = ContinuousClock.now.duration(to: instant)
        let ms = max(
            0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(ms))) {
                continuation.resume()
            }
        }
        try Task.checkCancellation()
    }
}
