import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb
import DunlinWorld

struct LoadShaping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shaping",
        abstract: "Shows how the published forecast flattens the retries of many accounts.",
        discussion: """
            Half of the accounts fail at one instant, the others in four waves, ten minutes apart. \
            The nodes must be new and run with a manual clock, a policy with one rung and a jitter \
            (`retries: {ladder: [1d], jitter: 1h}`), and a simulated gateway. With the gateway's \
            `requests_per_second` set the nodes publish the forecast, and the jitter is spent where \
            least falls due; without it, anywhere. Run it on both and compare the peaks. Ends with \
            a failure when an account is not retried exactly once.
            """)

    @Option(help: "How many accounts.")
    var accounts = 8000

    @Option(help: ArgumentHelp("A node to talk to.", valueName: "host:port"))
    var connect: Endpoint

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    @Option(help: "Whose accounts they are.")
    var tenant = "main"

    @Option(help: "Real time between two waves: the forecast is published every 10 s.")
    var pause = Span(ms: 11 * Milliseconds.second)

    @OptionGroup var output: OutputOptions

    private static let sliceMs = 5 * Milliseconds.minute

    func validate() throws {
        guard (10...1_000_000).contains(self.accounts) else {
            throw ValidationError("--accounts must be 10 to 1000000")
        }
    }

    func run() async throws {
        let figures = try await NodeConnection.open(self.connect, self.security) { node in
            let workload = ShapingWorkload(
                accounts: self.accounts, start: try await node.clock().now, tenant: self.tenant)
            for (part, range) in workload.parts.enumerated() {
                if part > 0 {
                    try await Task.sleep(for: .milliseconds(self.pause.ms))
                    _ = try await node.advanceClock(to: workload.instant(ofPart: part))
                }
                Console.note("\(range.count) accounts fail at \(workload.instant(ofPart: part))…")
                try await EventSender(to: node, eventsPerCall: 500, callsMax: 8).send(
                    count: range.count, key: { workload.key(range.lowerBound + $0) }
                ) { workload.failure(range.lowerBound + $0, part: part) }
            }
            let planned = try await node.timers(sliceMs: Self.sliceMs)
            if let end = planned.slices.last?.until {
                _ = try await node.advanceClock(to: end)
            }
            return ShapingFigures(
                planned: planned, accounts: self.accounts,
                missed: try await workload.missed(node))
        }
        if self.output.json {
            Console.write(figures.json.compactText)
        } else {
            Console.write(figures.lines)
        }
        guard figures.isGood else { throw ExitCode(1) }
    }
}

/// How evenly retries were planned.
struct ShapingFigures: Sendable {
    let planned: TimersView
    let accounts: Int
    /// Not retried exactly once.
    let missed: Int

    private var peak: UInt64 { self.planned.slices.map(\.count).max() ?? 0 }
    private var mean: UInt64 {
        self.planned.slices.map(\.count).reduce(0, +) / UInt64(max(1, self.planned.slices.count))
    }

    var isGood: Bool { self.missed == 0 && self.planned.count == UInt64(self.accounts) }

    var json: JSONValue {
        [
            "accounts": .integer(Int64(self.accounts)), "missed": .integer(Int64(self.missed)),
            "peak": .integer(Int64(clamping: self.peak)),
            "mean": .integer(Int64(clamping: self.mean)),
            "slices": .array(
                self.planned.slices.map {
                    ["from": .string("\($0.from)"), "count": .integer(Int64(clamping: $0.count))]
                }),
        ]
    }

    var lines: [String] {
        var lines = self.planned.slices.map { slice in
            let bar = Int(slice.count * 40 / max(1, self.peak))
            return "\(slice.from)  \(slice.count)  " + String(repeating: "▇", count: max(1, bar))
        }
        lines.append(
            "at most \(self.peak) retries in five minutes, \(self.mean) on average; "
                + "\(self.missed) of \(self.accounts) not retried exactly once")
        return lines
    }
}
