import DunlinCluster
import DunlinPorts

/// What a data directory knows of its place in a cluster. Kept in the directory's `meta`, under
/// `member.*`, eight bytes each, big-endian.
struct DiskRecord: Equatable {
    /// Made with the directory.
    var diskID: UInt64
    /// As the coordinator last said; 0 before.
    var incarnation: UInt64
    var startCounter: UInt64
    /// Of the registration that is under way: made anew after each that was answered.
    var nonce: UInt64

    /// Reads the record, or makes one. What is made is durable when this returns.
    static func load(
        _ meta: any MetaStore, random: (Int) -> [UInt8]
    ) throws(StoreError) -> DiskRecord {
        let record = DiskRecord(
            diskID: try Self.number("disk", meta) ?? Self.drawn(random),
            incarnation: try Self.number("incarnation", meta) ?? 0,
            startCounter: try Self.number("start", meta) ?? 0,
            nonce: try Self.number("nonce", meta) ?? Self.drawn(random))
        try meta.set("member.disk", Self.bytes(record.diskID))
        try meta.set("member.nonce", Self.bytes(record.nonce))
        return record
    }

    /// Keeps what the coordinator said. The next registration has another nonce.
    mutating func keep(
        _ reply: RegistrationReply, _ meta: any MetaStore, random: (Int) -> [UInt8]
    ) throws(StoreError) {
        self.incarnation = reply.incarnation
        self.startCounter = reply.startCounter
        self.nonce = Self.drawn(random)
        // The counter last: with the old one and the new nonce the disk would look like a copy.
        try meta.set("member.incarnation", Self.bytes(self.incarnation))
        try meta.set("member.start", Self.bytes(self.startCounter))
        try meta.set("member.nonce", Self.bytes(self.nonce))
    }

    /// The next try is another registration: the nonce was used up by a process that this disk does
    /// not know of.
    mutating func renew(
        _ meta: any MetaStore, random: (Int) -> [UInt8]
    ) throws(StoreError) {
        self.nonce = Self.drawn(random)
        try meta.set("member.nonce", Self.bytes(self.nonce))
    }

    private static func drawn(_ random: (Int) -> [UInt8]) -> UInt64 {
        max(1, random(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static func number(
        _ name: String, _ meta: any MetaStore
    ) throws(StoreError) -> UInt64? {
        guard let bytes = try meta.value("member.\(name)"), bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
