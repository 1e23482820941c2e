import Crypto
package import DunlinCore
import Foundation

/// Everything that a bundle is made from, so that it can be stored and made again, on another
/// machine and after a restart, with the same id.
package struct BundleSource: Sendable {
    /// In order: a later file's policies replace those of the same name, and its default wins.
    package var policies: [PolicyText]
    /// The text of the decline map file.
    package var declineMap: String
    /// Decline maps of the merchant's own, laid over ``declineMap`` in this order.
    package var ownDeclineMaps: [PolicyText]
    /// The rule files, one for each family.
    package var rules: [PolicyText]
    /// The text of the file of contact hours.
    package var contactHours: String
    /// The policy of each tenant that names one.
    package var tenantPolicies: [String: String]
    package var zones: ZoneCatalog
    /// The zone database's release, for people. Not part of the id.
    package var zonesVersion: String

    /// Largest stored source that is read, in bytes.
    package static let bytesMax = 16 << 20
    /// Most policy files of one bundle.
    package static let policiesMax = 64
    /// Most decline maps, and most rule files, of one bundle.
    package static let mapsMax = 64

    /// Without arguments beyond the zones: the files that come with Dunlin.
    package init(
        policies: [PolicyText] = [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy],
        declineMap: String = BuiltInSources.declineMap, ownDeclineMaps: [PolicyText] = [],
        rules: [PolicyText] = BuiltInSources.rules,
        contactHours: String = BuiltInSources.contactHours,
        tenantPolicies: [String: String] = [:], zones: ZoneCatalog, zonesVersion: String = ""
    ) {
        self.policies = policies
        self.declineMap = declineMap
        self.ownDeclineMaps = ownDeclineMaps
        self.rules = rules
        self.contactHours = contactHours
        self.tenantPolicies = tenantPolicies
        self.zones = zones
        self.zonesVersion = zonesVersion
    }

    /// The first eight bytes of SHA-256 over every text, in order and with its length, the
    /// tenants' choices sorted by tenant, and the zones' bytes. File names do not matter.
    package var id: BundleID {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) {
            let length = UInt64(bytes.count)
            hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) })
            hash.update(data: bytes)
        }
        add(Array("dunlin-bundle/1".utf8))
        add(Array("\(self.policies.count)".utf8))
        for policy in self.policies { add(Array(policy.text.utf8)) }
        add(Array(self.declineMap.utf8))
        add(Array("\(self.ownDeclineMaps.count)".utf8))
        for map in self.ownDeclineMaps { add(Array(map.text.utf8)) }
        add(Array("\(self.rules.count)".utf8))
        for file in self.rules { add(Array(file.text.utf8)) }
        add(Array(self.contactHours.utf8))
        add(Array("\(self.tenantPolicies.count)".utf8))
        for (tenant, policy) in self.sortedTenants {
            add(Array(tenant.utf8))
            add(Array(policy.utf8))
        }
        add(ZoneCatalogCodec.encode(self.zones))
        return BundleID(hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Adds a file that is applied, last, so that it wins.
    ///
    /// A file of the same name whose policies it has all again is its former version and goes: what
    /// was taken out of it (a segment, an experiment, a holdout) is no longer in force.
    package mutating func apply(_ policy: PolicyText) {
        let names = BundleCompiler.names(in: policy)
        self.policies.removeAll { earlier in
            guard earlier.text != policy.text else { return true }
            let had = earlier.file == policy.file ? BundleCompiler.names(in: earlier) : []
            return !had.isEmpty && had.isSubset(of: names)
        }
        self.policies.append(policy)
    }

    private var sortedTenants: [(String, String)] {
        self.tenantPolicies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: Storing

    private static let format = "dunlin-bundle-source/1"

    private struct Stored: Codable {
        var format: String
        var policies: [PolicyText]
        var declineMap: String
        var ownDeclineMaps: [PolicyText]
        var rules: [PolicyText]
        /// Left out by sources that were stored before it existed.
        var contactHours: String?
        var tenantPolicies: [String: String]
        var zones: Data
        var zonesVersion: String
    }

    /// JSON with sorted keys: the same source gives the same bytes.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(
            try encoder.encode(
                Stored(
                    format: Self.format, policies: self.policies, declineMap: self.declineMap,
                    ownDeclineMaps: self.ownDeclineMaps, rules: self.rules,
                    contactHours: self.contactHours,
                    tenantPolicies: self.tenantPolicies,
                    zones: Data(ZoneCatalogCodec.encode(self.zones)),
                    zonesVersion: self.zonesVersion)))
    }

    /// Reads what ``encoded()`` gave. Throws when the bytes are not that, or damaged.
    package init(encoded bytes: [UInt8]) throws(PolicyError) {
        guard bytes.count <= Self.bytesMax,
            let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)),
            stored.format == Self.format, stored.policies.count <= Self.policiesMax,
            stored.ownDeclineMaps.count <= Self.mapsMax, stored.rules.count <= Self.mapsMax,
            let zones = ZoneCatalogCodec.decode(Array(stored.zones))
        else {
            throw PolicyError(findings: [
                Finding(
                    severity: .error, file: "stored bundle", line: 1, column: 1, field: "",
                    message: "this is no stored bundle that this version reads",
                    remedy: "Apply the policy files again")
            ])
        }
        self.init(
            policies: stored.policies, declineMap: stored.declineMap,
            ownDeclineMaps: stored.ownDeclineMaps, rules: stored.rules,
            contactHours: stored.contactHours ?? BuiltInSources.contactHours,
            tenantPolicies: stored.tenantPolicies, zones: zones, zonesVersion: stored.zonesVersion)
    }
}
