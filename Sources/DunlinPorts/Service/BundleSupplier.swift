package import DunlinCore

/// Turns policy files into bundles and back. YAML is read here, never on the hot path.
package protocol BundleSupplier: Sendable {
    /// The bundle of an installation that has applied none: what the program and its
    /// configuration say now.
    func initial() throws(NodeError) -> SuppliedBundle

    /// Adds or replaces the policies of one file.
    ///
    /// `base` is the source of the bundle that is current; `tenant` uses the file's default policy
    /// from now on, `nil` makes it the default of tenants that name none.
    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError)
        -> SuppliedBundle

    /// What was applied on top of `base`, applied again to the files of now: a new version of the
    /// program brings new rules, and an edited configuration new policies.
    ///
    /// `current` and `base` are sources of stored bundles.
    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle

    /// Reads a bundle back from its stored source.
    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle
}

/// A checked bundle with the source that makes it again.
package struct SuppliedBundle: Sendable {
    package var bundle: Bundle
    package var source: [UInt8]
    /// One sentence each.
    package var warnings: [String]

    package init(bundle: Bundle, source: [UInt8], warnings: [String]) {
        self.bundle = bundle
        self.source = source
        self.warnings = warnings
    }
}
