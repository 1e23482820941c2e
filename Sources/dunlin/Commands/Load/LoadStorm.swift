import ArgumentParser
import DunlinConnect
import DunlinCore
import DunlinPorts
import DunlinWeb
import DunlinWorld
import Foundation

struct LoadStorm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "W4: N retries fall due at one instant, against a gateway that takes few.",
        discussion: """
            The nodes must run with a manual clock (`--clock manual --start \
            2026-01-31T00:01:00Z` for a storm at 00:01 on the 1st), the policy `ladder`, and a \
            simulated gateway with `requests_per_second` set to the limit and `arrivals` to one \
            file for all nodes of this machine, which is empty before the run. \
            Says whether the limit was kept, whether every retry was made once, how long it took \
            beside what the limit allows, and how long other commands waited meanwhile. Ends with \
            a failure when a retry was lost or made twice, or the limit was passed.
            """)

    @Option(help: "How many accounts.")
    var accounts = 100_000

    @Option(help: "The gateway's limit, requests in a second, as the nodes are configured.")
    var limit = 500

    @Option(help: ArgumentHelp("A node to talk to.", valueName: "host:port"))
    var connect: Endpoint

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    @Option(help: ArgumentHelp("The file of the nodes' `arrivals`.", valueName: "file"))
    var arrivals: String

    @Option(help: "Whose accounts they are.")
    var tenant = "main"

    @OptionGroup var output: OutputOptions

    /// Real time between two probes, in ms.
    private static let probeEveryMs = 50

    func validate() throws {
        guard self.accounts > 0, self.accounts <= 10_000_000 else {
            throw ValidationError("--accounts must be 1 to 10000000")
        }
        guard self.limit > 0, self.limit <= 10_000 else {
            throw ValidationError("--limit must be 1 to 10000")
        }
    }

    func run() async throws {
        let path = self.arrivals
        let figures = try await NodeConnection.open(self.connect, self.security) { node in
            let workload = StormWorkload(
                accounts: self.accounts, start: try await node.clock().now, tenant: self.tenant)
            Console.note("opening \(workload.accounts) cases…")
            try await EventSender(to: node, eventsPerCall: 1000, callsMax: 16).send(
                count: workload.accounts, key: { workload.key(.storm, $0) }
            ) { workload.failure($0) }
            Console.note("the storm: all of them are due…")
            let started = ContinuousClock.now
            let waits = try await Self.probing(node, workload) {
                _ = try await node.advanceClock(to: workload.due)
            }
            let wall = ContinuousClock.now - started
            let attempts = try await workload.attempts(of: .storm, workload.accounts, node)
            // One that was sent before the clock moved is part of the storm.
            let probed = try await workload.attempts(of: .probe, waits.count, node)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let arrivals = SimulatedArrivals.arrivals(in: [UInt8](bytes))
            return StormFigures(
                workload: workload, limit: self.limit, attempts: attempts,
                probed: probed.reduce(0, +),
                rates: ArrivalRates(arrivals.map(\.atMs)), keys: Set(arrivals.map(\.key)).count,
                wallS: Double(wall.components.seconds)
                    + Double(wall.components.attoseconds) / 1e18, waitsMs: waits)
        }
        if self.output.json {
            Console.write(figures.json.compactText)
        } else {
            Console.write(figures.lines)
        }
        guard figures.isGood else { throw ExitCode(1) }
    }

    /// Sends other customers' events while `body` runs, and answers how long each took, in ms.
    private static func probing(
        _ node: any NodeService, _ workload: StormWorkload,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double]?.self) { group in
            group.addTask {
                try await body()
                return nil
            }
            group.addTask {
                var waits: [Double] = []
                while !Task.isCancelled {
                    let sent = ContinuousClock.now
                    do {
                        _ = try await node.intake([workload.probe(waits.count)])
                        waits.append((ContinuousClock.now - sent) / .milliseconds(1))
                        try await Task.sleep(for: .milliseconds(Self.probeEveryMs))
                    } catch {
                        guard Task.isCancelled else { throw error }
                    }
                }
                return waits
            }
            var waits: [Double] = []
            for try await part in group {
                if let part { waits += part } else { group.cancelAll() }
            }
            return waits.sorted()
        }
    }
}

/// What a storm came to.
struct StormFigures: Sendable {
    /// More than the limit in a second by so much is a burst that gateways bear, in percent.
    static let burstPercent = 5

    let workload: StormWorkload
    let limit: Int
    /// Attempts of each account.
    let attempts: [Int]
    /// Attempts of the other customers.
    let probed: Int
    let rates: ArrivalRates
    /// Different idempotency keys that arrived.
    let keys: Int
    let wallS: Double
    /// Ascending, in ms.
    let waitsMs: [Double]

    private var lost: Int { self.attempts.count { $0 == 0 } }
    /// Charges beyond the first: two of one key are one charge, sent again.
    private var doubled: Int {
        self.attempts.reduce(0) { $0 + max(0, $1 - 1) }
            + max(0, self.keys - self.attempts.reduce(0, +) - self.probed)
    }
    private var repeated: Int { self.rates.count - self.keys }
    private var worstSecond: Int { self.rates.most(withinMs: 1000) }
    private var worstTenSeconds: Int { self.rates.most(withinMs: 10_000) }
    private var theoreticalS: Double { Double(self.workload.accounts) / Double(self.limit) }

    private func wait(_ share: Double) -> Double {
        guard !self.waitsMs.isEmpty else { return 0 }
        return self.waitsMs[min(self.waitsMs.count - 1, Int(Double(self.waitsMs.count) * share))]
    }

    var isGood: Bool {
        self.lost == 0 && self.doubled == 0
            && self.worstSecond * 100 <= self.limit * (100 + Self.burstPercent)
            && self.worstTenSeconds <= self.limit * 10
    }

    var json: JSONValue {
        [
            "accounts": .integer(Int64(self.workload.accounts)),
            "limit_per_s": .integer(Int64(self.limit)),
            "arrivals": .integer(Int64(self.rates.count)), "lost": .integer(Int64(self.lost)),
            "doubled": .integer(Int64(self.doubled)), "resent": .integer(Int64(self.repeated)),
            "worst_second": .integer(Int64(self.worstSecond)),
            "worst_ten_seconds": .integer(Int64(self.worstTenSeconds)),
            "drain_s": .number("\(Double(self.rates.spanMs) / 1000)"),
            "theoretical_s": .number("\(self.theoreticalS)"), "wall_s": .number("\(self.wallS)"),
            "probes": .integer(Int64(self.waitsMs.count)),
            "probe_p50_ms": .number("\(self.wait(0.5))"),
            "probe_p99_ms": .number("\(self.wait(0.99))"),
        ]
    }

    var lines: [String] {
        [
            "\(self.rates.count) requests arrived, \(self.lost) lost, \(self.doubled) made twice, "
                + "\(self.repeated) sent again under their key",
            "at most \(self.worstSecond) in a second and \(self.worstTenSeconds) in ten, limit "
                + "\(self.limit) a second",
            "drained in \(Double(self.rates.spanMs) / 1000) s; the limit allows "
                + "\(self.theoreticalS) s",
            "\(self.waitsMs.count) other commands meanwhile: p50 \(self.wait(0.5)) ms, p99 "
                + "\(self.wait(0.99)) ms",
        ]
    }
}
