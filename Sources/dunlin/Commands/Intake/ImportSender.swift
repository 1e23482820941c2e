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

extension ImportOutcome {
    mutating func add(_ other: ImportOutcome) {
        self.accepted += other.accepted
        self.repeated += other.repeated
        self.ignored += other.ignored
        self.refused += other.refused
    }
}

/// Sends an import in chunks, several at a time, again where the node could not take an event at
/// once. Accounts are dealt to as many lanes as there are calls, so that the events of one account
/// come in their order.
struct ImportSender {
    /// Events of one call.
    static let chunkMax = 1_000
    /// Calls under way at once, a power of two.
    static let callsMax = 8
    /// Tries of one event before the import gives up.
    static let triesMax = 30

    let node: any NodeService

    func send(_ entries: [ImportFile.Entry]) async throws -> ImportOutcome {
        var lanes = Array(repeating: [ImportFile.Entry](), count: Self.callsMax)
        for entry in entries {
            lanes[Int(entry.event.key.shardHash >> 8 & UInt64(Self.callsMax - 1))].append(entry)
        }
        return try await withThrowingTaskGroup(of: ImportOutcome.self) { group in
            for lane in lanes where !lane.isEmpty {
                group.addTask { try await self.sendInOrder(lane) }
            }
            var outcome = ImportOutcome()
            for try await part in group { outcome.add(part) }
            outcome.refused.sort { $0.line < $1.line }
            return outcome
        }
    }

    private func sendInOrder(_ entries: [ImportFile.Entry]) async throws -> ImportOutcome {
        var outcome = ImportOutcome()
        var rest = entries[...]
        while !rest.isEmpty {
            var chunk = Array(rest.prefix(Self.chunkMax))
            rest = rest.dropFirst(chunk.count)
            var tries = 1
            while !chunk.isEmpty {
                chunk = try await self.attempt(chunk, &outcome)
                guard !chunk.isEmpty else { break }
                guard tries < Self.triesMax else {
                    throw Failure(
                        "The node could not take \(chunk.count) events after \(tries) tries; "
                            + "what it took is durable. Import the file again later: repeats are "
                            + "recognised.")
                }
                tries += 1
                try await Task.sleep(for: .seconds(1), clock: .continuous)
            }
        }
        return outcome
    }

    /// Answers those that must be sent again.
    private func attempt(
        _ chunk: [ImportFile.Entry], _ outcome: inout ImportOutcome
    ) async throws -> [ImportFile.Entry] {
        let results = try await self.node.intake(chunk.map(\.event))
        var again: [ImportFile.Entry] = []
        for (entry, result) in zip(chunk, results) {
            switch result {
            case .accepted: outcome.accepted += 1
            case .repeated: outcome.repeated += 1
            case .ignored: outcome.ignored += 1
            case .refused(_, let message):
                outcome.refused.append(ImportFile.Problem(line: entry.line, detail: message))
            case .retry: again.append(entry)
            }
        }
        return again
    }
}
