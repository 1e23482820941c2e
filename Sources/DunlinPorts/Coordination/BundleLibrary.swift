package import DunlinCluster

/// Keeps the sources of a cluster's bundles: every one that any node has ever decided by, so that a
/// node that was away, or is new, finds those that cases still name.
package protocol BundleLibrary: Sendable {
    /// Keeps a bundle under its id, durably; one that is kept stays as it is.
    ///
    /// `former`: All nodes decide by it from now on, in the place of that one (0 for none); `nil`
    /// to keep it only. Throws `failedPrecondition` when another is in its place by now.
    func keep(
        bundle: UInt64, source: [UInt8], use former: UInt64?
    ) async throws(CoordinatorError)

    /// Throws `notFound` for one that is not kept.
    func source(ofBundle bundle: UInt64) async throws(CoordinatorError) -> [UInt8]

    /// The ids of all that are kept, in order.
    func bundles() async throws(CoordinatorError) -> [UInt64]
}
