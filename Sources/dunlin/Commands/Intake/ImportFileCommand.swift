import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ImportFileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "file",
        abstract: "Imports events from a file: .json, .jsonl or .csv.",
        discussion: """
            JSON holds the events of POST /v1/events. A CSV's headers are their fields, with dots \
            for nesting (payment_method.token); type is payment_failed and event_id is made up \
            where they lack. Importing the same file again changes nothing.
            """)

    @Argument(help: "The file; - for stdin, with --format.")
    var file: String

    @Option(help: "json, jsonl or csv; by the file's ending without it.")
    var format: ImportFile.Format?

    @Flag(help: "Only say what would happen.")
    var dryRun = false

    @Flag(help: "Ids of this file may be long digits that look like card numbers.")
    var numericIds = false

    @Flag(help: "Ids of this file are hashes, so an @ in them is no address.")
    var hashedIds = false

    @OptionGroup var tenant: TenantOption
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    /// Most problems that are listed.
    private static let problemsShown = 20

    func run() async throws {
        guard let format = self.format ?? ImportFile.Format(fileName: self.file) else {
            throw ValidationError("Name the format with --format json, jsonl or csv.")
        }
        let bytes = try Console.read(self.file, bytesMax: ImportFile.bytesMax)
        let read = ImportFile(
            bytes, format: format, tenant: self.tenant.tenant,
            rules: EventRules(idsAreNumeric: self.numericIds, idsAreHashed: self.hashedIds))
        Self.note(read.warnings, Colour.yellow("warning"))
        Self.note(read.problems, Colour.red("refused"))
        if self.dryRun {
            try await self.forecast(read)
        } else {
            try await self.send(read)
        }
        guard read.problems.isEmpty else {
            throw Failure("\(read.problems.count) problems in \(self.file); mend and import again.")
        }
    }

    private static func note(_ problems: [ImportFile.Problem], _ word: String) {
        for problem in problems.prefix(Self.problemsShown) { Console.note("\(word): \(problem)") }
        let more = problems.count - Self.problemsShown
        if more > 0 { Console.note("… and \(more) more") }
    }

    // MARK: Dry run

    private func forecast(_ read: ImportFile) async throws {
        let now = try await self.connection.withNode { try await $0.clock().now }
        let forecast = ImportForecast(read.entries.map(\.event), now: now)
        if self.output.json { return Console.write(forecast.json) }
        Console.write("would send \(forecast.events) events of \(forecast.accounts) accounts:")
        Console.write(forecast.kinds.map { "  \($0.count) \($0.kind.rawValue)" })
        for total in forecast.totals {
            let money = Money(minor: total.minor, currency: total.currency)
            Console.write("  \(total.count) failed payments over \(money)")
        }
        Console.write("ages of the failed payments at \(now):")
        for age in forecast.ages where age.count > 0 {
            let until = age.untilDays.map { "to \($0)" } ?? "and more"
            Console.write("  \(age.fromDays) \(until) days: \(age.count)")
        }
        if forecast.late > 0 {
            Console.write(
                "\(forecast.late) are older than "
                    + "\(SpanText.words(ms: ImportForecast.lateMaxMs)): their retry ladder starts "
                    + "at the import")
        }
        if forecast.beyondBudgets > 0 {
            Console.write(
                "\(forecast.beyondBudgets) are older than every network window "
                    + "(\(SpanText.words(ms: AttemptMark.keptForMs))): consider leaving them out")
        }
        if forecast.future > 0 {
            Console.write("\(forecast.future) lie in the future of the node's clock: check them")
        }
    }

    // MARK: Sending

    private func send(_ read: ImportFile) async throws {
        let entries = read.entries
        let outcome = try await self.connection.withNode { node in
            var sender = ImportSender(node: node, total: entries.count)
            try await sender.send(entries)
            return sender.outcome
        }
        if self.output.json {
            Console.write(outcome.json)
        } else {
            Console.write(
                "\(outcome.accepted) accepted, \(outcome.repeated) had been there, "
                    + "\(outcome.ignored) change nothing, \(outcome.refused.count) refused")
        }
        Self.note(outcome.refused, Colour.red("refused"))
        guard outcome.refused.isEmpty else {
            throw Failure("The node refused \(outcome.refused.count) events; the rest is durable.")
        }
    }
}

extension ImportFile.Format: ExpressibleByArgument {}

/// What became of an import.
struct ImportOutcome: Sendable {
    var accepted = 0
    var repeated = 0
    var ignored = 0
    var refused: [ImportFile.Problem] = []

    var json: JSONValue {
        [
            "accepted": .integer(self.accepted), "repeated": .integer(self.repeated),
            "ignored": .integer(self.ignored), "refused": .integer(self.refused.count),
            "problems": .array(
                self.refused.map {
                    ["line": .integer($0.line), "detail": .string($0.detail)]
                }),
        ]
    }
}

/// Sends an import in chunks, again where the node could not take an event at once.
struct ImportSender {
    /// Events of one call.
    static let chunkMax = 1_000
    /// Tries of one event before the import gives up.
    static let triesMax = 30

    let node: any NodeService
    let total: Int
    private(set) var outcome = ImportOutcome()
    private var sent = 0

    init(node: any NodeService, total: Int) {
        self.node = node
        self.total = total
    }

    mutating func send(_ entries: [ImportFile.Entry]) async throws {
        var rest = entries[...]
        while !rest.isEmpty {
            var chunk = Array(rest.prefix(Self.chunkMax))
            rest = rest.dropFirst(chunk.count)
            var tries = 1
            while !chunk.isEmpty {
                chunk = try await self.attempt(chunk)
                guard !chunk.isEmpty else { break }
                guard tries < Self.triesMax else {
                    throw Failure(
                        "The node could not take \(chunk.count) events after \(tries) tries; "
                            + "\(self.sent) of \(self.total) are durable. Import the file again "
                            + "later: repeats are recognised.")
                }
                tries += 1
                try await Task.sleep(for: .seconds(1), clock: .continuous)
            }
            Console.note("\(self.sent) of \(self.total)")
        }
    }

    /// Answers those that must be sent again.
    private mutating func attempt(
        _ chunk: [ImportFile.Entry]
    ) async throws -> [ImportFile.Entry] {
        let results = try await self.node.intake(chunk.map(\.event))
        var again: [ImportFile.Entry] = []
        for (entry, result) in zip(chunk, results) {
            switch result {
            case .accepted: self.outcome.accepted += 1
            case .repeated: self.outcome.repeated += 1
            case .ignored: self.outcome.ignored += 1
            case .refused(_, let message):
                self.outcome.refused.append(
                    ImportFile.Problem(line: entry.line, detail: message))
            case .retry: again.append(entry)
            }
        }
        self.sent += chunk.count - again.count
        return again
    }
}
