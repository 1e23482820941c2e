import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinStore
import DunlinWorld
import Foundation
import Synchronization

/// W1 in this process beside SQLite alone with the same bytes, in turns: these machines are noisy,
/// the ratio less so.
struct LadderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ladder",
        abstract: "W1 in this process, beside a raw SQLite append of the same bytes.")

    @Option(name: .long, help: "How many accounts.")
    var accounts = 300_000

    @Option(name: .long, help: "How often both are measured, in turns.")
    var rounds = 3

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    func validate() throws {
        guard self.accounts > 0, self.rounds > 0 else {
            throw ValidationError("--accounts and --rounds must be greater than 0")
        }
    }

    struct Engine: Sendable {
        var transitions: UInt64
        var journalBytes: UInt64
        var wall: Double
        var cpu: Double
        var digest: UInt64

        var perSecond: Double { Double(self.transitions) / self.wall }
        var micros: Double { self.cpu * 1e6 / Double(self.transitions) }
    }

    func run() async throws {
        for round in 1...self.rounds {
            let engine = try await self.engine()
            let raw = try RawAppendBenchmark(
                setting: .init(
                    transitions: Int(engine.transitions),
                    bytesPerTransition: Int(engine.journalBytes / engine.transitions),
                    directory: self.directory)
            ).run()
            self.show(round, engine, raw)
        }
    }

    private func engine() async throws -> Engine {
        let workload = LadderWorkload(accounts: self.accounts, seed: 1)
        let bench = try await BenchNode.start(in: self.directory, policy: "ladder", seed: 1)
        return try await bench.run { bench in
            let clock = ContinuousClock()
            let start = (clock.now, processCPUSeconds())
            try await workload.open(bench.node)
            _ = try await bench.node.advanceClock(to: LadderWorkload.end)
            let wall = (clock.now - start.0) / .seconds(1)
            let cpu = processCPUSeconds() - start.1
            return Engine(
                transitions: bench.node.counters.transitions.load(ordering: .relaxed),
                journalBytes: bench.directory.journal.figures.bytes, wall: wall, cpu: cpu,
                digest: try await workload.result(bench.node).digest)
        }
    }

    private func show(_ round: Int, _ engine: Engine, _ raw: RawAppendBenchmark.Figures) {
        let ratio = engine.perSecond / raw.transitionsPerSecond
        guard self.json else {
            print(
                "\(round): \(Int(engine.perSecond)) durable transitions/s, "
                    + "\(Self.round(engine.micros)) µs of CPU each; raw append of the same "
                    + "\(engine.journalBytes >> 20) MiB: \(Int(raw.transitionsPerSecond))/s, "
                    + "\(Self.round(raw.cpuMicrosPerTransition)) µs; ratio \(Self.round(ratio)); "
                    + "digest \(hexadecimal(engine.digest))")
            return
        }
        print(
            """
            {"round":\(round),"accounts":\(self.accounts),"transitions":\(engine.transitions),\
            "transitions_per_s":\(Int(engine.perSecond)),"cpu_us":\(Self.round(engine.micros)),\
            "journal_bytes":\(engine.journalBytes),"raw_per_s":\(Int(raw.transitionsPerSecond)),\
            "raw_cpu_us":\(Self.round(raw.cpuMicrosPerTransition)),"ratio":\(Self.round(ratio)),\
            "digest":"\(hexadecimal(engine.digest))"}
            """)
    }

    private static func round(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
