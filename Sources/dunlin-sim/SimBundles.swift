import DunlinCore
import DunlinPolicy
import DunlinPorts

/// The files that come with Dunlin, without zones: simulated customers live in UTC.
struct SimBundles: BundleSupplier {
    private let source = BundleSource(
        policies: [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy],
        tenantPolicies: ["main": "ladder"], zones: ZoneCatalog())

    func initial() throws(NodeError) -> SuppliedBundle {
        do {
            let compiled = try BundleCompiler.compile(self.source)
            return SuppliedBundle(
                bundle: compiled.bundle, source: try compiled.source.encoded(), warnings: [])
        } catch {
            throw NodeError(.internalError, "the built-in policy is wrong: \(error)")
        }
    }

    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError)
        -> SuppliedBundle
    {
        throw NodeError(.failedPrecondition, "simulated nodes keep their policy")
    }

    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle {
        try self.initial()
    }

    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle { try self.initial() }
}
