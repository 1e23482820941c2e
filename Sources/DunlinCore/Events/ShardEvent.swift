/// What happened to a shard as a whole. Its key is ``EntityKey/shard``.
package enum ShardEvent: Hashable, Sendable {
    /// From here on the shard opens cases under this bundle.
    case bundleActivated(BundleID)
    /// From here on its records and rows may be of this level. Counted from 1.
    case levelRaised(UInt32)
    /// A primary's first batch of its epoch: what is before it is final once it is committed.
    case epochBegan(UInt64, primary: String)

    package var kind: EventKind {
        switch self {
        case .bundleActivated: .bundleActivated
        case .levelRaised: .levelRaised
        case .epochBegan: .epochBegan
        }
    }
}
