import DunlinCoordinator
import DunlinPorts
import DunlinTesting
import Foundation
import Testing

/// What every adapter of the coordinator's store must do alike.
@Suite("Every coordinator's store", .serialized, .timeLimit(.minutes(5)))
struct StoreCompatibilityTests {
    @Test("keeps what was put, with revisions that only grow", arguments: StoreKind.allCases)
    func puts(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let empty = try await store.read(prefix: "")
            #expect(empty.entries == [])
            let first = try await committed(
                store, [.absent(key: "a/1")],
                [.put(key: "a/1", value: [1]), .put(key: "a/2", value: [])])
            #expect(first > empty.revision)
            let second = try await committed(
                store, [.modified(key: "a/1", revision: first)],
                [.put(key: "a/1", value: [2, 255, 0])])
            #expect(second == first + 1)
            let read = try await store.read(prefix: "a/")
            #expect(
                read.entries == [
                    StoredEntry(
                        key: "a/1", value: [2, 255, 0], createRevision: first,
                        modRevision: second),
                    StoredEntry(
                        key: "a/2", value: [], createRevision: first, modRevision: first),
                ])
            #expect(read.revision == second)
            #expect(try await store.read(prefix: "a/2").entries.map(\.key) == ["a/2"])
            #expect(try await store.read(prefix: "b").entries == [])
            try await store.check()
        }
    }

    @Test("does all of a transaction or nothing", arguments: StoreKind.allCases)
    func conflicts(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let first = try await committed(
                store, [], [.put(key: "x", value: [1]), .put(key: "y", value: [2])])
            let wrong: [[StoreTransaction.Condition]] = [
                [.absent(key: "x")],
                [.modified(key: "x", revision: first + 1)],
                [.created(key: "x", revision: first + 1)],
                [.modified(key: "none", revision: first)],
                [.created(key: "none", revision: first)],
                [.modified(key: "x", revision: first), .absent(key: "y")],
            ]
            for conditions in wrong {
                let outcome = try await store.commit(
                    StoreTransaction(
                        conditions: conditions,
                        changes: [.put(key: "z", value: [9]), .delete(key: "x")]))
                guard case .conflict(let present) = outcome else {
                    Issue.record("\(conditions) held")
                    continue
                }
                let keys = Set(conditions.map(\.key)).intersection(["x", "y"])
                #expect(Set(present.entries.map(\.key)) == keys)
                #expect(present["x"]?.value ?? [1] == [1])
            }
            #expect(try await store.read(prefix: "").entries.map(\.key) == ["x", "y"])
        }
    }

    @Test("a key made again has another create revision", arguments: StoreKind.allCases)
    func deletes(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let first = try await committed(store, [], [.put(key: "x", value: [1])])
            let second = try await committed(
                store, [.created(key: "x", revision: first)], [.delete(key: "x")])
            #expect(second == first + 1)
            // Nothing changes, so no revision is used.
            #expect(try await committed(store, [], [.delete(key: "x")]) == second)
            let third = try await committed(
                store, [.absent(key: "x")], [.put(key: "x", value: [1])])
            let entry = try #require(try await store.read(prefix: "x")["x"])
            #expect(entry.createRevision == third && entry.modRevision == third)
            let late = try await store.commit(
                StoreTransaction(
                    conditions: [.created(key: "x", revision: first)],
                    changes: [.put(key: "x", value: [7])]))
            guard case .conflict = late else {
                Issue.record("the old create revision held")
                return
            }
        }
    }

    @Test("one of many writers at once gets the key", arguments: StoreKind.allCases)
    func race(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let start = try await committed(store, [], [.put(key: "n", value: [0])])
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for writer in 1...16 {
                    group.addTask {
                        let outcome = try await store.commit(
                            StoreTransaction(
                                conditions: [.modified(key: "n", revision: start)],
                                changes: [.put(key: "n", value: [UInt8(writer)])]))
                        if case .committed = outcome { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wins == 1)
        }
    }

    @Test(
        "takes 64 keys and their conditions in one, and refuses too much",
        arguments: StoreKind.allCases)
    func limits(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let keys = (0..<64).map { "shards/\($0)" }
            let big = [UInt8](repeating: 65, count: 12_000)
            let revision = try await committed(
                store, keys.map { .absent(key: $0) }, keys.map { .put(key: $0, value: big) })
            _ = try await committed(
                store, keys.map { .modified(key: $0, revision: revision) },
                keys.map { .put(key: $0, value: big) })
            let refused: [StoreTransaction] = [
                StoreTransaction(changes: (0...128).map { .delete(key: "k\($0)") }),
                StoreTransaction(conditions: (0...128).map { .absent(key: "k\($0)") }),
                StoreTransaction(
                    changes: [.put(key: "k", value: [UInt8](repeating: 0, count: 1_000_001))]),
                StoreTransaction(changes: [.delete(key: "k"), .put(key: "k", value: [])]),
                StoreTransaction(changes: [.put(key: "", value: [])]),
            ]
            for transaction in refused {
                let error = await #expect(throws: CoordinatorStoreError.self) {
                    _ = try await store.commit(transaction)
                }
                #expect(error?.code == .invalid)
            }
            #expect(try await store.read(prefix: "k").entries == [])
        }
    }

    @Test("one candidate leads until it resigns", arguments: StoreKind.allCases)
    func campaigns(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let one = Candidacy(key: "leader", value: Array("one".utf8), termMs: 60_000)
            let two = Candidacy(key: "leader", value: Array("two".utf8), termMs: 60_000)
            let first = try #require(try await store.campaign(one))
            #expect(try await store.campaign(two) == nil)
            let entry = try #require(try await store.read(prefix: "leader")["leader"])
            #expect(entry.value == one.value && entry.createRevision == first.createRevision)
            #expect(try await store.renew(first))
            _ = try await committed(store, [first.condition], [.put(key: "x", value: [1])])
            try await store.resign(first)
            #expect(try await store.renew(first) == false)
            let second = try #require(try await store.campaign(two))
            #expect(second.createRevision > first.createRevision)
            // Resigning twice takes nothing from the next.
            try await store.resign(first)
            #expect(try await store.renew(second))
            let late = try await store.commit(
                StoreTransaction(
                    conditions: [first.condition], changes: [.put(key: "x", value: [2])]))
            guard case .conflict = late else {
                Issue.record("a former leader wrote")
                return
            }
        }
    }

    @Test("who does not renew is followed", arguments: StoreKind.allCases)
    func terms(_ kind: StoreKind) async throws {
        try await kind.with { store, time in
            let candidacy = Candidacy(key: "leader", value: [1], termMs: 1000)
            let first = try #require(try await store.campaign(candidacy))
            var second: LeaderToken?
            for _ in 0..<200 where second == nil {
                if kind.hasTestTime { time.advance(100) } else { usleep(50_000) }
                second = try await store.campaign(candidacy)
            }
            let follower = try #require(second)
            #expect(follower.createRevision > first.createRevision)
            #expect(try await store.renew(first) == false)
            #expect(try await store.renew(follower))
        }
    }

    @Test("a watch tells of a change below its prefix", arguments: StoreKind.allCases)
    func watches(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            let (hints, continuation) = AsyncStream<Void>.makeStream()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await store.watch(prefix: "a/") { continuation.yield() }
                }
                group.addTask {
                    // Until it is heard of, since nobody says when the watch begins.
                    var value: UInt8 = 0
                    while !Task.isCancelled {
                        value &+= 1
                        _ = try? await store.commit(
                            StoreTransaction(changes: [.put(key: "a/1", value: [value])]))
                        await Task.yield()
                    }
                }
                var iterator = hints.makeAsyncIterator()
                _ = await iterator.next()
                group.cancelAll()
            }
        }
    }
}

/// Commits what must not conflict, and answers the revision.
func committed(
    _ store: any CoordinatorStore, _ conditions: [StoreTransaction.Condition],
    _ changes: [StoreTransaction.Change]
) async throws -> UInt64 {
    let outcome = try await store.commit(
        StoreTransaction(conditions: conditions, changes: changes))
    guard case .committed(let revision) = outcome else {
        Issue.record("a conflict: \(outcome)")
        return 0
    }
    return revision
}
