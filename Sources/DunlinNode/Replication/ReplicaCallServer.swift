import DunlinCluster
import DunlinCore
import DunlinPorts
package import DunlinWire
import Synchronization

/// Answers the calls of other nodes: batches for the copies that this one keeps.
package struct ReplicaCallServer: CallHandler {
    private let node: Node

    package init(_ node: Node) {
        self.node = node
    }

    package var apis: [Api] { ReplicaCalls.all }

    package func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        switch call.api {
        case ReplicaCalls.prepare:
            let entries: [PrepareEntry]
            do throws(WireError) {
                entries = try PrepareCall.entries(packed: call.body).entries
            } catch {
                throw CallError(.invalidArgument, error.detail)
            }
            let results = try await self.node.prepare(entries)
            return try self.packed(results)
        case ReplicaCalls.member:
            do throws(WireError) {
                _ = try MemberCall.node(packed: call.body)
                return try MemberCall.reply(await self.node.memberView())
            } catch {
                throw CallError(.invalidArgument, error.detail)
            }
        default: throw CallError(.unimplemented, "no such call")
        }
    }

    package func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        throw CallError(.unimplemented, "no such call")
    }

    private func packed(_ results: [PrepareResult]) throws(CallError) -> [UInt8] {
        do throws(WireError) {
            return try PrepareCall.reply(
                incarnation: self.node.settings.cluster?.me.incarnation ?? 0, results)
        } catch {
            throw CallError(.internalError, error.detail)
        }
    }
}

extension Node {
    /// Stores what primaries sent; returns when every entry is durable or refused.
    func prepare(_ entries: [PrepareEntry]) async throws(CallError) -> [PrepareResult] {
        guard self.settings.cluster != nil, self.phase == .ready || self.phase == .draining else {
            throw CallError(.unavailable, "the node takes no batches now")
        }
        guard !entries.isEmpty else { return [] }
        guard entries.allSatisfy({ $0.shard < self.settings.map.shardCount }) else {
            throw CallError(.invalidArgument, "a shard that this cluster does not have")
        }
        return await withCheckedContinuation { continuation in
            let gathering = Gathering(entries.map(\.shard), continuation)
            for (place, entry) in entries.enumerated() {
                self.shards[Int(entry.shard)].receive(entry) { gathering.add($0, at: place) }
            }
        }
    }
}

/// Waits for the answers of all entries of one request.
private final class Gathering: Sendable {
    private struct Answers {
        var results: [PrepareResult]
        var missing: Int
    }

    private let answers: Mutex<Answers>
    private let continuation: CheckedContinuation<[PrepareResult], Never>

    init(_ shards: [UInt32], _ continuation: CheckedContinuation<[PrepareResult], Never>) {
        self.answers = Mutex(
            Answers(
                results: shards.map { PrepareResult(shard: $0, outcome: .notStored) },
                missing: shards.count))
        self.continuation = continuation
    }

    func add(_ outcome: PrepareOutcome, at place: Int) {
        let done = self.answers.withLock { answers -> [PrepareResult]? in
            answers.results[place].outcome = outcome
            answers.missing -= 1
            return answers.missing == 0 ? answers.results : nil
        }
        if let done { self.continuation.resume(returning: done) }
    }
}
