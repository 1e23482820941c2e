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

    @Flag(help: "Leaves out one rule after the other, each until it is noticed or seeds run out.")
    var mutations = false

    @Flag(help: "Shows what happens, and what the nodes log.")
    var log = false

    func run() throws {
        if !self.log { LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() } }
        if self.mutations { return try self.runMutations() }
        if let seed = self.seed {
            if self.log { _ = SimCluster(seed: seed, tells: true).run() }
            print(try Self.twice(seed).line)
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
            "\(seed - self.first) clusters from seed \(self.first), each twice with equal traces: "
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
        let count = self.seeds ?? Self.mutationSeeds
        let end = ContinuousClock.now + .seconds(self.seconds ?? 3600)
        var noticed = 0
        for mutation in Mutation.allCases {
            var problem: String?
            var seed = self.first
            while problem == nil, seed - self.first < count, ContinuousClock.now < end {
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
                    + (told ?? "NOT noticed in \(seed - self.first) seeds"))
        }
        print("mutation score: \(noticed) of \(Mutation.allCases.count)")
        if noticed < Mutation.allCases.count { throw ExitCode(1) }
    }

    private static let mutationSeeds: UInt64 = 2000
}
