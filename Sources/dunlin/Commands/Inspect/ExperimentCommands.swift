import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ExperimentCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Compares the arms of experiments, and the holdout with everybody else.")

    @Option(help: "Judges a unit so long after its case opened.")
    var window = Span(ms: 28 * Milliseconds.day)

    @Option(help: "What is counted: case for retries, account for messages.")
    var unit = ExperimentReport.Unit.case

    @Option(help: "Only this merchant's; all without it.")
    var tenant: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report = try await self.connection.withNode { try await self.report($0) }
        if self.output.json { return Console.write(report.json) }
        var arms = TextTable([
            ("EXPERIMENT", .left), ("ARM", .left), ("ASSIGNED", .right), ("JUDGED", .right),
            ("RECOVERED", .right), ("RATE", .right),
        ])
        for arm in report.arms {
            arms.add([
                arm.experiment, arm.name, "\(arm.assigned)", "\(arm.matured)", "\(arm.recovered)",
                "\(ExperimentReport.points(arm.rate).dropFirst()) %",
            ])
        }
        Console.write(arms.lines(empty: "no case is in an experiment"))
        for found in report.differences {
            Console.write(
                "\(found.experiment): \(found.arm) against \(found.baseline): "
                    + "\(ExperimentReport.points(found.estimate)) points, 95 % within "
                    + "\(ExperimentReport.points(found.low)) and "
                    + "\(ExperimentReport.points(found.high))"
                    + (found.isSignificant ? "" : ", which may be chance"))
        }
    }

    private func report(_ node: any NodeService) async throws -> ExperimentReport {
        let now = try await node.clock().now
        var report = ExperimentReport(unit: self.unit, windowMs: self.window.ms, now: now)
        var query = CaseQuery(tenant: self.tenant, limit: 1000)
        while true {
            let page = try await node.cases(query)
            noteMissing(page.missingShards)
            for row in page.rows { report.take(row) }
            guard page.rows.count == query.limit, let last = page.rows.last else { return report }
            query.after = CaseQuery.Cursor(
                openedAt: last.openedAt, key: last.key, caseNumber: last.caseNumber)
        }
    }
}

extension ExperimentReport.Unit: ExpressibleByArgument {}
