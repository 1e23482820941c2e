import DunlinCluster
import DunlinPorts
import Synchronization

/// This node's part of what a merchant account's gateway takes in a second, and what waits for it.
///
/// Two gates, so that nothing is decided long before it can leave: ``mayFire()`` lets as many
/// attempts be decided as can be sent soon, and ``admit()`` lets each request begin when the limit
/// allows it. In no second do more begin than the part that is in force.
///
///     happening                      part
///     a node that is a whole cluster all of the limit, for ever
///     a heartbeat was answered       as dealt, until the lease ends
///     the lease ended                none: nothing begins
final class GatewayPace: Sendable {
    private struct State {
        var pacer: RatePacer
        var perSecond: UInt32 = 0
        var endsMs: Int64 = .min
        /// Attempts that may be decided now, in thousandths; grows with time.
        var allowance: Int64 = 0
        var allowedAtMs: Int64
        /// Requests that may begin at once, in thousandths; grows with time. It spreads them over a
        /// second, so that a slow moment does not push two bursts together.
        var burst: Int64 = 0
        var burstAtMs: Int64
        /// Charges that were handed to the runner and have not begun.
        var waiting = 0
        /// When an attempt was last held back.
        var heldBackAtMs: Int64 = .min
        var isClosed = false
        var begun: UInt64 = 0

        mutating func mayBurst(_ nowMs: Int64) -> Bool {
            let part = Int64(self.perSecond)
            let grown = self.burst + max(0, min(nowMs - self.burstAtMs, 1000)) * part
            self.burst = min(max(1000, part * GatewayPace.burstMs), grown)
            self.burstAtMs = nowMs
            return self.burst >= 1000
        }
    }

    /// What the gateway takes from the whole merchant account, requests in any second.
    let limitPerSecond: UInt32
    private let runtime: any NodeRuntime
    private let state: Mutex<State>

    /// Attempts are decided so long before they can begin, in ms: well below
    /// ``NodeLimits/sendWithinMs``, also when the part shrinks meanwhile.
    static let aheadMs: Int64 = 2000
    /// At most what belongs to so many ms begins at once.
    static let burstMs: Int64 = 40
    /// Between two looks whether the next request may begin, in ms.
    static let spreadMs: Int64 = 5
    /// Without a part in force the next look is after so many ms.
    static let retryMs: Int64 = 100
    /// Accounts that were held back are looked at again after so many ms.
    static let heldPollMs: Int64 = 20

    init(limitPerSecond: UInt32, runtime: any NodeRuntime) {
        self.limitPerSecond = limitPerSecond
        self.runtime = runtime
        let nowMs = runtime.monotonicMs()
        self.state = Mutex(
            State(
                pacer: RatePacer(startedMs: nowMs), allowedAtMs: nowMs, burstAtMs: nowMs))
    }

    /// The newest part replaces the one before.
    ///
    /// `endsMs`: When it ends, in monotonic ms.
    func renew(perSecond: UInt32, endsMs: Int64) {
        let part = min(perSecond, self.limitPerSecond)
        self.state.withLock { state in
            state.perSecond = part
            state.endsMs = endsMs
            state.pacer.renew(perSecond: part, endsMs: endsMs)
        }
    }

    /// Another attempt may be decided; gives it back with ``giveBack()`` when none was.
    func mayFire() -> Bool {
        let nowMs = self.runtime.monotonicMs()
        return self.state.withLock { state in
            let part = nowMs < state.endsMs ? Int64(state.perSecond) : 0
            let cap = part * Self.aheadMs
            let spent = max(0, nowMs - state.allowedAtMs)
            state.allowedAtMs = nowMs
            state.allowance = min(cap, state.allowance + min(spent, Self.aheadMs) * part)
            guard state.allowance >= 1000, Int64(state.waiting) * 1000 < cap else {
                state.heldBackAtMs = nowMs
                return false
            }
            state.allowance -= 1000
            return true
        }
    }

    func giveBack() { self.state.withLock { $0.allowance += 1000 } }

    /// A charge waits to begin.
    func enqueue() { self.state.withLock { $0.waiting += 1 } }

    func dequeue() { self.state.withLock { $0.waiting -= 1 } }

    /// Waits until a request may begin. False when the node stops: it may not begin here any more.
    func admit() async -> Bool {
        while true {
            let nowMs = self.runtime.monotonicMs()
            let permit: RatePacer.Permit? = self.state.withLock { state in
                guard !state.isClosed else { return nil }
                guard state.mayBurst(nowMs) else { return .notBefore(ms: nowMs + Self.spreadMs) }
                let permit = state.pacer.take(nowMs: nowMs)
                if permit == .granted {
                    state.burst -= 1000
                    state.begun += 1
                }
                return permit
            }
            switch permit {
            case .granted: return true
            case .notBefore(let ms): await self.pause(max(1, min(ms - nowMs, Self.retryMs)))
            case .some(.none): await self.pause(Self.retryMs)
            case nil: return false
            }
        }
    }

    /// Nothing begins any more.
    func close() { self.state.withLock { $0.isClosed = true } }

    /// What this node could use, requests in a second: all of the limit while more waits than its
    /// part takes in a second.
    var wantedPerSecond: UInt32 {
        let nowMs = self.runtime.monotonicMs()
        return self.state.withLock { state in
            let isHeldBack = state.heldBackAtMs > nowMs - RateLedger.windowMs
            guard !isHeldBack, state.waiting <= Int(state.perSecond) else {
                return self.limitPerSecond
            }
            return min(UInt32(clamping: state.waiting), self.limitPerSecond)
        }
    }

    /// For operators: the part in force, what waits, and requests begun since the start.
    var figures: (perSecond: UInt32, waiting: Int, begun: UInt64) {
        let nowMs = self.runtime.monotonicMs()
        return self.state.withLock {
            (nowMs < $0.endsMs ? $0.perSecond : 0, $0.waiting, $0.begun)
        }
    }

    private func pause(_ ms: Int64) async {
        await withCheckedContinuation { continuation in
            self.runtime.keeper.run(afterMs: ms) { continuation.resume() }
        }
    }
}
