import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWorld
import Foundation
import Synchronization

/// What a transition costs as more accounts are known, while as many payments fail every day.
struct GrowthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Cost of a transition by how many accounts are known, at equal failures a day.",
        discussion: """
            Each account is told of with its card; those beyond the limit of residents rest on disk. \
            Then failures spread over all of them come every day, with four retries each.
            """)

    @Option(name: .long, parsing: .upToNextOption, help: "How many accounts are known.")
    var accounts = [100_000, 1_000_000, 10_000_000]

    @Option(name: .long, help: "Payments that fail in a day.")
    var failures = 10_000

    @Option(name: .long, help: "Days with failures; seven more follow.")
    var days = 10

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    func validate() throws {
        guard self.failures > 0, self.days > 0, !self.accounts.isEmpty else {
            throw ValidationError("--accounts, --failures and --days must be greater than 0")
        }
        guard self.accounts.allSatisfy({ $0 >= self.failures * self.days }) else {
            throw ValidationError("each account fails once: --accounts must be enough for all days")
        }
    }

    private struct Row: Sendable {
        var accounts: Int
        var knownPerSecond: Double
        var transitions: UInt64
        var micros: Double
        var perSecond: Double
        var residentBytes: Int
    }

    func run() async throws {
        var first: Row?
        if !self.json {
            print("accounts known/s transitions   µs CPU  ratio transitions/s  resident MiB")
        }
        for count in self.accounts {
            let row = try await self.measure(count)
            self.show(row, ratio: row.micros / (first ?? row).micros)
            first = first ?? row
        }
    }

    private func measure(_ count: Int) async throws -> Row {
        let bench = try await BenchNode.start(in: self.directory, policy: "ladder", seed: 1)
        let (failures, days) = (self.failures, self.days)
        return try await bench.run { bench in
            let clock = ContinuousClock()
            let told = clock.now
            var next = 0
            while next < count {
                let last = min(count, next + LadderWorkload.chunkCount)
                try await bench.take((next..<last).map { Self.known($0) })
                next = last
            }
            let knownPerSecond = Double(count) / ((clock.now - told) / .seconds(1))
            let before = bench.node.counters.transitions.load(ordering: .relaxed)
            let start = (clock.now, processCPUSeconds())
            let stride = count / (failures * days)
            for day in 0..<days {
                let at = LadderWorkload.start.advanced(byMs: Int64(day) * Milliseconds.day)
                _ = try await bench.node.advanceClock(to: at)
                try await bench.take(
                    (0..<failures).map { Self.failure(($0 * days + day) * stride, at: at) })
            }
            let end = LadderWorkload.end.advanced(byMs: Int64(days) * Milliseconds.day)
            _ = try await bench.node.advanceClock(to: end)
            let wall = (clock.now - start.0) / .seconds(1)
            let cpu = processCPUSeconds() - start.1
            let transitions = bench.node.counters.transitions.load(ordering: .relaxed) - before
            return Row(
                accounts: count, knownPerSecond: knownPerSecond, transitions: transitions,
                micros: cpu * 1e6 / Double(transitions), perSecond: Double(transitions) / wall,
                residentBytes: MemoryCommand.residentBytes())
        }
    }

    private func show(_ row: Row, ratio: Double) {
        let micros = (row.micros * 100).rounded() / 100
        let ratio = (ratio * 100).rounded() / 100
        guard self.json else {
            let cells = [
                "\(row.accounts)", "\(Int(row.knownPerSecond))", "\(row.transitions)",
                "\(micros)", "\(ratio)", "\(Int(row.perSecond))", "\(row.residentBytes >> 20)",
            ]
            let widths = [8, 7, 11, 8, 6, 13, 13]
            return print(
                zip(cells, widths).map { cell, width in
                    String(repeating: " ", count: max(0, width - cell.count)) + cell
                }.joined(separator: " "))
        }
        print(
            """
            {"accounts":\(row.accounts),"known_per_s":\(Int(row.knownPerSecond)),\
            "transitions":\(row.transitions),"cpu_us":\(micros),"ratio":\(ratio),\
            "transitions_per_s":\(Int(row.perSecond)),"resident_mb":\(row.residentBytes >> 20)}
            """)
    }

    private static func key(_ index: Int) -> EntityKey { EntityKey(key: "acct-" + String(index)) }

    private static func known(_ index: Int) -> IntakeEvent {
        IntakeEvent(
            key: Self.key(index),
            facts: IntakeFacts(
                eventID: "", occurredAt: LadderWorkload.start, fact: .paymentMethodUpdated,
                method: MethodChange(
                    method: PaymentMethod(
                        token: "pm-" + String(index), network: .visa, funding: .debit,
                        lastFour: "4242", expiryMonth: 24_383))))
    }

    private static func failure(_ index: Int, at instant: Timestamp) -> IntakeEvent {
        IntakeEvent(
            key: Self.key(index),
            facts: IntakeFacts(
                eventID: "", occurredAt: instant,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: "in-" + String(index),
                            amountMinor: LadderWorkload.amountMinor(index), currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds")))))
    }
}
