import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWorld
import Foundation
import Synchronization

/// How late attempts reach the gateway on the wall's clock, when so many fall due every second.
struct TimersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timers",
        abstract: "How late attempts reach the gateway, on the wall's clock.",
        discussion: """
            Cases are opened whose first retries fall due evenly spread over the seconds; lateness \
            counts from that instant until the gateway is asked, with the intent on disk.
            """)

    @Option(name: .long, help: "Attempts that fall due in a second.")
    var rate = 2000

    @Option(name: .long, help: "For how many seconds.")
    var seconds = 30

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    func validate() throws {
        guard self.rate > 0, self.seconds > 0 else {
            throw ValidationError("--rate and --seconds must be greater than 0")
        }
    }

    func run() async throws {
        let count = self.rate * self.seconds
        // Opening takes its time: the first is due when it surely has ended.
        let leadMs = Int64(5000 + count / 10)
        let first = Self.now().advanced(byMs: leadMs)
        let plan = DuePlan(firstMs: first.ms, perSecond: self.rate)
        let gateway = WatchedGateway(plan: plan, count: count)
        var setup = BenchNode.Setup(policy: "ladder")
        setup.clock = WallClock()
        setup.gateway = gateway
        let bench = try await BenchNode.start(in: self.directory, setup)
        let lateness = try await bench.run { bench in
            var opened = 0
            while opened < count {
                let last = min(count, opened + 4096)
                try await bench.take((opened..<last).map { plan.failure($0) })
                opened = last
            }
            guard Self.now() < first else {
                throw ValidationError("opening took longer than \(leadMs) ms")
            }
            let ended = plan.dueMs(count - 1) + 30_000
            while gateway.reading.count < UInt64(count), Self.now().ms < ended {
                try await Task.sleep(for: .milliseconds(200), clock: .continuous)
            }
            return gateway.reading
        }
        guard lateness.count == UInt64(count) else {
            throw ValidationError("\(lateness.count) of \(count) attempts were made")
        }
        self.show(lateness)
    }

    private func show(_ lateness: LatencyHistogram) {
        let ms = [0.5, 0.99, 0.999].map { Double(lateness.quantileNs($0)) / 1e6 }
        let most = Double(lateness.maxNs) / 1e6
        guard self.json else {
            print(
                "\(lateness.count) attempts, \(self.rate) due in each second: "
                    + "\(ms[0]) ms late (median), \(ms[1]) ms (p99), \(ms[2]) ms (p99.9), "
                    + "\(most) ms at most")
            return
        }
        print(
            """
            {"attempts":\(lateness.count),"per_second":\(self.rate),"p50_ms":\(ms[0]),\
            "p99_ms":\(ms[1]),"p999_ms":\(ms[2]),"max_ms":\(most)}
            """)
    }

    private static func now() -> Timestamp { WallClock().now() }
}

/// When the attempt of each account is due.
private struct DuePlan: Sendable {
    let firstMs: Int64
    let perSecond: Int

    func dueMs(_ index: Int) -> Int64 { self.firstMs + Int64(index) * 1000 / Int64(self.perSecond) }

    /// The failure whose first retry, a day later, is due then.
    func failure(_ index: Int) -> IntakeEvent {
        IntakeEvent(
            key: EntityKey(key: "acct-" + String(index)),
            facts: IntakeFacts(
                eventID: "", occurredAt: Timestamp(ms: self.dueMs(index) - Milliseconds.day),
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: String(index), amountMinor: 1000, currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds")))))
    }
}

/// Approves everything and notes how late it was asked.
private final class WatchedGateway: ImmediateGateway {
    let traits = GatewayTraits(name: "watched", keyRetentionMs: 0, concurrencyMax: 64)
    private let plan: DuePlan
    private let lateness = Mutex(LatencyHistogram())

    init(plan: DuePlan, count: Int) {
        self.plan = plan
    }

    var reading: LatencyHistogram { self.lateness.withLock { $0 } }

    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] { self.chargeNow(orders) }

    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] { self.lookUpNow(orders) }

    func chargeNow(_ orders: [ChargeOrder]) -> [AttemptOutcome] {
        let now = WallClock().now().ms
        self.lateness.withLock { lateness in
            for order in orders {
                let due = self.plan.dueMs(Int(order.obligation) ?? 0)
                lateness.record(ns: UInt64(max(0, now - due)) * 1_000_000)
            }
        }
        return orders.map { _ in .approved(chargeID: "") }
    }

    func lookUpNow(_ orders: [ChargeLookUp]) -> [AttemptOutcome] {
        orders.map { _ in .unknown }
    }
}
