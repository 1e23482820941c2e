/// The first fields of a snapshot of an account or a tenant, read without the rest.
package struct SnapshotHead: Hashable, Sendable {
    /// The entity's newest record.
    package var lastRecord: RecordPosition
    /// Time of the last event.
    package var lastAt: Timestamp

    /// Looks at the first bytes of a snapshot only: it says nothing about the soundness of the
    /// rest.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        self.lastRecord = .none
        self.lastAt = Timestamp(ms: 0)
        var reader = ProtoReader(bytes)
        while let field = try reader.next() {
            switch field {
            case 1: self.lastRecord.op = try reader.uint64()
            case 2: self.lastRecord.index = try reader.uint32()
            case 3: self.lastAt = try reader.timestamp()
            default: return
            }
        }
    }
}
