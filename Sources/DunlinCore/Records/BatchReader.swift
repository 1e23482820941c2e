/// Goes through the records of one `dunlin.v1.Batch`.
///
/// After an error the rest of the batch cannot be read; the batch is damaged.
package struct BatchReader {
    private var reader: ProtoReader
    /// Index of the record that ``next()`` would answer, counted from 0.
    package private(set) var index: UInt32 = 0

    /// `records`: ``JournalRecord/append(to:)`` wrote them, or a peer says so.
    package init(_ records: [UInt8]) {
        self.reader = ProtoReader(records)
    }

    /// The next record; `nil` after the last.
    package mutating func next() throws(RecordError) -> JournalRecord? {
        guard try self.advance() else { return nil }
        let outer = try self.reader.enter()
        let record = try JournalRecord(from: &self.reader)
        self.reader.leave(to: outer)
        self.index &+= 1
        return record
    }

    /// Passes over the next record without decoding it.
    ///
    /// Answers false after the last.
    package mutating func skip() throws(RecordError) -> Bool {
        guard try self.advance() else { return false }
        self.reader.leave(to: try self.reader.enter())
        self.index &+= 1
        return true
    }

    /// How many records there are; what cannot be read ends the count.
    package static func count(in records: [UInt8]) -> UInt32 {
        var reader = BatchReader(records)
        while (try? reader.skip()) == true {}
        return reader.index
    }

    /// The record at `index`, without decoding those before it.
    ///
    /// Answers `nil` when the batch is shorter.
    package static func record(
        at index: UInt32, in records: [UInt8]
    ) throws(RecordError) -> JournalRecord? {
        var reader = BatchReader(records)
        while reader.index < index {
            guard try reader.skip() else { return nil }
        }
        return try reader.next()
    }

    /// Moves to the next record's field, past anything of a newer level.
    private mutating func advance() throws(RecordError) -> Bool {
        while let field = try self.reader.next() {
            if field == JournalRecord.recordsField { return true }
            try self.reader.skip()
        }
        return false
    }
}
