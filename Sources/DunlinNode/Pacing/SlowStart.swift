/// How many timers a shard may fire after another node led it, so that what fell due meanwhile does
/// not reach gateways, mail servers and the journal in one moment.
///
/// In each second of real time twice as many as in the one before; after ``lengthMs`` there is no
/// bound.
struct SlowStart: Sendable {
    private let startedMs: Int64
    private var fired: Int64 = 0

    /// Of the first second.
    static let firstCount: Int64 = 64
    static let lengthMs: Int64 = 10_000

    init(startedMs: Int64) {
        self.startedMs = startedMs
    }

    /// How many more may fire now; `nil` when there is no bound any more.
    func room(nowMs: Int64) -> Int? {
        let elapsed = max(0, nowMs - self.startedMs)
        guard elapsed < Self.lengthMs else { return nil }
        let allowed = Self.firstCount * ((2 << (elapsed / 1000)) - 1)
        return Int(max(0, allowed - self.fired))
    }

    /// When there is room again, in real ms.
    func nextMs(nowMs: Int64) -> Int64 {
        let seconds = max(0, nowMs - self.startedMs) / 1000
        return self.startedMs + (seconds + 1) * 1000
    }

    mutating func note(_ count: Int) { self.fired += Int64(count) }
}
