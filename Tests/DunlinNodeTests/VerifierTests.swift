import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinTesting
import Foundation
import Testing

/// Whatever is changed behind the journal's back is found, and found where it is.
@Suite struct VerifierTests {
    /// A journal with its rows, folded at half of its length.
    struct Stored {
        let disk = MemoryDisk()
        let map = ShardMap(shardCount: 4)
        var script = JournalScript(shards: 4, hash: HashChain.next)
        var batches: [JournalBatch] = []
        var rows: [UInt32: [EntityRow]] = [:]
        var folded: [UInt32: UInt64] = [:]

        init(seed: UInt64, steps: Int = 1200) {
            var history = CaseHistory(seed: seed, accounts: 50)
            for step in 1...steps {
                let (key, recorded) = history.next(self.script.states)
                self.script.append(recorded, of: key)
                if step % 41 == 0 { self.seal() }
                if step == steps / 2 {
                    self.seal()
                    self.keepRows()
                }
            }
            self.seal()
            self.fold()
        }

        private mutating func seal() {
            for batch in self.script.seal() {
                self.batches.append(batch)
                self.disk.journal.append(batch) { _ in }
            }
        }

        private mutating func keepRows() {
            for (key, state) in self.script.states.sorted(by: { $0.key < $1.key }) {
                let row = EntityRow(key: key, dueAt: state.rowDueAt, body: state.packed())
                self.rows[self.map.shard(of: key), default: []].append(row)
            }
            for batch in self.batches { self.folded[batch.shard] = batch.op }
        }

        func fold() {
            for (shard, op) in self.folded {
                try? self.disk.rows.fold(shard: shard, rows: self.rows[shard] ?? [], foldedOp: op)
            }
        }

        func verify(committedOps: [UInt32: UInt64]? = nil) throws -> VerifyReport {
            try Verifier(
                journal: self.disk.journal, rows: self.disk.rows, map: self.map,
                committedOps: committedOps
            ).run()
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `an untouched directory is good and counted`(seed: UInt64) throws {
        let stored = Stored(seed: seed)
        let report = try stored.verify()
        #expect(report.isGood, "\(report.damage)")
        #expect(report.shards == 4)
        #expect(report.batches == UInt64(stored.batches.count))
        #expect(report.records == 1200)
        #expect(report.accounts == UInt64(stored.script.states.count))
        #expect(report.rows == UInt64(stored.rows.values.reduce(0) { $0 + $1.count }))
        let open = stored.script.states.values.reduce(0) { $0 + $1.cases.count(where: \.isOpen) }
        #expect(report.openCases == UInt64(open))
        #expect(report.unconfirmedBatches == 0)
        #expect(try stored.verify() == report)
        #expect(try Stored(seed: seed + 100).verify().stateDigest != report.stateDigest)
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `a flipped bit is found in its batch`(seed: UInt64) throws {
        let stored = Stored(seed: seed % 4)
        var random = SeededRandom(seed: seed)
        let hurt = stored.batches[Int(random.next() % UInt64(stored.batches.count))]
        let isLast = !stored.batches.contains { $0.shard == hurt.shard && $0.op > hurt.op }
        let place = random.next() % 4
        stored.disk.journal.damage(shard: hurt.shard, op: hurt.op) { batch in
            let bit = UInt8(1) << UInt8(random.next() % 8)
            switch place {
            case 0: batch.hash[Int(random.next() % 32)] ^= bit
            case 1: batch.epoch ^= UInt64(bit)
            default: batch.records[Int(random.next() % UInt64(batch.records.count))] ^= bit
            }
        }
        let report = try stored.verify()
        let chain = report.damage.filter { $0.kind == .records || $0.kind == .hash }
        #expect(chain.map(\.shard) == [hurt.shard])
        #expect(chain.map(\.op) == [hurt.op])
        #expect(chain.map(\.kind) == [place == 0 && !isLast ? .hash : .records])
    }

    @Test func `a lost batch is a gap`() throws {
        let stored = Stored(seed: 1)
        let lost = try #require(stored.batches.dropFirst(5).first { $0.op > 1 })
        stored.disk.journal.lose(shard: lost.shard, op: lost.op)
        let report = try stored.verify()
        let gaps = report.damage.filter { $0.kind == .gap }
        #expect(gaps == [JournalDamage(.gap, shard: lost.shard, op: lost.op + 1)])
        #expect(!report.damage.contains { $0.kind == .records })
    }

    @Test func `a record in the wrong shard is named with its account`() throws {
        let stored = Stored(seed: 1)
        let report = try Verifier(
            journal: stored.disk.journal, rows: stored.disk.rows, map: ShardMap(shardCount: 3)
        ).run()
        let foreign = try #require(report.damage.first { $0.kind == .foreign })
        let key = try #require(foreign.entity)
        #expect(stored.map.shard(of: key) == foreign.shard)
        #expect(report.damage.count == VerifyReport.damageMax)
        #expect(report.damageCount > UInt64(VerifyReport.damageMax))
    }

    @Test func `rows that differ from the replay are named`() throws {
        let stored = Stored(seed: 2)
        let shard = try #require(stored.rows.keys.min())
        let rows = try #require(stored.rows[shard])
        let op = try #require(stored.folded[shard])
        var body = rows[0]
        body.body[body.body.count / 2] ^= 1
        var due = rows[1]
        due.dueAt = due.dueAt.advanced(byMs: 1)
        let stranger = EntityRow(
            key: EntityKey(key: "stranger"), dueAt: Timestamp(ms: 0), body: [])
        try stored.disk.rows.fold(shard: shard, rows: [body, due, stranger], foldedOp: op)

        let found = Set(try stored.verify().damage.map(\.description))
        let expected = [
            JournalDamage(.row, shard: shard, op: op, entity: body.key),
            JournalDamage(.row, shard: shard, op: op, entity: due.key),
            JournalDamage(.rowUnknown, shard: shard, op: op, entity: stranger.key),
        ]
        #expect(found == Set(expected.map(\.description)))
    }

    @Test func `missing rows and rows ahead of the journal are named`() throws {
        let stored = Stored(seed: 3)
        let shard = try #require(stored.rows.keys.min())
        let op = try #require(stored.folded[shard])
        let rows = try #require(stored.rows[shard])
        let absent = try #require(rows.last)
        let fresh = MemoryRows()
        try fresh.fold(shard: shard, rows: rows.dropLast(), foldedOp: op)
        try fresh.fold(shard: shard ^ 1, rows: [], foldedOp: 9999)
        let report = try Verifier(
            journal: stored.disk.journal, rows: fresh, map: stored.map
        ).run()
        #expect(
            report.damage
                == [
                    JournalDamage(.rowMissing, shard: shard, op: op, entity: absent.key),
                    JournalDamage(.rowsAhead, shard: shard ^ 1, op: 9999),
                ].sorted { $0.shard < $1.shard })
    }

    @Test func `a tail beyond the commit mark is unconfirmed and not damage`() throws {
        let stored = Stored(seed: 4)
        var committed: [UInt32: UInt64] = [:]
        for batch in stored.batches { committed[batch.shard] = batch.op }
        let last = try #require(stored.batches.last)
        committed[last.shard] = last.op - 1
        stored.disk.journal.damage(shard: last.shard, op: last.op) { $0.records = [1] }

        #expect(try !stored.verify().isGood)
        let report = try stored.verify(committedOps: committed)
        #expect(report.isGood, "\(report.damage)")
        #expect(report.unconfirmedBatches == 1)
        #expect(report.batches == UInt64(stored.batches.count - 1))
    }

    @Test func `a batch that cannot be read is passed over`() throws {
        let stored = Stored(seed: 5)
        let failure = StoreError(.corrupt, operation: "read batches")
        let reads = FailingReads(journal: stored.disk.journal, failingOp: 3, failure: failure)
        let report = try Verifier(journal: reads, rows: MemoryRows(), map: stored.map).run()
        #expect(report.damage == (0..<4).map { JournalDamage(.file, shard: $0, op: 3) })
        #expect(report.batches == UInt64(stored.batches.count - 4))
    }

    @Test func `a byte flipped in the database file is found where it is`() async throws {
        let path = NSTemporaryDirectory() + "/dunlin-verify-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let identity = DirectoryIdentity(
            origin: ClusterOrigin(cluster: 1, generation: 1), shardCount: 4, level: 1)
        let stored = Stored(seed: 6)
        let directory = try DataDirectory(path: path, creating: identity) { Issue.record("\($0)") }
        for batch in stored.batches {
            await withCheckedContinuation { continuation in
                directory.journal.append(batch) { _ in continuation.resume() }
            }
        }
        try directory.close()

        let hurt = stored.batches[stored.batches.count / 2]
        let url = URL(filePath: path + "/journal.db")
        var file = try Data(contentsOf: url)
        let place = try #require(file.firstRange(of: hurt.records)?.lowerBound)
        file[place + hurt.records.count / 2] ^= 4
        try file.write(to: url)

        let reopened = try DataDirectory(path: path, creating: nil) { Issue.record("\($0)") }
        defer { try? reopened.close() }
        let report = try Verifier(
            journal: reopened.journal, rows: reopened.rows, map: stored.map
        ).run()
        let first = try #require(report.damage.first)
        #expect(first.kind == .records)
        #expect(first.shard == hurt.shard)
        #expect(first.op == hurt.op)
    }
}

/// A journal of which one op of every shard cannot be read.
private struct FailingReads: JournalStore {
    let journal: MemoryJournal
    let failingOp: UInt64
    let failure: StoreError

    func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.journal.append(batch, completion: completion)
    }

    func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.journal.cut(shard: shard, after: op, completion: completion)
    }

    func batches(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalBatch] {
        let found = try self.journal.batches(shard: shard, fromOp: fromOp, limit: limit)
        if found.contains(where: { $0.op == self.failingOp }) { throw self.failure }
        return found
    }

    func places(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalHead] {
        try self.journal.places(shard: shard, fromOp: fromOp, limit: limit)
    }

    func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch? {
        if op == self.failingOp { throw self.failure }
        return try self.journal.batch(shard: shard, op: op)
    }

    func heads() throws(StoreError) -> [JournalHead] { try self.journal.heads() }
}
