import DunlinConnect
import DunlinCore
import DunlinPolicy
import DunlinPorts

/// Makes bundles of policy files, with the data that comes with Dunlin and the machine's zones.
struct BundleFiles: BundleSupplier {
    private let source: BundleSource
    private let templates: Set<String>
    /// Tenants whose gateway charges invoices in whole only.
    private let wholeOnly: Set<String>

    /// `policies`, `declineMaps`: files of the configuration, after the ones that come with Dunlin.
    init(
        policies: [PolicyText], declineMaps: [PolicyText] = [], tenantPolicies: [String: String],
        templates: Set<String>, wholeOnly: Set<String> = []
    ) throws(Failure) {
        do {
            let zones = try ZoneLoader.load()
            self.source = BundleSource(
                policies: [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy] + policies,
                ownDeclineMaps: declineMaps, tenantPolicies: tenantPolicies, zones: zones.catalog,
                zonesVersion: zones.version)
        } catch {
            throw Failure(error.message)
        }
        self.templates = templates
        self.wholeOnly = wholeOnly
    }

    func initial() throws(NodeError) -> SuppliedBundle { try self.supply(self.source) }

    func applying(
        yaml: String, tenant: String?, to base: [UInt8]
    ) throws(NodeError)
        -> SuppliedBundle
    {
        var source = try self.decode(base)
        source.zones = self.source.zones
        source.zonesVersion = self.source.zonesVersion
        if Self.isDeclineMap(yaml) {
            guard tenant == nil else {
                throw NodeError(
                    .invalid, "a decline map says itself whom it is for: write `tenant:` in it")
            }
            source.ownDeclineMaps.removeAll { $0.text == yaml }
            source.ownDeclineMaps.append(PolicyText(file: "decline-map-own.yaml", text: yaml))
            return try self.supply(source)
        }
        var text = PolicyText(file: "policy.yaml", text: yaml)
        if let tenant {
            let named = try self.defaultPolicy(of: text)
            source.tenantPolicies[tenant] = named
            // Its default is this tenant's only: the others keep theirs, which an earlier file says.
            text.file = Self.tenantFile
            source.policies.insert(text, at: 0)
        } else {
            source.apply(text)
        }
        return try self.supply(source)
    }

    func rebasing(current: [UInt8], from base: [UInt8]) throws(NodeError) -> SuppliedBundle {
        let (applied, before) = (try self.decode(current), try self.decode(base))
        var source = self.source
        let policies = applied.policies.filter { !before.policies.contains($0) }
        source.policies =
            policies.filter { $0.file == Self.tenantFile } + source.policies
            + policies.filter { $0.file != Self.tenantFile }
        source.ownDeclineMaps += applied.ownDeclineMaps.filter {
            !before.ownDeclineMaps.contains($0)
        }
        for (tenant, policy) in applied.tenantPolicies
        where before.tenantPolicies[tenant] != policy {
            source.tenantPolicies[tenant] = policy
        }
        return try self.supply(source)
    }

    /// Whether a text calls itself a decline map, in its first line that says something.
    private static func isDeclineMap(_ yaml: String) -> Bool {
        let lines = yaml.split(separator: "\n").lazy.filter { !$0.hasPrefix("#") }
        return lines.first?.hasPrefix("dunlin: declines/") ?? false
    }

    /// The file name of a policy that was applied for one tenant only.
    private static let tenantFile = "policy-of-tenant.yaml"

    func load(source: [UInt8]) throws(NodeError) -> SuppliedBundle {
        let decoded = try self.decode(source)
        do {
            return SuppliedBundle(
                bundle: try BundleCompiler.reload(decoded), source: source, warnings: [])
        } catch {
            throw NodeError(.storage, "a stored bundle cannot be read: \(error)")
        }
    }

    private func decode(_ bytes: [UInt8]) throws(NodeError) -> BundleSource {
        do {
            return try BundleSource(encoded: bytes)
        } catch {
            throw NodeError(.storage, "a stored bundle cannot be read: \(error)")
        }
    }

    private func defaultPolicy(of text: PolicyText) throws(NodeError) -> String {
        var alone = self.source
        alone.policies = [text]
        alone.tenantPolicies = [:]
        do {
            return try BundleCompiler.compile(alone, templates: self.templates).bundle.defaultPolicy
        } catch {
            throw NodeError(.invalid, "\(error)")
        }
    }

    private func supply(_ source: BundleSource) throws(NodeError) -> SuppliedBundle {
        let compiled: CompiledBundle
        do {
            compiled = try BundleCompiler.compile(source, templates: self.templates)
        } catch {
            throw NodeError(.invalid, "\(error)")
        }
        guard let bytes = try? compiled.source.encoded() else {
            throw NodeError(.internalError, "the bundle cannot be encoded")
        }
        return SuppliedBundle(
            bundle: compiled.bundle, source: bytes,
            warnings: compiled.findings.map(\.description) + self.idleParts(compiled.bundle))
    }

    /// Policies that ask for parts of tenants whose gateway takes none.
    private func idleParts(_ bundle: Bundle) -> [String] {
        self.wholeOnly.sorted().compactMap { tenant in
            guard let policy = bundle.policy(forTenant: tenant), policy.retries.partial != nil
            else { return nil }
            return
                "policies.\(policy.name).retries.partial: the gateway of tenant \(tenant) charges "
                + "invoices in whole only, so no part is asked for there; remove it, or give the "
                + "tenant another policy"
        }
    }
}
