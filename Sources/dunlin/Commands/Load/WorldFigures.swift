import DunlinCore
import DunlinPolicy
import DunlinWeb
import DunlinWorld

/// What a run of W2 prints.
struct WorldFigures: Sendable {
    var workload: WorldWorkload
    var tally: WorldTally
    var spent: Usage.Spent
    var transitions: UInt64 = 0
    var sent = WorldRun.Sent()
    /// Of attempts, in real time; `nil` where the gateway is elsewhere.
    var lateness: LatencyHistogram?
    /// Attempts by the hour; `nil` where the gateway is elsewhere.
    var attemptsByHour: [Int]?
    /// What the run added to the process, in bytes; 0 where the engine is elsewhere.
    var residentBytes: Int64 = 0
    var diskBytes: Int64 = 0
    /// Of the pure core alone, where it was asked for.
    var reference: UInt64?

    private var perSecond: Double {
        self.spent.wall > 0 ? Double(self.transitions) / self.spent.wall : 0
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue) {
            members.append(JSONValue.Member(name: name, value: value))
        }
        let tally = self.tally
        add("subscriptions", .integer(self.workload.subscriptions))
        add("days", .integer(self.workload.days))
        add("seed", .number("\(self.workload.world.seed)"))
        add("digest", .string(hexadecimal(tally.digest)))
        if let reference = self.reference {
            add("reference_digest", .string(hexadecimal(reference)))
        }
        for (name, count) in [
            ("accounts", tally.accounts), ("cases", tally.cases), ("open", tally.open),
            ("recovered", tally.recovered), ("exhausted", tally.exhausted),
            ("cancelled", tally.cancelled), ("attempts", tally.attempts),
            ("messages", tally.touches), ("matured_cases", tally.matured),
        ] { add(name, .integer(count)) }
        add("collected_minor", .integer(tally.collectedMinor))
        add("recovery_rate", Self.decimal(tally.rate))
        add("recovery_rate_amount", Self.decimal(tally.amountRate))
        add("attempts_per_case", Self.decimal(tally.attemptsPerCase))
        add("messages_per_case", Self.decimal(tally.touchesPerCase))
        add("days_to_cash", Self.decimal(tally.daysToCash))
        add("net_minor", .integer(tally.netMinor))
        add("recovered_by_day", .array(tally.byDay.map { .integer($0) }))
        add("cases_by_attempts", .array(tally.byAttempts.map { .integer($0) }))
        add("classes", self.classes)
        add("transitions", .integer(self.transitions))
        add("wall_s", .number("\(self.spent.wall)"))
        add("cpu_s", .number("\(self.spent.cpu)"))
        add("transitions_per_s", .integer(Int64(self.perSecond)))
        add("max_rss_mb", .integer(self.spent.maxRSSMiB))
        add("disk_mb", .integer(self.diskBytes >> 20))
        if tally.open > 0 {
            add("memory_per_open_case_bytes", .integer(self.residentBytes / Int64(tally.open)))
            add("disk_per_case_bytes", .integer(self.diskBytes / Int64(max(1, tally.cases))))
        }
        add("events", .integer(self.sent.events))
        add("looks", .integer(self.sent.looks))
        add("intake_ms", Self.quantiles(self.sent.latency))
        if let lateness = self.lateness { add("lateness_ms", Self.quantiles(lateness)) }
        return .object(members)
    }

    /// By the reason that the world gave.
    private var classes: JSONValue {
        let reasons = self.workload.world.parameters.reasons
        return .object(
            zip(reasons, self.tally.reasons).map { reason, sum in
                JSONValue.Member(
                    name: reason.name,
                    value: [
                        "cases": .integer(sum.cases), "recovered": .integer(sum.recovered),
                        "attempts": .integer(sum.attempts), "messages": .integer(sum.touches),
                    ])
            })
    }

    static func decimal(_ value: Double) -> JSONValue {
        .number("\((value * 10000).rounded() / 10000)")
    }

    private static func quantiles(_ histogram: LatencyHistogram) -> JSONValue {
        func ms(_ share: Double) -> JSONValue {
            .number("\(Double(histogram.quantileNs(share) / 1000) / 1000)")
        }
        return [
            "count": .integer(histogram.count), "p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99),
            "p999": ms(0.999), "max": ms(1),
        ]
    }

    var lines: [String] {
        let tally = self.tally
        func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10)%" }
        func round(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        var lines = [
            "\(tally.cases) cases of \(self.workload.subscriptions) subscriptions in "
                + "\(self.workload.days) days: \(tally.recovered) recovered, \(tally.exhausted) "
                + "exhausted, \(tally.cancelled) cancelled, \(tally.open) open",
            "of \(tally.matured) matured \(percent(tally.rate)) recovered, "
                + "\(percent(tally.amountRate)) of the money, after "
                + "\(round(tally.daysToCash)) days; \(round(tally.attemptsPerCase)) attempts and "
                + "\(round(tally.touchesPerCase)) messages each; net \(tally.netMinor)",
            "digest \(hexadecimal(tally.digest))",
        ]
        if let reference = self.reference {
            lines.append(
                reference == tally.digest
                    ? "the pure core alone comes to the same"
                    : "THE PURE CORE ALONE COMES TO \(hexadecimal(reference))")
        }
        guard self.transitions > 0 else { return lines }
        lines.append(
            "\(self.transitions) durable transitions in \(round(self.spent.wall)) s: "
                + "\(Int(self.perSecond)) a second, "
                + "\(round(self.spent.cpu * 1e6 / Double(max(1, self.transitions)))) µs of CPU "
                + "each, \(self.spent.maxRSSMiB) MiB at most, \(self.diskBytes >> 20) MiB on disk")
        return lines
    }
}
