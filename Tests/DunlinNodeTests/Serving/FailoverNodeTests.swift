import DunlinCore
import DunlinPorts
import Synchronization
import Testing

@testable import DunlinNode

/// Several nodes as one.
@Suite("A client of several nodes")
struct FailoverNodeTests {
    private let first = RecordingNode()
    private let second = RecordingNode()

    private var node: FailoverNode {
        let clock = Clock()
        return FailoverNode(
            [self.first, self.second], monotonicMs: { clock.now },
            pause: { clock.add($0) })
    }

    private final class Clock: Sendable {
        private let ms = Atomic<Int64>(0)

        var now: Int64 { self.ms.load(ordering: .relaxed) }
        func add(_ ms: Int64) { self.ms.add(ms, ordering: .relaxed) }
    }

    private func fail(_ node: RecordingNode, _ code: NodeError.Code) {
        node.with { $0.error = NodeError(code, "gone") }
    }

    @Test("The next one is asked when one is gone, and stays the one that is asked")
    func next() async throws {
        self.fail(self.first, .unavailable)
        let node = self.node
        #expect(try await node.clock().kind == "manual")
        #expect(try await node.clock().kind == "manual")
        #expect(self.first.with { $0.asked.count } == 1)
        #expect(self.second.with { $0.asked.count } == 2)
    }

    @Test("Events whose answer was lost are sent again, an operator's request is not")
    func lostAnswer() async throws {
        self.fail(self.first, .unknownOutcome)
        #expect(try await self.node.intake([NodeBench.failure(1)]) == [.accepted])
        await #expect(throws: NodeError(.unknownOutcome, "gone")) {
            _ = try await self.node.operate(
                NodeBench.key(1), OperatorRequest(verb: .pause, caseNumber: 1))
        }
    }

    @Test("What a node refuses is told, not asked elsewhere")
    func refused() async throws {
        self.fail(self.first, .denied)
        await #expect(throws: NodeError(.denied, "gone")) { _ = try await self.node.status() }
        #expect(self.second.with { $0.asked.isEmpty })
    }

    @Test("Patience ends")
    func nobody() async throws {
        self.fail(self.first, .unavailable)
        self.fail(self.second, .unavailable)
        await #expect(throws: NodeError(.unavailable, "gone")) { _ = try await self.node.status() }
        #expect(self.first.with { $0.asked.count } > 100)
    }
}
