import DunlinCluster
import DunlinCore
import DunlinPorts
import DunlinTesting
import Synchronization
import Testing

@testable import DunlinNode

/// Of a cluster's nodes one asks the billing system for its list, for all.
@Suite("One list for a cluster", .timeLimit(.minutes(1)))
struct OneListTests {
    /// Has one open invoice that no webhook told of, and counts who asks for its list.
    private final class Invoices: BillingSystem {
        private let asked = Mutex(0)

        var askedCount: Int { self.asked.withLock { $0 } }

        func openInvoices(after cursor: String?) async throws(BillingError) -> InvoicePage {
            self.asked.withLock { $0 += 1 }
            return InvoicePage(
                events: [NodeBench.failure(7)], obligations: ["in_7"], next: nil)
        }

        func changes(
            ofObligations ids: [String], tenant: String
        ) async throws(BillingError) -> [IntakeEvent] { [] }

        func perform(_ order: EndActionOrder) async -> EffectOutcome { .done(reference: "") }
        func check() async -> [CheckFinding] { [] }
    }

    @Test("The node that leads the merchant's shard asks, and who takes the shard over asks next")
    func oneNodeAsks() async throws {
        let bench = ClusterBench()
        let systems = ["a": Invoices(), "b": Invoices()]
        for name in ["a", "b"] { try await bench.start(name, billing: systems[name]) }
        let (first, second) = (bench.seat("a"), bench.seat("b"))
        bench.coordinator.elect(first.member, inSync: [first.member, second.member])
        await bench.serving("a", epoch: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                let node = bench.seat(name).node
                group.addTask { await node.run() }
            }
            await bench.until { systems["a"]?.askedCount == 1 }
            await bench.until {
                await (try? first.node.accounts([NodeBench.key(7)]))?.first??.state.cases.count == 1
            }
            #expect(systems["b"]?.askedCount == 0)
            bench.coordinator.elect(second.member, inSync: [first.member, second.member])
            await bench.serving("b", epoch: 2)
            await bench.until { systems["b"]?.askedCount == 1 }
            #expect(systems["a"]?.askedCount == 1)
            // Told of again, it is one case.
            await bench.until {
                await (try? second.node.accounts([NodeBench.key(7)]))?.first??.state.cases.count
                    == 1
            }
            for name in ["a", "b"] { await bench.seat(name).node.drain() }
            try await group.waitForAll()
        }
        for name in ["a", "b"] { bench.kill(name) }
    }
}
