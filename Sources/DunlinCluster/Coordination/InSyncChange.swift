/// A primary's proposal of other in-sync copies.
package struct InSyncChange: Hashable, Sendable {
    package var shard: UInt32
    /// Of the configuration that the proposal was made from: compared, so that a late one is
    /// refused.
    package var version: UInt64
    package var epoch: UInt64
    package var primary: Member
    /// With incarnations as their acknowledgements bore them (KIP-903). Sorted.
    package var inSync: [Member]

    package init(
        shard: UInt32, version: UInt64, epoch: UInt64, primary: Member, inSync: [Member]
    ) {
        self.shard = shard
        self.version = version
        self.epoch = epoch
        self.primary = primary
        self.inSync = inSync
    }
}

/// A primary's resignation in favour of an in-sync copy.
package struct HandOver: Hashable, Sendable {
    package var shard: UInt32
    package var version: UInt64
    package var epoch: UInt64
    package var primary: Member
    package var to: Member

    package init(shard: UInt32, version: UInt64, epoch: UInt64, primary: Member, to: Member) {
        self.shard = shard
        self.version = version
        self.epoch = epoch
        self.primary = primary
        self.to = to
    }
}
