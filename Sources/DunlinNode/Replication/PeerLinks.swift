package import DunlinCluster
package import DunlinWire
import Logging
import Synchronization

/// How a node reaches the others: by name, whatever their address is now.
package protocol PeerDirectory: Sendable {
    /// A way to the node; calls fail while it cannot be reached. `nil` for one that the map does not
    /// know.
    func channel(to node: NodeID) -> (any CallChannel)?
}

/// Carries batches to other nodes: what many shards have for one node goes in one request, and few
/// requests are on their way at once, so that under load they grow instead of becoming many.
package final class PeerLinks: ReplicaLinks {
    private struct Item: Sendable {
        var entry: PrepareEntry
        var bytes: Int
        var answer: @Sendable (UInt64, PrepareOutcome?) -> Void
    }

    private struct Lane {
        var queue: [Item] = []
        var onTheirWay = 0
    }

    /// Requests to one node that may be on their way at once.
    package static let windowMax = 4
    /// Real ms after which an answer is given up; whether the copy has it is then not known.
    package static let timeoutMs: Int64 = 5000

    private let me: NodeID
    private let directory: any PeerDirectory
    private let lanes = Mutex<[NodeID: Lane]>([:])
    private let requests: AsyncStream<(NodeID, [Item])>
    private let continuation: AsyncStream<(NodeID, [Item])>.Continuation
    private let log = Logger(label: "dunlin.links")

    package init(me: NodeID, directory: any PeerDirectory) {
        self.me = me
        self.directory = directory
        (self.requests, self.continuation) = AsyncStream.makeStream()
    }

    package func send(
        _ entry: PrepareEntry, to node: NodeID,
        answer: @escaping @Sendable (_ incarnation: UInt64, _ outcome: PrepareOutcome?) -> Void
    ) {
        let bytes = entry.batches.reduce(128) { sum, batch in
            sum + batch.records.count + batch.keys.count * 512 + 128
        }
        self.lanes.withLock { lanes in
            lanes[node, default: Lane()].queue.append(
                Item(entry: entry, bytes: bytes, answer: answer))
            self.start(node, &lanes)
        }
    }

    /// Starts a request if the window has room.
    private func start(_ node: NodeID, _ lanes: inout [NodeID: Lane]) {
        while var lane = lanes[node], lane.onTheirWay < Self.windowMax, !lane.queue.isEmpty {
            var bytes = 0
            var count = 0
            for item in lane.queue {
                bytes += item.bytes
                guard count == 0 || bytes <= ReplicaCalls.requestBytesAim else { break }
                count += 1
            }
            let items = Array(lane.queue.prefix(count))
            lane.queue.removeFirst(count)
            lane.onTheirWay += 1
            lanes[node] = lane
            self.continuation.yield((node, items))
        }
    }

    /// Carries requests until ``finish()``.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await (node, items) in self.requests {
                group.addTask { await self.carry(items, to: node) }
            }
        }
    }

    /// Takes no more; what is on its way is answered.
    package func finish() {
        self.continuation.finish()
    }

    private func carry(_ items: [Item], to node: NodeID) async {
        let answer = await self.ask(node, items)
        self.lanes.withLock { lanes in
            lanes[node]?.onTheirWay -= 1
            self.start(node, &lanes)
        }
        guard let answer else {
            for item in items { item.answer(0, nil) }
            return
        }
        for (item, result) in zip(items, answer.results) {
            item.answer(answer.incarnation, result.outcome)
        }
    }

    private func ask(
        _ node: NodeID, _ items: [Item]
    ) async -> (incarnation: UInt64, results: [PrepareResult])? {
        guard let channel = self.directory.channel(to: node) else { return nil }
        do {
            let request = try PrepareCall.request(from: self.me, items.map(\.entry))
            let reply = try await channel.call(
                ReplicaCalls.prepare, request, CallOptions(timeoutMs: Self.timeoutMs))
            let answer = try PrepareCall.results(packed: reply)
            guard answer.results.count == items.count,
                zip(answer.results, items).allSatisfy({ $0.shard == $1.entry.shard })
            else {
                self.log.error("a node answered for other shards", metadata: ["node": "\(node)"])
                return nil
            }
            return answer
        } catch {
            self.log.debug(
                "batches did not arrive", metadata: ["node": "\(node)", "error": "\(error)"])
            return nil
        }
    }
}
