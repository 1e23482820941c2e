package import DunlinPorts

/// What a restored data directory says of its place in the new cluster, which its coordinator says
/// alike: so the node's first start counts as a clean one.
package struct RestoredDisk {
    private let diskID: UInt64
    private let incarnation: UInt64

    /// Of which registration the coordinator's part of a restore makes the former one.
    package static let startCounter: UInt64 = 1

    package init(diskID: UInt64, incarnation: UInt64) {
        self.diskID = diskID
        self.incarnation = incarnation
    }

    /// Durable when it returns.
    package func store(in meta: any MetaStore) throws(StoreError) {
        try meta.set("member.disk", DiskRecord.bytes(self.diskID))
        try meta.set("member.incarnation", DiskRecord.bytes(self.incarnation))
        try meta.set("member.start", DiskRecord.bytes(Self.startCounter))
    }
}
