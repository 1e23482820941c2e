import DunlinConnect
import DunlinCore
import DunlinPorts
import DunlinWorld
import Synchronization

/// A gateway that keeps when it was asked: how late each attempt came after its instant had been
/// reached, in real time, and how many came in each hour of domain time.
final class MeteredGateway: ImmediateGateway {
    struct Meter: Sendable {
        var lateness = LatencyHistogram()
        var byHour: [Int]
    }

    let traits: GatewayTraits
    private let gateway: SimulatedGateway
    private let start: Timestamp
    /// Real nanoseconds at which the clock was moved last.
    private let reachedNs = Atomic<UInt64>(0)
    private let meter: Mutex<Meter>

    init(_ gateway: SimulatedGateway, start: Timestamp, hours: Int) {
        self.traits = gateway.traits
        self.gateway = gateway
        self.start = start
        self.meter = Mutex(Meter(byHour: Array(repeating: 0, count: hours + 1)))
    }

    /// The clock is about to be moved.
    func reach(atNs instant: UInt64) {
        self.reachedNs.store(instant, ordering: .relaxed)
    }

    var reading: Meter { self.meter.withLock { $0 } }

    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] { self.chargeNow(orders) }

    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] { self.lookUpNow(orders) }

    func chargeNow(_ orders: [ChargeOrder]) -> [AttemptOutcome] {
        let now = MonotonicClock.nowNs()
        let reached = self.reachedNs.load(ordering: .relaxed)
        self.meter.withLock { meter in
            meter.lateness.record(
                ns: now > reached ? now - reached : 0, times: UInt64(orders.count))
            for order in orders {
                let hour = Int((order.intendedAt.ms - self.start.ms) / Milliseconds.hour)
                meter.byHour[min(max(0, hour), meter.byHour.count - 1)] += 1
            }
        }
        return self.gateway.chargeNow(orders)
    }

    func lookUpNow(_ orders: [ChargeLookUp]) -> [AttemptOutcome] {
        self.gateway.lookUpNow(orders)
    }

    func newerCard(of account: EntityKey, method: PaymentMethod) async -> PaymentMethod? {
        await self.gateway.newerCard(of: account, method: method)
    }
}

/// Real time for measuring.
enum MonotonicClock {
    private static let start = ContinuousClock.now

    static func nowNs() -> UInt64 {
        // The start comes first, also where this is the call that sets it.
        let start = self.start
        let parts = (ContinuousClock.now - start).components
        return UInt64(parts.seconds) * 1_000_000_000 + UInt64(parts.attoseconds / 1_000_000_000)
    }

    /// Until the clock shows so much.
    static func wait(untilNs instant: UInt64) async throws {
        let now = self.nowNs()
        guard instant > now else { return }
        try await Task.sleep(for: .nanoseconds(instant - now))
    }
}
