import DunlinCore
import DunlinTesting
import Testing

/// A trap would end the test program, so that these tests fail by not ending well.
@Suite("Records and snapshots from hostile bytes")
struct HostileBytesTests {
    @Test("an account cut anywhere is refused or read as what came before the cut")
    func cutAccount() throws {
        for seed in 0..<40 as Range<UInt64> {
            var generator = RecordGenerator(seed: seed)
            let packed = generator.account().packed()
            for count in 0..<packed.count {
                let cut = Array(packed[..<count])
                guard let state = Self.account(cut) else { continue }
                // What was accepted is whole: it packs to itself.
                #expect(state.packed() == cut)
            }
        }
    }

    @Test("a batch cut anywhere gives whole records only", arguments: EventKind.allCases)
    func cutRecord(kind: EventKind) {
        var generator = RecordGenerator(seed: UInt64(kind.rawValue) &+ 1000)
        for _ in 0..<10 {
            let record = generator.record(of: kind)
            var batch: [UInt8] = []
            record.append(to: &batch)
            let first = batch.count
            record.append(to: &batch)
            for count in 0..<batch.count {
                let read = Self.records(Array(batch[..<count]))
                #expect(read.records == (count < first ? [] : [record]))
                #expect(read.failed == (count != 0 && count != first))
            }
        }
    }

    @Test("flipped bits are refused or read as something that packs and comes back")
    func flippedBits() throws {
        for seed in 0..<60 as Range<UInt64> {
            var generator = RecordGenerator(seed: seed)
            var packed = generator.account().packed()
            var batch: [UInt8] = []
            for _ in 0..<4 { generator.record().append(to: &batch) }
            for _ in 0..<200 {
                Self.flip(&packed, by: &generator.random)
                if let state = Self.account(packed) {
                    #expect(try AccountState(packed: state.packed()) == state)
                }
                var flipped = batch
                Self.flip(&flipped, by: &generator.random)
                for record in Self.records(flipped).records {
                    var again: [UInt8] = []
                    record.append(to: &again)
                    #expect(try BatchReader.record(at: 0, in: again) == record)
                }
            }
        }
    }

    @Test("noise is refused or read", arguments: 0..<2000 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<random.next() % 64).map { _ in
            // Small bytes are tags and lengths more often.
            UInt8(truncatingIfNeeded: random.next()) >> UInt8(random.next() % 6)
        }
        _ = Self.account(bytes)
        _ = Self.records(bytes)
        _ = try? TenantState(packed: bytes)
    }

    @Test(
        "what is wrong is said by its code",
        arguments: [
            ([0x08], .truncated),  // a number's tag and no number
            ([0x08, 0x80], .truncated),  // a number that does not end
            ([0x22, 0x05, 0x12], .truncated),  // a profile longer than the snapshot
            ([0x09, 1, 2, 3], .malformed),  // a fixed number where a varint belongs
            ([0x6A, 0x03, 1, 2, 3], .malformed),  // a list of fixed numbers that is not whole
            ([0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], .malformed),  // 35 bits in a 32-bit field
            ([0x00, 0x00], .malformed),  // field number 0
            ([0xA3, 0x06], .malformed),  // a group
            ([0x22, 0x04, 0x12, 0x02, 0xC3, 0x28], .malformed),  // not UTF-8
            ([0x08] + [UInt8](repeating: 0xFF, count: 10), .malformed),  // 70 bits
            ([0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x02], .malformed),  // 65 bits
            ([0x4A, 0x02, 0x10, 0x63], .unknownKind),  // a case's phase 99
            ([0x4A, 0x02, 0x08, 0x01], .malformed),  // a case without a phase
        ] as [([UInt8], RecordError.Code)])
    func codes(bytes: [UInt8], code: RecordError.Code) {
        #expect(throws: RecordError(code)) { try AccountState(packed: bytes) }
    }

    @Test("a list without end is refused before it fills the memory")
    func endlessList() {
        // Empty subscriptions: two bytes each, dozens in memory.
        let bytes = [[UInt8]](repeating: [0x42, 0x00], count: 5000).flatMap(\.self)
        #expect(throws: RecordError(.limit)) { try AccountState(packed: bytes) }
    }

    @Test("unknown messages within one another cost no depth")
    func unknownDepth() throws {
        var bytes: [UInt8] = []
        for _ in 0..<40 { bytes = [0xFA, 0x01, UInt8(bytes.count)] + bytes }
        #expect(try AccountState(packed: bytes) == AccountState())
    }

    private static func account(_ bytes: [UInt8]) -> AccountState? {
        try? AccountState(packed: bytes)
    }

    private static func records(_ bytes: [UInt8]) -> (records: [JournalRecord], failed: Bool) {
        var records: [JournalRecord] = []
        var reader = BatchReader(bytes)
        do {
            while let record = try reader.next() { records.append(record) }
            return (records, false)
        } catch {
            return (records, true)
        }
    }

    private static func flip(_ bytes: inout [UInt8], by random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let at = Int(random.next() % UInt64(bytes.count))
        bytes[at] ^= 1 << UInt8(random.next() % 8)
    }
}
