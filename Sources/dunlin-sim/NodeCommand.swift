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

    @OptionGroup var worlds: SeedOptions

    func run() throws {
        if let seed = self.worlds.seed {
            let report = try Self.twice(seed)
            print(report.line)
            return
        }
        let (count, total) = try self.worlds.run(Self.twice)
        print(
            "\(count) seeds from \(self.worlds.first), each twice with equal traces: "
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
