import DunlinCore
import DunlinPorts
import DunlinWeb

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
