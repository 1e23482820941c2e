import DunlinCore
import DunlinPorts
import DunlinTesting
import Testing

@testable import DunlinNode

@Suite("More rows that speak no more than are read at once")
struct PastDueRowsTests {
    /// More than some pages of due rows.
    private static let moved = Shard.duePageCount * 4 + 200
    private static let cold = 5

    @Test("accounts on disk fall due behind thousands whose rows are older than they are")
    func coldRowsBehindStaleOnes() async throws {
        let disk = MemoryDisk(commits: .whenAsked)
        var crashed: MemoryDisk?
        try await NodeBench.with(disk: disk) { bench in
            bench.gateway.decline()
            try await Self.fail(0..<Self.moved, bench)
            // These fall due later, so their rows lie behind those of the others.
            let now = try await bench.node.clock().now
            _ = try await bench.node.advanceClock(to: now.advanced(byMs: Milliseconds.day / 2))
            try await Self.fail(Self.moved..<Self.moved + Self.cold, bench)
            await bench.node.foldAll()
            // The first are tried and move on to day three; their rows stay where they are.
            _ = try await bench.node.advanceClock(to: now.advanced(byMs: Milliseconds.day))
            #expect(bench.gateway.orders.count == Self.moved)
            crashed = disk.copy()
        }
        try await NodeBench.with(disk: try #require(crashed)) { bench in
            #expect(await bench.shard.table.count == Self.moved, "the tail's are resident")
            try await bench.advance(days: 1)
            #expect(bench.gateway.orders.count == Self.cold)
            for index in Self.moved..<Self.moved + Self.cold {
                #expect(bench.gateway.orders.contains { $0.account == NodeBench.key(index) })
            }
        }
    }

    private static func fail(_ indices: Range<Int>, _ bench: NodeBench) async throws {
        let now = try await bench.node.clock().now
        let events = indices.map { index in
            var event = NodeBench.failure(index)
            event.facts.occurredAt = now
            return event
        }
        #expect(try await bench.node.intake(events).allSatisfy { $0 == .accepted })
    }
}
