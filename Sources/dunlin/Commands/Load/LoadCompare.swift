import ArgumentParser
import DunlinCore
import DunlinPolicy
import DunlinWeb
import DunlinWorld
import Foundation

struct LoadCompare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Plays two policies in the same payment worlds and compares what they recover.",
        discussion: """
            Both policies meet the same customers, failures and moments: differences are taken \
            world by world, and come with 95% confidence intervals. Only the pure core runs, which \
            decides as a cluster does (`dunlin load world --verify` shows it).
            """)

    @Argument(help: "The policy to compare with.")
    var first: String

    @Argument(help: "The policy that may be better.")
    var second: String

    @Option(help: "How many subscriptions each world has.")
    var subscriptions = 20_000

    @Option(help: "How many days.")
    var days = 90

    @Option(help: "How many worlds.")
    var worlds = 10

    @Option(help: "The first world's seed; the others follow it.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp("The world; without it the one that comes along.", valueName: "file"))
    var world: String?

    @Option(
        help: ArgumentHelp("Attempts an hour that the plot shows as the limit.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Writes a page with plots.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Writes each world's figures.", valueName: "file"))
    var csv: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...WorldWorkload.subscriptionsMax).contains(self.subscriptions) else {
            throw ValidationError("--subscriptions must be 1 to \(WorldWorkload.subscriptionsMax)")
        }
        guard (31...WorldWorkload.daysMax).contains(self.days) else {
            throw ValidationError(
                "--days must be 31 to \(WorldWorkload.daysMax): a case counts after 30 days")
        }
        guard (2...1000).contains(self.worlds) else {
            throw ValidationError("--worlds must be 2 to 1000")
        }
    }

    func run() async throws {
        let parameters = try WorldReading.parameters(self.world)
        let contexts = try [self.first, self.second].map {
            try WorldReading.context(WorldReading.policy($0), tenant: EntityKey.mainTenant)
        }
        let progress = WorldProgress(steps: self.worlds)
        let played = try await self.play(parameters, contexts, progress)
        progress.end()
        let report = CompareReport(
            names: [self.first, self.second], played: played, limit: self.limit,
            subscriptions: self.subscriptions, days: self.days)
        if let html = self.html {
            try report.page.write(toFile: html, atomically: true, encoding: .utf8)
        }
        if let csv = self.csv {
            try report.csv.write(toFile: csv, atomically: true, encoding: .utf8)
        }
        if self.output.json { return Console.write(report.json.compactText) }
        Console.write(report.lines)
    }

    /// As many worlds at a time as there are processors.
    private func play(
        _ parameters: WorldParameters, _ contexts: [DecisionContext], _ progress: WorldProgress
    ) async throws -> [PlayedWorld] {
        let width = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return try await withThrowingTaskGroup(of: PlayedWorld.self) { group in
            var played: [PlayedWorld] = []
            for number in 0..<self.worlds {
                if number >= width, let done = try await group.next() {
                    played.append(done)
                    progress.show(played.count)
                }
                let workload = WorldWorkload(
                    world: PaymentWorld(parameters, seed: self.seed &+ UInt64(number)),
                    subscriptions: self.subscriptions, days: self.days)
                group.addTask {
                    PlayedWorld(
                        seed: workload.world.seed,
                        outcomes: contexts.map { WorldReference(workload, context: $0).run() })
                }
            }
            for try await done in group { played.append(done) }
            return played.sorted { $0.seed < $1.seed }
        }
    }
}

/// One world under both policies.
struct PlayedWorld: Sendable {
    var seed: UInt64
    /// The first policy's, the second's.
    var outcomes: [WorldReference.Outcome]
}

/// A comparison as text, JSON, comma-separated values and a page with plots.
struct CompareReport {
    private let names: [String]
    private let played: [PlayedWorld]
    private let limit: Int?
    private let subscriptions: Int
    private let days: Int
    private let estimates: [PairedComparison.Estimate]

    init(names: [String], played: [PlayedWorld], limit: Int?, subscriptions: Int, days: Int) {
        self.names = names
        self.played = played
        self.limit = limit
        self.subscriptions = subscriptions
        self.days = days
        self.estimates =
            PairedComparison(
                played.map { world in
                    PairedComparison.World(
                        seed: world.seed, first: world.outcomes[0].tally,
                        second: world.outcomes[1].tally)
                }
            ).estimates
    }

    private func round(_ value: Double) -> String { "\((value * 10000).rounded() / 10000)" }

    var json: JSONValue {
        [
            "policies": .array(self.names.map { .string($0) }),
            "worlds": .integer(self.played.count),
            "subscriptions": .integer(self.subscriptions), "days": .integer(self.days),
            "confidence": .number("0.95"),
            "figures": .object(
                self.estimates.map { estimate in
                    JSONValue.Member(
                        name: estimate.name,
                        value: [
                            "first": WorldFigures.decimal(estimate.first),
                            "second": WorldFigures.decimal(estimate.second),
                            "difference": WorldFigures.decimal(estimate.difference),
                            "low": WorldFigures.decimal(estimate.difference - estimate.within),
                            "high": WorldFigures.decimal(estimate.difference + estimate.within),
                        ])
                }),
        ]
    }

    var lines: [String] {
        let rows = self.estimates.map { estimate in
            [
                estimate.name, self.round(estimate.first), self.round(estimate.second),
                "\(self.round(estimate.difference)) ± \(self.round(estimate.within))",
                estimate.isClear ? "" : "may be chance",
            ]
        }
        let head = ["", "first", "second", "difference", ""]
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([head] + rows).map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ")
        } + [
            "\(self.played.count) worlds of \(self.subscriptions) subscriptions, "
                + "\(self.days) days, 95% confidence"
        ]
    }

    var csv: String {
        let names = PairedComparison.figures.map(\.name)
        var lines = ["seed,policy," + names.joined(separator: ",")]
        for world in self.played {
            for (outcome, place) in zip(world.outcomes, ["first", "second"]) {
                let values = PairedComparison.figures.map { "\($0.of(outcome.tally))" }
                lines.append("\(world.seed),\(place)," + values.joined(separator: ","))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var page: String {
        HTMLPage(
            title: "\(self.names[0]) and \(self.names[1])", paragraphs: [],
            plots: self.plots,
            tables: [self.lines.joined(separator: "\n"), self.json.prettyText]
        ).text
    }

    private var plots: [String] {
        let sums = [0, 1].map { place in
            self.played.dropFirst().reduce(into: self.played[0].outcomes[place].tally) {
                $0.add($1.outcomes[place].tally)
            }
        }
        func series(_ values: (Int) -> [Double]) -> [Plot.Series] {
            [0, 1].map { Plot.Series(name: self.names[$0], values: values($0)) }
        }
        let curves = series { place in
            var recovered = 0.0
            return sums[place].byDay.map { count in
                recovered += Double(count)
                return recovered / Double(max(1, sums[place].matured)) * 100
            }
        }
        let hours = series { place in
            let first = self.played[0].outcomes[place].attemptsByHour
            return first.indices.map { hour in
                let all = self.played.reduce(0) { $0 + $1.outcomes[place].attemptsByHour[hour] }
                return Double(all) / Double(self.played.count)
            }
        }
        return [
            Plot(
                title: "Recovered by day after the failure", unit: "% of matured cases",
                across: "days", series: curves
            ).svg,
            Plot(
                title: "Attempts for each case", unit: "cases", across: "attempts",
                series: series { sums[$0].byAttempts.map(Double.init) }, isBars: true
            ).svg,
            Plot(
                title: "Load over time, a world", unit: "attempts an hour", across: "hours",
                series: hours, limit: self.limit.map(Double.init)
            ).svg,
        ]
    }
}
