import DunlinCore
import DunlinPorts
import DunlinTesting
import Testing

@testable import DunlinNode

/// Erasing a person: the key goes with the commit of the record that says so.
@Suite("A person is forgotten by destroying the account's key", .timeLimit(.minutes(1)))
struct ForgettingTests {
    private static let key = NodeBench.key(1)

    /// A failed payment that brings an address.
    private static func failure(_ address: String = "ana@example.test") -> IntakeEvent {
        var event = NodeBench.failure(1)
        event.facts.profile = ProfileChange(
            locale: "es-MX", zone: "America/Mexico_City", country: "MX",
            attributes: [.init(name: "plan", value: "pro")])
        event.personal = [PersonalContact(channel: .email, address: address)]
        return event
    }

    private static func erase(_ bench: NodeBench) async throws -> CommandAnswer? {
        try await bench.node.operate(Self.key, OperatorRequest(verb: .erase))
    }

    @Test("An export shows the address until the key is gone; money facts stay as they were")
    func exportAndErase() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([Self.failure()])
            let contacts = try await bench.node.contacts(Self.key)
            #expect(contacts?.map(\.address) == ["ana@example.test"])
            let before = try #require(try await bench.node.accounts([Self.key]).first ?? nil)

            #expect(try await Self.erase(bench) == .accepted)
            #expect(try bench.disk.keys.keys([Self.key]) == [nil], "the key itself is gone")
            #expect(try await bench.node.contacts(Self.key) == [])
            let after = try #require(try await bench.node.accounts([Self.key]).first ?? nil)
            #expect(after.state.profile == Profile(changedAt: after.state.profile.changedAt))
            #expect(after.state.cases == before.state.cases)
            #expect(after.state.marks == before.state.marks)

            #expect(try await Self.erase(bench) == .repeated)
            try await bench.advance(days: 1)
            #expect(try await bench.outcomes(1) == [.approved], "the debt is still collected")
        }
    }

    @Test("What is told later about an earlier time is not learnt again; news gets a new key")
    func laterWords() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([Self.failure()])
            let old = try bench.disk.keys.keys([Self.key])
            try await bench.advance(days: 1)
            _ = try await Self.erase(bench)
            var late = Self.failure("late@example.test")
            late.facts.eventID = "late"
            _ = try await bench.node.intake([late])
            #expect(try await bench.node.contacts(Self.key) == [])
            late.facts.eventID = "new"
            late.facts.fact = .profileUpdated
            late.facts.occurredAt = try await bench.node.clock().now
            #expect(try await bench.node.intake([late]) == [.accepted])
            let contacts = try await bench.node.contacts(Self.key)
            #expect(contacts?.map(\.address) == ["late@example.test"])
            #expect(try bench.disk.keys.keys([Self.key]) != old)
        }
    }

    @Test("A key that the disk does not let go is destroyed by the next process")
    func crashBetween() async throws {
        let disk = MemoryDisk(commits: .whenAsked)
        try await NodeBench.with(disk: disk) { bench in
            _ = try await bench.node.intake([Self.failure()])
            disk.keys.failNext(with: StoreError(.busy, operation: "destroy key"))
            _ = try await Self.erase(bench)
            #expect(try disk.keys.keys([Self.key]) != [nil], "the record is durable, the key there")
            #expect(try await bench.node.contacts(Self.key) == [], "and is not used any more")
            await bench.node.foldAll()
            #expect(try disk.rows.foldedOps()[0] == nil, "the tail keeps the record until it is")
            // As after a kill.
            let second = try NodeBench(disk: disk)
            try await second.node.start()
            await second.settle()
            #expect(try disk.keys.keys([Self.key]) == [nil])
        }
    }

    @Test("While the erasure is on its way to the disk nothing new is sealed")
    func eraseAndTellAtOnce() async throws {
        try await NodeBench.with { bench in
            _ = try await bench.node.intake([Self.failure()])
            bench.journal.hold()
            async let erased = Self.erase(bench)
            await bench.journal.arrival()
            var news = Self.failure("new@example.test")
            news.facts.eventID = "new"
            async let answers = bench.node.intake([news])
            // The news was answered, and its answer waits as well.
            while await bench.shard.sealed?.replies.count == 1 { await Task.yield() }
            bench.journal.release()
            let told = try await answers
            #expect(try await erased == .accepted)
            guard case .retry("sealing", _) = told.first else {
                Issue.record("sealed with a key that is about to go: \(told)")
                return
            }
            #expect(try bench.disk.keys.keys([Self.key]) == [nil])
        }
    }
}
