import ArgumentParser
import DunlinCore
import Foundation

/// `dunlin-sim node`, which is also what runs without a name.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Runs a whole node on a seeded scheduler, in virtual time, and kills it.",
        discussion: """
            Every seed is a world: accounts whose payments fail, a gateway that loses answers, \
            a process that dies at random moments. Each is run twice: the traces must be equal. \
            A failure prints the seed; `--seed N` runs it again, exactly.
            """)

    @Option(help: "Runs this one seed.")
    var seed: UInt64?

    @Option(help: "How many seeds to run, from the first on.")
    var seeds: UInt64?

    @Option(help: "Runs seeds for so many seconds of real time.")
    var seconds: UInt64?

    @Option(help: "Runs seeds for so many hours of real time.")
    var hours: UInt64?

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    func run() throws {
        if let seed = self.seed {
            let report = try Self.twice(seed)
            print(report.line)
            return
        }
        let limit = self.seconds ?? self.hours.map { $0 * 3600 } ?? (self.seeds == nil ? 30 : .max)
        let end = ContinuousClock.now + .seconds(min(limit, 1 << 40))
        var seed = self.first
        var total = SimReport(seed: self.first)
        while ContinuousClock.now < end, seed - self.first < self.seeds ?? .max {
            total.add(try Self.twice(seed))
            seed += 1
        }
        print(
            "\(seed - self.first) seeds from \(self.first), each twice with equal traces: "
                + total.summary)
    }

    /// Runs a world twice and compares.
    private static func twice(_ seed: UInt64) throws -> SimReport {
        let one = SimWorld(seed: seed).run()
        let two = SimWorld(seed: seed).run()
        var problems = one.problems
        if one.trace != two.trace || one.digest != two.digest {
            problems.append("two runs of one seed differ: the simulation is not deterministic")
        }
        guard problems.isEmpty else {
            for problem in problems { print("seed=\(seed) \(problem)") }
            throw ExitCode(1)
        }
        return one
    }
}
