/// The version of this program, as `--version` and a node's status show it.
enum ProductVersion {
    static let current = "0.1.0"
}

/// Levels of records and rows that this program knows: the newest, and the one before, which it
/// writes until the cluster's level is raised.
enum ProductLevels {
    static let known: ClosedRange<UInt32> = 1...2
}
