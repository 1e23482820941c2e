import DunlinCore
import DunlinPorts
import DunlinTesting
import Testing

/// What every adapter of the storage ports must do alike.
@Suite struct StorageCompatibilityTests {
    @Test(arguments: Storage.allCases)
    func `appended batches are read back as they were`(_ kind: Storage) async throws {
        let storage = try kind.open()
        let batches = [
            batch(shard: 3, op: 1), batch(shard: 3, op: 2, epoch: .max, bytes: 300_000),
            batch(shard: 4095, op: 1, bytes: 0), batch(shard: 0, op: 1),
        ]
        let answers = await storage.journal.append(all: batches)

        #expect(answers.map(\.code) == [nil, nil, nil, nil])
        #expect(try storage.journal.batch(shard: 3, op: 2) == batches[1])
        #expect(try storage.journal.batch(shard: 4095, op: 1) == batches[2])
        #expect(try storage.journal.batch(shard: 3, op: 3) == nil)
        #expect(try storage.journal.batch(shard: 9, op: 1) == nil)
        #expect(
            try storage.journal.batches(shard: 3, fromOp: 0, limit: 10) == [batches[0], batches[1]])
    }

    @Test(arguments: Storage.allCases)
    func `reading stops at the limit and at the shard's end`(_ kind: Storage) async throws {
        let storage = try kind.open()
        let own = (1...20).map { batch(shard: 7, op: $0) }
        let next = (1...5).map { batch(shard: 8, op: $0) }
        _ = await storage.journal.append(all: own + next)

        #expect(try storage.journal.batches(shard: 7, fromOp: 5, limit: 3).map(\.op) == [5, 6, 7])
        #expect(
            try storage.journal.batches(shard: 7, fromOp: 18, limit: 9).map(\.op) == [18, 19, 20])
        #expect(try storage.journal.batches(shard: 7, fromOp: 21, limit: 9).isEmpty)
        #expect(try storage.journal.batches(shard: 6, fromOp: 0, limit: 9).isEmpty)
    }

    @Test(arguments: Storage.allCases)
    func `heads name the last batch of each shard that has one`(_ kind: Storage) async throws {
        let storage = try kind.open()
        #expect(try storage.journal.heads().isEmpty)
        let batches = [0, 5, 5, 5, 4095].enumerated().map { index, shard in
            batch(shard: shard, op: index == 2 ? 2 : index == 3 ? 3 : 1, epoch: UInt64(index))
        }
        _ = await storage.journal.append(all: batches)

        let expected = [batches[0], batches[3], batches[4]].map {
            JournalHead(shard: $0.shard, op: $0.op, epoch: $0.epoch, hash: $0.hash)
        }
        #expect(try storage.journal.heads() == expected)
    }

    @Test(arguments: Storage.allCases)
    func `a batch out of order is refused alone`(_ kind: Storage) async throws {
        let storage = try kind.open()
        let answers = await storage.journal.append(all: [
            batch(shard: 1, op: 1), batch(shard: 1, op: 1), batch(shard: 1, op: 3),
            batch(shard: 1, op: 2), batch(shard: 2, op: 0),
            JournalBatch(shard: 2, op: 1, epoch: 1, hash: [1], records: []),
        ])

        #expect(answers.map(\.code) == [nil, .failed, .failed, nil, .failed, .failed])
        #expect(try storage.journal.batches(shard: 1, fromOp: 0, limit: 9).map(\.op) == [1, 2])
        #expect(try storage.journal.heads().map(\.shard) == [1])
    }

    @Test(arguments: Storage.allCases)
    func `a shard may start anywhere and goes on without gaps`(_ kind: Storage) async throws {
        let storage = try kind.open()
        let answers = await storage.journal.append(all: [
            batch(shard: 1, op: 900), batch(shard: 1, op: 901), batch(shard: 1, op: 903),
        ])

        #expect(answers.map(\.code) == [nil, nil, .failed])
        #expect(try storage.journal.batches(shard: 1, fromOp: 1, limit: 9).map(\.op) == [900, 901])
    }

    @Test(arguments: Storage.allCases)
    func `keys are there with their batch and gone when destroyed`(_ kind: Storage) async throws {
        let storage = try kind.open()
        let keys = ["a", "b", "c"].map {
            WrappedKey(entity: account($0), wrapped: Array("wrapped \($0)".utf8))
        }
        _ = await storage.journal.append(batch(shard: 1, op: 1, newKeys: keys))
        #expect(try storage.journal.batch(shard: 1, op: 1)?.newKeys == [])

        let asked = [account("b"), account("x"), account("a"), account("a", tenant: "other")]
        #expect(try storage.keys.keys(asked) == [keys[1].wrapped, nil, keys[0].wrapped, nil])

        try storage.keys.destroy(account("b"))
        try storage.keys.destroy(account("never there"))
        #expect(try storage.keys.keys(asked) == [nil, nil, keys[0].wrapped, nil])
    }

    @Test(arguments: Storage.allCases)
    func `a fold replaces rows and moves the shard's op`(_ kind: Storage) throws {
        let storage = try kind.open()
        let rows = ["a", "b", "c"].map {
            EntityRow(key: account($0), dueAt: Timestamp(ms: 0), body: Array($0.utf8))
        }
        try storage.rows.fold(shard: 9, rows: rows, foldedOp: 4)
        #expect(try storage.rows.foldedOps() == [9: 4])

        var changed = rows[1]
        changed.body = Array("changed".utf8)
        changed.dueAt = Timestamp(ms: 77)
        try storage.rows.fold(shard: 9, rows: [changed], foldedOp: 9)

        let asked = [account("c"), account("nobody"), account("b"), account("a")]
        #expect(try storage.rows.rows(shard: 9, keys: asked) == [rows[2], nil, changed, rows[0]])
        #expect(try storage.rows.rows(shard: 8, keys: asked) == [nil, nil, nil, nil])
        #expect(try storage.rows.foldedOps() == [9: 9])
    }

    @Test(arguments: Storage.allCases)
    func `a shard is scanned in the order of bytes until told to stop`(_ kind: Storage) throws {
        let storage = try kind.open()
        let keys = [
            account("B", tenant: "acme"), account("a", tenant: "acme"),
            account("aa", tenant: "acme"), account("\u{E9}", tenant: "acme"),
            EntityKey(tenant: "acme", kind: .card, key: "A"), account("A", tenant: "zoo"),
        ]
        let rows = keys.map { EntityRow(key: $0, dueAt: Timestamp(ms: 5), body: [1, 2, 3]) }
        try storage.rows.fold(shard: 1, rows: rows.reversed(), foldedOp: 1)
        try storage.rows.fold(shard: 2, rows: [rows[0]], foldedOp: 1)

        var seen: [EntityKey] = []
        try storage.rows.scan(shard: 1) { row in
            seen.append(row.key)
            return true
        }
        #expect(seen == keys)

        seen = []
        try storage.rows.scan(shard: 1) { row in
            seen.append(row.key)
            return seen.count < 2
        }
        #expect(seen == Array(keys[..<2]))
    }

    @Test(arguments: Storage.allCases)
    func `due rows come in the order of their instant, then of their key`(_ kind: Storage) throws {
        let storage = try kind.open()
        let instants = ["d": 30, "a": 20, "c": 10, "b": 20, "idle": 0, "e": 40] as [String: Int64]
        let rows = instants.keys.sorted().map {
            EntityRow(key: account($0), dueAt: Timestamp(ms: instants[$0] ?? 0), body: [0])
        }
        try storage.rows.fold(shard: 1, rows: rows, foldedOp: 1)

        func due(before ms: Int64, limit: Int) throws -> [String] {
            try storage.rows.dueKeys(shard: 1, before: Timestamp(ms: ms), limit: limit)
                .map { "\($0.key.key)@\($0.dueAt.ms)" }
        }
        #expect(try due(before: 40, limit: 9) == ["c@10", "a@20", "b@20", "d@30"])
        #expect(try due(before: 40, limit: 2) == ["c@10", "a@20"])
        #expect(try due(before: 10, limit: 9).isEmpty)

        let settled = EntityRow(key: account("a"), dueAt: Timestamp(ms: 0), body: [0])
        try storage.rows.fold(shard: 1, rows: [settled], foldedOp: 2)
        #expect(try due(before: .max, limit: 9) == ["c@10", "b@20", "d@30", "e@40"])
    }

    @Test(arguments: Storage.allCases)
    func `due rows are read page by page, each from behind the one before`(
        _ kind: Storage
    ) throws {
        let storage = try kind.open()
        // Pages end within those of one instant, too.
        let rows = (0..<20).map {
            EntityRow(
                key: account("k\(10 + $0)"), dueAt: Timestamp(ms: Int64(10 + $0 / 7)), body: [0])
        }
        try storage.rows.fold(shard: 1, rows: rows, foldedOp: 1)
        for pageMax in 1...21 {
            var seen: [DueKey] = []
            while true {
                let page = try storage.rows.dueKeys(
                    shard: 1, after: seen.last, before: Timestamp(ms: 12), limit: pageMax)
                guard !page.isEmpty, seen.count < rows.count else { break }
                seen += page
            }
            #expect(seen.map(\.key) == rows[..<14].map(\.key))
        }
    }

    @Test(arguments: Storage.allCases)
    func `facts are kept and replaced`(_ kind: Storage) throws {
        let storage = try kind.open()
        #expect(try storage.meta.value("switches") == nil)
        try storage.meta.set("switches", [1, 2])
        try storage.meta.set("switches", [])
        try storage.meta.set("other", [9])
        #expect(try storage.meta.value("switches") == [])
        #expect(try storage.meta.value("other") == [9])
    }

    @Test(arguments: Storage.allCases)
    func `readers and appenders on many threads see whole batches in order`(
        _ kind: Storage
    ) async throws {
        let storage = try kind.open()
        let journal = storage.journal
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in UInt32(0)..<4 {
                group.addTask {
                    for op in UInt64(1)...50 {
                        let answer = await journal.append(batch(shard: shard, op: op, bytes: 3000))
                        #expect(answer.code == nil)
                        let stored = try journal.batches(shard: shard, fromOp: 1, limit: 100)
                        #expect(stored.map(\.op) == Array(1...op))
                        #expect(stored.last == batch(shard: shard, op: op, bytes: 3000))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try journal.heads().map(\.op) == [50, 50, 50, 50])
    }
}
