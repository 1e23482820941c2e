import DunlinCluster
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinTesting
import Testing

/// What was forgotten stays forgotten, whichever copy of keys and journal is put back.
@Suite struct ErasureListTests {
    static let erased = EntityKey(key: "cus_erased")
    static let returned = EntityKey(key: "cus_returned")
    static let kept = EntityKey(key: "cus_kept")
    static let all = [Self.erased, Self.returned, Self.kept]

    /// A journal with these events about keys, at the hour of their place.
    static func disk(_ events: [(EntityKey, AccountEvent)]) -> MemoryDisk {
        let disk = MemoryDisk()
        var script = JournalScript(shards: 4, hash: HashChain.next)
        for (hour, (key, event)) in events.enumerated() {
            let at = Timestamp(ms: Int64(hour) * Milliseconds.hour)
            script.append(RecordedEvent(at: at, event: event), of: key)
            // What a copy of the keys holds, whatever became of them.
            for batch in script.seal() {
                var withKey = batch
                withKey.newKeys = [WrappedKey(entity: key, wrapped: [UInt8(hour + 1)])]
                disk.journal.append(withKey) { _ in }
            }
        }
        return disk
    }

    /// Each has a key; then two are erased, of whom one is heard of again.
    static let before: [(EntityKey, AccountEvent)] = Self.all.map { ($0, .keyCreated) }
    static let whole =
        Self.before + [
            (Self.erased, .keyDestroyed), (Self.returned, .keyDestroyed),
            (Self.returned, .keyCreated),
        ]

    private static func held(_ disk: MemoryDisk) throws -> [Bool] {
        try disk.keys.keys(Self.all).map { $0 != nil }
    }

    @Test func `keys that an older copy brought back are destroyed by the journal's own word`()
        throws
    {
        let disk = Self.disk(Self.whole)
        #expect(try Self.held(disk) == [true, true, true])
        let records = try KeyRecords(of: disk.journal)
        let again = try records.erasures.apply(to: disk.keys, holding: records)
        #expect(again.isEmpty)
        #expect(try Self.held(disk) == [false, true, true])
    }

    @Test func `a journal that is older than the erasure is overruled by a list kept apart`() throws
    {
        let list = try KeyRecords(of: Self.disk(Self.whole).journal).erasures
        #expect(list.entries.map { $0.key } == [Self.erased])
        let copy = Self.disk(Self.before)
        let records = try KeyRecords(of: copy.journal)
        let again = try list.apply(to: copy.keys, holding: records)
        #expect(again == [Self.erased], "its state still knows what the erasure cleared")
        #expect(try Self.held(copy) == [false, true, true])
    }

    @Test func `a key that was made after the erasure stays`() throws {
        var list = ErasureList()
        list.add(Self.returned, at: Timestamp(ms: 4 * Milliseconds.hour))
        let disk = Self.disk(Self.whole)
        let again = try list.apply(to: disk.keys, holding: try KeyRecords(of: disk.journal))
        #expect(again.isEmpty)
        #expect(try Self.held(disk) == [true, true, true])
    }
}
