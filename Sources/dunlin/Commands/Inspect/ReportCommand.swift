import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tells what was opened, recovered and lost, and what it cost.",
        discussion: """
            By class of the failure that opened the cases, by its code, by segment, by the attempt \
            that brought the money, by channel of the last message, by arms of experiments, by \
            network or by first digits of the card that failed, or by the day of the opening: a \
            cohort whose window is not over yet is marked.
            """)

    @Option(
        help: ArgumentHelp(
            "Only cases opened since then: 2026-01-01, 2026-01-01T00:00:00Z, or how long ago, 30d.",
            valueName: "time"))
    var since: Since?

    @Option(help: "Only this merchant's; all without it.")
    var tenant: String?

    @Option(
        help: ArgumentHelp(
            "By \(ReportDimension.allCases.map(\.name).joined(separator: ", ")).",
            valueName: "what"))
    var by = "class"

    @Option(help: ArgumentHelp("How long a cohort matures, for --by day: 28d.", valueName: "span"))
    var window: Span?

    private static let windowMs = 28 * Milliseconds.day

    func validate() throws {
        guard ReportDimension(name: self.by) != nil else {
            let known = ReportDimension.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--by is one of \(known).")
        }
    }

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (since, tenant) = (self.since, self.tenant)
        let dimension = ReportDimension(name: self.by) ?? .class
        let (report, now) = try await self.connection.withNode { node in
            let now = try await node.clock().now
            let from = since?.timestamp(now: now) ?? Timestamp(ms: 0)
            let query = ReportQuery(since: from, tenant: tenant, by: dimension)
            return (try await node.report(query), now)
        }
        if self.output.json { return Console.write(report.json) }
        Console.write(
            report.since.ms == 0 ? "since the beginning" : "cases opened since \(report.since)")
        let ripe = now.advanced(byMs: -(self.window?.ms ?? Self.windowMs))
        Console.write(Self.lines(report, dimension, ripe: ripe))
        for line in Self.failureRates(report.renewals) { Console.write(line) }
        let unmapped = report.rows.filter { $0.declineClass == .unmapped }
            .reduce(Int64(0)) { $0.increased(by: $1.opened) }
        if unmapped > 0, dimension == .class {
            Console.note(
                "\(unmapped) cases were opened by a code that no decline map knows: they are "
                    + "retried with care (`dunlin account timeline` shows the code)")
        }
        noteMissing(report.missingShards)
    }

    private static func failureRates(_ renewals: [RenewalRow]) -> [String] {
        var totals: [RenewalRow] = []
        for row in renewals {
            if totals.last?.tenant == row.tenant {
                totals[totals.count - 1].add(row)
            } else {
                totals.append(row)
            }
        }
        return totals.map { total in
            guard let permille = total.failedPermille else {
                return
                    "failure rate of \(total.tenant): not known; \(total.failed) renewals failed, "
                    + "and none was told to be paid (event payment_succeeded)"
            }
            return "failure rate of \(total.tenant): \(permille / 10).\(permille % 10)%, "
                + "\(total.failed) of \(total.charged) renewals that were told failed at first"
        }
    }

    private static func lines(
        _ report: Report, _ dimension: ReportDimension, ripe: Timestamp
    ) -> [String] {
        var table = TextTable([
            ("TENANT", .left), (dimension.name.uppercased(), .left), ("OPENED", .right),
            ("AMOUNT", .right), ("RECOVERED", .right), ("BY US", .right), ("ELSEWHERE", .right),
            ("THERE", .right), ("RATE", .right), ("LOST", .right), ("CLOSED", .right),
            ("OPEN", .right), ("AT RISK", .right), ("MRR", .right), ("SAVED", .right),
            ("DAYS", .right), ("ATTEMPTS", .right), ("MESSAGES", .right), ("COST", .right),
            ("NET", .right),
        ])
        var totals: [(tenant: String, row: ReportRow)] = []
        for row in report.rows {
            let name = dimension == .class ? row.declineClass.name : row.group
            // A cohort is judged when all of its day's cases have had their time.
            let isRipe =
                Timestamp(iso8601: "\(row.group)T00:00:00Z").map {
                    $0.advanced(byMs: Milliseconds.day) <= ripe
                } ?? true
            let mark = dimension == .day && !isRipe ? " (maturing)" : ""
            table.add(self.cells(row, row.tenant, name + mark))
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
        let dropped = table.fit(dropping: [
            "SAVED", "MRR", "MESSAGES", "CLOSED", "COST", "THERE", "ELSEWHERE", "DAYS", "ATTEMPTS",
            "LOST", "TENANT", "OPEN",
        ])
        if !dropped.isEmpty {
            Console.note("Too wide for \(dropped.joined(separator: ", ")): --json has all.")
        }
        return table.lines(empty: "no cases")
    }

    private static func cells(_ row: ReportRow, _ tenant: String, _ name: String) -> [String] {
        func money(_ minor: Int64) -> String {
            "\(Money(minor: minor, currency: row.currency))"
        }
        // Of every thousand cases so many were paid.
        let rate = row.opened > 0 ? row.recovered * 1000 / row.opened : 0
        let days = row.recovered > 0 ? row.recoveryMs * 10 / row.recovered / Milliseconds.day : 0
        return [
            tenant, name, "\(row.opened)", money(row.openedMinor), "\(row.recoveredByUs)",
            money(row.recoveredByUsMinor), "\(row.recoveredElsewhere)",
            money(row.recoveredElsewhereMinor), "\(rate / 10).\(rate % 10)%",
            "\(row.exhausted)", "\(row.closedOtherwise)", "\(row.stillOpen)",
            money(row.atRiskMinor), money(row.mrrMinor), money(row.mrrSavedMinor),
            "\(days / 10).\(days % 10)", "\(row.attempts)", "\(row.messages)",
            money(row.costMilli / 1000), money(row.netMinor),
        ]
    }
}
