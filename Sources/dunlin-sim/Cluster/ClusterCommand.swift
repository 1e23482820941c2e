import ArgumentParser
import DunlinCore
import Logging

/// `dunlin-sim cluster`.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Runs clusters of three nodes: kills, pauses, partitions, full and lost disks.",
        discussion: """
            Every seed is a world of its own; each is run twice, and the traces must be equal. With \
            --mutations one rule of the protocol after the other is left out, to see that it is \
            noticed.
            """)

    @OptionGroup var worlds: SeedOptions

    @Flag(help: "Leaves out one rule after the other, each until it is noticed or seeds run out.")
    var mutations = false

    @Flag(help: "Shows what happens, and what the nodes log.")
    var log = false

    func run() throws {
        if !self.log { LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() } }
        if self.mutations { return try self.runMutations() }
        if let seed = self.worlds.seed {
            if self.log { _ = SimCluster(seed: seed, tells: true).run() }
            print(try Self.twice(seed).line)
            return
        }
        let (count, total) = try self.worlds.run(Self.twice)
        print(
            "\(count) clusters from seed \(self.worlds.first), each twice with equal traces: "
                + total.summary)
    }

    private static func twice(_ seed: UInt64) throws -> SimReport {
        let one = SimCluster(seed: seed).run()
        var problems = one.problems
        if problems.isEmpty {
            let two = SimCluster(seed: seed).run()
            if one.trace != two.trace || one.digest != two.digest {
                problems.append("two runs of one seed differ: the simulation is not deterministic")
            }
        }
        guard problems.isEmpty else {
            for problem in problems { print("seed=\(seed) \(problem)") }
            throw ExitCode(1)
        }
        return one
    }

    /// Leaves out one rule after the other, and runs worlds until something happens that must not:
    /// that a world never settles does not count.
    private func runMutations() throws {
        let count = self.worlds.seeds ?? Self.mutationSeeds
        let end = ContinuousClock.now + .seconds(self.worlds.seconds ?? 3600)
        var noticed = 0
        for mutation in Mutation.allCases {
            var problem: String?
            var seed = self.worlds.first
            while problem == nil, seed - self.worlds.first < count, ContinuousClock.now < end {
                problem = SimCluster(seed: seed, mutation: mutation).run().problems.first
                seed += 1
            }
            // The world that notices must be a good one with the rule.
            let isRule = problem == nil || SimCluster(seed: seed - 1).run().problems.isEmpty
            if problem != nil, isRule { noticed += 1 }
            let told = problem.map {
                "seed \(seed - 1): \($0)" + (isRule ? "" : "; and so it is with the rule")
            }
            print(
                "without \(mutation.rawValue): "
                    + (told ?? "NOT noticed in \(seed - self.worlds.first) seeds"))
        }
        print("mutation score: \(noticed) of \(Mutation.allCases.count)")
        if noticed < Mutation.allCases.count { throw ExitCode(1) }
    }

    private static let mutationSeeds: UInt64 = 2000
}
