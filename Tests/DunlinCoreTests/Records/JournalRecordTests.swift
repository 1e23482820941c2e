import DunlinCore
import DunlinTesting
import Testing

@Suite("Records of the journal")
struct JournalRecordTests {
    @Test("an event of any shape comes back as it was", arguments: EventKind.allCases)
    func anyEventComesBack(kind: EventKind) throws {
        var generator = RecordGenerator(seed: UInt64(kind.rawValue))
        for _ in 0..<500 {
            let record = generator.record(of: kind)
            #expect(record.kind == kind)
            var batch: [UInt8] = []
            record.append(to: &batch)
            #expect(try BatchReader.record(at: 0, in: batch) == record)
        }
    }

    @Test("a batch gives its records in order, counts them and can be entered anywhere")
    func batchIsReadInOrder() throws {
        var generator = RecordGenerator(seed: 7)
        let records = (0..<200).map { _ in generator.record() }
        var batch: [UInt8] = []
        for record in records { record.append(to: &batch) }

        var reader = BatchReader(batch)
        for (index, record) in records.enumerated() {
            #expect(reader.index == UInt32(index))
            #expect(try reader.next() == record)
        }
        #expect(try reader.next() == nil)
        #expect(try reader.skip() == false)

        for index in [0, 1, 99, 199] {
            #expect(try BatchReader.record(at: UInt32(index), in: batch) == records[index])
        }
        #expect(try BatchReader.record(at: 200, in: batch) == nil)
    }

    @Test("the short way of an account's event writes the same bytes")
    func shortWayIsTheSame() {
        var generator = RecordGenerator(seed: 3)
        for _ in 0..<200 {
            let record = generator.record()
            guard case .account(let event) = record.content else { continue }
            var long: [UInt8] = []
            record.append(to: &long)
            var short: [UInt8] = []
            JournalRecord.append(
                event, of: record.key, previous: record.previous, to: &short)
            #expect(long == short)
        }
    }

    @Test("a record whose sub-message is not its kind's is refused")
    func foreignSubMessageIsRefused() {
        // Kind 5, a look-up, with an empty sub-message of kind 1.
        let record: [UInt8] = [0x08, 5, 0x52, 0]
        #expect(self.code(ofRecord: record) == .malformed)
        // Kind 5 without any.
        #expect(self.code(ofRecord: [0x08, 5]) == .malformed)
        // A tenant's event under an account's key.
        #expect(self.code(ofRecord: [0x08, 64, 0x82, 0x04, 0]) == .malformed)
    }

    @Test("a kind of a newer program is told apart from damage")
    func newerKindIsUnknown() {
        #expect(self.code(ofRecord: [0x08, 63]) == .unknownKind)
    }

    @Test("fields of a newer program are passed over")
    func newerFieldsAreSkipped() throws {
        // Kind 19, then field 500 as varint, fixed64, text and fixed32.
        let record: [UInt8] = [
            0x08, 19, 0xA0, 0x1F, 1, 0xA1, 0x1F, 1, 2, 3, 4, 5, 6, 7, 8, 0xA2, 0x1F, 1, 0x41, 0xA5,
            0x1F, 1, 2, 3, 4,
        ]
        let read = try BatchReader.record(at: 0, in: [0x0A, UInt8(record.count)] + record)
        #expect(read?.kind == .keyCreated)
    }

    private func code(ofRecord record: [UInt8]) -> RecordError.Code? {
        do {
            _ = try BatchReader.record(at: 0, in: [0x0A, UInt8(record.count)] + record)
            return nil
        } catch {
            return error.code
        }
    }
}
