import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tells what was opened, recovered and lost, by currency and decline class.")

    @Option(
        help: ArgumentHelp(
            "Only cases opened since then: 2026-01-01, 2026-01-01T00:00:00Z, or how long ago, 30d.",
            valueName: "time"))
    var since: Since?

    @Option(help: "Only this merchant's; all without it.")
    var tenant: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (since, tenant) = (self.since, self.tenant)
        let report = try await self.connection.withNode { node in
            let now = try await node.clock().now
            let from = since?.timestamp(now: now) ?? Timestamp(ms: 0)
            return try await node.report(since: from, tenant: tenant)
        }
        if self.output.json { return Console.write(report.json) }
        Console.write(
            report.since.ms == 0 ? "since the beginning" : "cases opened since \(report.since)")
        Console.write(Self.lines(report))
        let unmapped = report.rows.filter { $0.declineClass == .unmapped }
            .reduce(Int64(0)) { $0.increased(by: $1.opened) }
        if unmapped > 0 {
            Console.note(
                "\(unmapped) cases were opened by a code that no decline map knows: they are "
                    + "retried with care (`dunlin account timeline` shows the code)")
        }
        noteMissing(report.missingShards)
    }

    private static func lines(_ report: Report) -> [String] {
        var table = TextTable([
            ("TENANT", .left), ("DECLINE", .left), ("OPENED", .right), ("AMOUNT", .right),
            ("RECOVERED", .right), ("AMOUNT", .right), ("ELSEWHERE", .right), ("AMOUNT", .right),
            ("LOST", .right), ("CLOSED", .right), ("OPEN", .right), ("ATTEMPTS", .right),
            ("MESSAGES", .right),
        ])
        var totals: [(tenant: String, row: ReportRow)] = []
        for row in report.rows {
            table.add(self.cells(row, row.tenant, row.declineClass.name))
            let index = totals.firstIndex {
                $0.tenant == row.tenant && $0.row.currency == row.currency
            }
            if let index {
                totals[index].row.add(row)
            } else {
                totals.append((row.tenant, row))
            }
        }
        for total in totals { table.add(self.cells(total.row, total.tenant, "total")) }
        return table.lines(empty: "no cases")
    }

    private static func cells(_ row: ReportRow, _ tenant: String, _ name: String) -> [String] {
        func money(_ minor: Int64) -> String {
            "\(Money(minor: minor, currency: row.currency))"
        }
        return [
            tenant, name, "\(row.opened)", money(row.openedMinor), "\(row.recoveredByUs)",
            money(row.recoveredByUsMinor), "\(row.recoveredElsewhere)",
            money(row.recoveredElsewhereMinor), "\(row.exhausted)", "\(row.closedOtherwise)",
            "\(row.stillOpen)", "\(row.attempts)", "\(row.messages)",
        ]
    }
}

extension ReportRow {
    /// Adds another class of the same tenant and currency.
    fileprivate mutating func add(_ other: ReportRow) {
        self.opened.increase(by: other.opened)
        self.openedMinor.increase(by: other.openedMinor)
        self.recoveredByUs.increase(by: other.recoveredByUs)
        self.recoveredByUsMinor.increase(by: other.recoveredByUsMinor)
        self.recoveredElsewhere.increase(by: other.recoveredElsewhere)
        self.recoveredElsewhereMinor.increase(by: other.recoveredElsewhereMinor)
        self.exhausted.increase(by: other.exhausted)
        self.closedOtherwise.increase(by: other.closedOtherwise)
        self.attempts.increase(by: other.attempts)
        self.messages.increase(by: other.messages)
    }
}
