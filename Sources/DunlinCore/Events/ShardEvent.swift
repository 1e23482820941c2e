/// What happened to a shard as a whole. Its key is ``EntityKey/shard``.
package enum ShardEvent: Hashable, Sendable {
    /// From here on the shard opens cases under this bundle.
    case bundleActivated(BundleID)
    /// From here on its records and rows may be of this level. Counted from 1.
    case levelRaised(UInt32)

    package var kind: EventKind {
        switch self {
        case .bundleActivated: .bundleActivated
        case .levelRaised: .levelRaised
        }
    }
}
