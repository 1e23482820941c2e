import DunlinCluster
import DunlinTesting
import Testing

@Suite("The coordinator's record as text")
struct RecordTextTests {
    static func record(seed: UInt64, shards: UInt32 = 130) throws -> ClusterRecord {
        var random = SeededRandom(seed: seed)
        let ids = try ["a", "b-2", "node", "z9"].map { try node($0) }
        func members() -> [Member] {
            ids.filter { _ in random.oneIn(3) }.map {
                Member($0, incarnation: random.next() >> (random.next() % 64))
            }
        }
        var record = ClusterRecord(
            ClusterSettings(
                clusterID: random.next(), restoreGeneration: 3, shardCount: shards, backups: 2,
                minInSync: 2, level: 4))
        record.revision = random.next()
        record.nextIncarnation = random.next()
        record.nodes = ids.map { id in
            ClusterRecord.Node(
                record: NodeRecord(
                    id: id, incarnation: random.next(), diskID: random.next(),
                    startCounter: random.next() % 9, address: "[::1]:70 %=,ü",
                    state: NodeRecord.State.allCases[Int(random.next() % 4)],
                    levelMin: 1, levelMax: 2, zone: random.oneIn(2) ? "" : "zone, 1"),
                nonce: random.next(), hasBegun: random.oneIn(2), isDraining: random.oneIn(2))
        }
        for index in record.shards.indices where !random.oneIn(4) {
            record.shards[index] = ClusterRecord.Shard(
                configuration: ShardConfiguration(
                    version: random.next(), epoch: random.next(),
                    primary: random.oneIn(2) ? nil : ids[0], inSync: members(),
                    eligible: members(), learners: ids.filter { _ in random.oneIn(4) },
                    moveTo: random.oneIn(2) ? nil : ids[3],
                    condition: ShardConfiguration.Condition.allCases[Int(random.next() % 3)]),
                faultyOwners: UInt32(random.next() % 4))
        }
        return record
    }

    @Test("is read as it was written", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        let record = try Self.record(seed: seed)
        let texts = record.texts(since: nil)
        #expect(try ClusterRecord(texts: texts) == record)
        #expect(texts.map(\.key).filter { $0.hasPrefix("shards/") }.count == 3)
    }

    @Test("only what changed is written again")
    func changes() throws {
        let record = try Self.record(seed: 5)
        var next = record
        #expect(next.texts(since: record).map(\.key) == ["revision"])
        next.revision += 1
        next.shards[129].configuration.epoch += 1
        next.nodes[1].isDraining.toggle()
        #expect(
            next.texts(since: record).map(\.key) == ["revision", "nodes/b-2", "shards/002"])
        next.nextIncarnation += 1
        #expect(next.texts(since: record).map(\.key).contains("settings"))
        // What was kept and what was written anew make the whole.
        var texts = Dictionary(
            uniqueKeysWithValues: record.texts(since: nil).map { ($0.key, $0.text) })
        for (key, text) in next.texts(since: record) { texts[key] = text }
        #expect(try ClusterRecord(texts: texts.map { ($0.key, $0.value) }) == next)
    }

    @Test("an empty store is no cluster, and a line can be read by a person")
    func plain() throws {
        #expect(try ClusterRecord(texts: [("leader", "a:1")]) == nil)
        var record = ClusterRecord(
            ClusterSettings(clusterID: 9, restoreGeneration: 0, shardCount: 1))
        record.shards[0].configuration = ShardConfiguration(
            version: 12, epoch: 3, primary: try node("a"),
            inSync: [Member(try node("a"), incarnation: 5), Member(try node("b"), incarnation: 7)])
        let texts = Dictionary(
            uniqueKeysWithValues: record.texts(since: nil).map { ($0.key, $0.text) })
        #expect(texts["shards/000"] == "shard=0 version=12 epoch=3 primary=a in-sync=a:5,b:7\n")
        #expect(
            texts["settings"]
                == "cluster=9 shards=1 backups=1 min-in-sync=1 level=1 next-incarnation=1\n")
    }

    @Test(
        "what is not ours is refused",
        arguments: [
            ("settings", "cluster=9 shards=1 colour=red\n"), ("settings", "cluster=9 shards=0\n"),
            ("settings", "cluster=x shards=1\n"), ("settings", ""), ("settings", "shards\n"),
            ("shards/000", "shard=0 in-sync=a\n"), ("shards/000", "shard=0 primary=A\n"),
            ("shards/000", "shard=0 condition=9\n"), ("shards/000", "shard=1\n"),
            ("shards/000", "shard=0 shard=0\n"), ("nodes/a", "address=%4\n"),
            ("nodes/A", "disk=1\n"), ("more", "x=1\n"),
        ])
    func refused(_ key: String, _ text: String) throws {
        let record = ClusterRecord(
            ClusterSettings(clusterID: 9, restoreGeneration: 0, shardCount: 1))
        var texts = Dictionary(
            uniqueKeysWithValues: record.texts(since: nil).map { ($0.key, $0.text) })
        #expect(try ClusterRecord(texts: texts.map { ($0.key, $0.value) }) == record)
        texts[key] = text
        #expect(throws: RecordTextError.self) {
            try ClusterRecord(texts: texts.map { ($0.key, $0.value) })
        }
    }
}
