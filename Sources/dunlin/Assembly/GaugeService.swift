import DunlinNode
import DunlinPorts
import Metrics
import ServiceLifecycle
import Synchronization

/// Shows the node's counters as metrics, once a second of real time.
struct GaugeService: Service {
    let process: NodeProcess

    static let everyMs: Int64 = 1000

    func run() async throws {
        let (ticks, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let executor = self.process.runtime.executors[0]
        continuation.yield()
        await withGracefulShutdownHandler {
            for await _ in ticks {
                self.show()
                executor.run(afterMs: Self.everyMs) { continuation.yield() }
            }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func show() {
        let counters = self.process.node.counters
        func gauge(_ name: String, _ value: Double) {
            Gauge(label: "dunlin_\(name)").record(value)
        }
        gauge("transitions", Double(counters.transitions.load(ordering: .relaxed)))
        gauge("journal_records", Double(counters.records.load(ordering: .relaxed)))
        gauge("commits", Double(counters.commits.load(ordering: .relaxed)))
        gauge("resident_accounts", Double(counters.resident.load(ordering: .relaxed)))
        gauge("tail_records", Double(counters.tailRecords.load(ordering: .relaxed)))
        gauge("unmapped_declines", Double(counters.unmappedDeclines.load(ordering: .relaxed)))
        gauge("overloads", Double(counters.overloads.load(ordering: .relaxed)))
    }
}
