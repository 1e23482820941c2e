import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

/// Where an import goes, and whether it goes at all.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Only say what would happen.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Leave out payments that failed longer ago than this: 60d. Where the tenant has a "
                + "billing system, the node's reconciliation brings them in all the same.",
            valueName: "span"))
    var skipOlderThan: Span?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    /// Tells what `all` would bring, or sends it.
    func run(_ all: [ImportFile.Entry]) async throws {
        let now = try await self.connection.withNode { try await $0.clock().now }
        var entries = all
        if let span = self.skipOlderThan {
            entries.removeAll { $0.failedLongerAgo(thanMs: span.ms, at: now) }
            Console.note(
                "\(all.count - entries.count) left out: they failed longer than "
                    + "\(SpanText.words(ms: span.ms)) ago")
        }
        if self.dryRun {
            let events = entries.map(\.event)
            let forecast = ImportForecast(events, now: now)
            let outlook = try await self.connection.withNode { try await Self.ask($0, events) }
            if self.output.json {
                guard case .object(let members) = forecast.json else { return }
                let last = JSONValue.Member(name: "outlook", value: outlook.json)
                return Console.write(.object(members + [last]))
            }
            return Console.write(ImportText.lines(forecast, now: now) + outlook.lines)
        }
        let sent = entries
        let outcome = try await self.connection.withNode { node in
            try await ImportSender(node: node).send(sent)
        }
        try self.tell(outcome)
    }

    /// Reads and sends a file part by part: two are read while one is sent.
    ///
    /// Answers how many problems the file has.
    func run(
        _ parts: ImportParts, _ read: @escaping @Sendable (ImportPart) -> ImportFile
    ) async throws -> Int {
        let now = try await self.connection.withNode { try await $0.clock().now }
        let skipMs = self.skipOlderThan?.ms
        let (outcome, problems, skipped) = try await self.connection.withNode { node in
            try await withThrowingTaskGroup(of: (Int, ImportFile).self) { group in
                var parts = parts
                var outcome = ImportOutcome()
                var (begun, done, problems, skipped) = (0, 0, 0, 0)
                var ready: [Int: ImportFile] = [:]
                while true {
                    while begun < done + Self.partsAhead, let part = try parts.next() {
                        let number = begun
                        group.addTask { (number, read(part)) }
                        begun += 1
                    }
                    guard done < begun else { return (outcome, problems, skipped) }
                    while ready[done] == nil, let (number, file) = try await group.next() {
                        ready[number] = file
                    }
                    guard let file = ready.removeValue(forKey: done) else { break }
                    done += 1
                    ImportText.note(file.warnings, Colour.yellow("warning"))
                    ImportText.note(file.problems, Colour.red("refused"))
                    problems += file.problems.count
                    var entries = file.entries
                    if let skipMs {
                        entries.removeAll { $0.failedLongerAgo(thanMs: skipMs, at: now) }
                        skipped += file.entries.count - entries.count
                    }
                    outcome.add(try await ImportSender(node: node).send(entries))
                    Console.note("\(outcome.accepted + outcome.repeated) events are durable")
                }
                return (outcome, problems, skipped)
            }
        }
        if let span = self.skipOlderThan {
            Console.note(
                "\(skipped) left out: they failed longer than \(SpanText.words(ms: span.ms)) ago")
        }
        try self.tell(outcome)
        return problems
    }

    /// Parts that are read or sent at a time.
    private static let partsAhead = 3

    private func tell(_ outcome: ImportOutcome) throws {
        if self.output.json {
            Console.write(outcome.json)
        } else {
            Console.write(
                "\(outcome.accepted) accepted, \(outcome.repeated) had been there, "
                    + "\(outcome.ignored) change nothing, \(outcome.refused.count) refused")
        }
        ImportText.note(outcome.refused, Colour.red("refused"))
        guard outcome.refused.isEmpty else {
            throw Failure("The node refused \(outcome.refused.count) events; the rest is durable.")
        }
    }
}

extension ImportOptions {
    /// What the node would make of the events. Those of one account are asked about together, in
    /// their order: one may change what becomes of the next.
    private static func ask(
        _ node: any NodeService, _ events: [IntakeEvent]
    ) async throws -> ImportOutlook {
        var outlook = ImportOutlook()
        var places: [EntityKey: Int] = [:]
        var byAccount: [[IntakeEvent]] = []
        for event in events {
            if let place = places[event.key] {
                byAccount[place].append(event)
            } else {
                places[event.key] = byAccount.count
                byAccount.append([event])
            }
        }
        var rest = byAccount[...]
        while !rest.isEmpty {
            var chunk: [IntakeEvent] = []
            while let next = rest.first,
                chunk.isEmpty || chunk.count + next.count <= ImportSender.chunkMax
            {
                chunk += next
                rest = rest.dropFirst()
            }
            for (event, forecast) in zip(chunk, try await node.forecast(chunk)) {
                outlook.take(event, forecast)
            }
        }
        return outlook
    }
}

/// An import for people.
enum ImportText {
    /// Most problems that are listed.
    private static let problemsShown = 20

    static func note(_ problems: [ImportFile.Problem], _ word: String) {
        for problem in problems.prefix(Self.problemsShown) { Console.note("\(word): \(problem)") }
        let more = problems.count - Self.problemsShown
        if more > 0 { Console.note("… and \(more) more") }
    }

    static func lines(_ forecast: ImportForecast, now: Timestamp) -> [String] {
        var lines = ["would send \(forecast.events) events of \(forecast.accounts) accounts:"]
        lines += forecast.kinds.map { "  \($0.count) \($0.kind.rawValue)" }
        for total in forecast.totals {
            let money = Money(minor: total.minor, currency: total.currency)
            lines.append("  \(total.count) failed payments over \(money)")
        }
        lines.append("ages of the failed payments at \(now):")
        for age in forecast.ages where age.count > 0 {
            let until = age.untilDays.map { "to \($0)" } ?? "and more"
            lines.append("  \(age.fromDays) \(until) days: \(age.count)")
        }
        if forecast.late > 0 {
            lines.append(
                "\(forecast.late) are older than "
                    + "\(SpanText.words(ms: ImportForecast.lateMaxMs)): their retry ladder starts "
                    + "at the import")
        }
        if forecast.beyondBudgets > 0 {
            lines.append(
                "\(forecast.beyondBudgets) are older than every network window "
                    + "(\(SpanText.words(ms: AttemptMark.keptForMs))): consider leaving them out")
        }
        if forecast.future > 0 {
            lines.append("\(forecast.future) lie in the future of the node's clock: check them")
        }
        return lines
    }
}
