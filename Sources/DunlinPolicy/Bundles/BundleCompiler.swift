package import DunlinCore

/// A bundle that was made, with what it was made from.
package struct CompiledBundle: Sendable {
    package var bundle: Bundle
    /// What to store so that the bundle can be made again.
    package var source: BundleSource
    /// Warnings only, in the order of the files.
    package var findings: [Finding]
}

/// Files to a bundle: reads, checks, and names it by its content.
package enum BundleCompiler {
    /// Reads and checks everything.
    ///
    /// `templates`: Names of the message templates that exist; `nil` leaves them unchecked.
    /// Throws everything that was found when any of it is an error.
    package static func compile(
        _ source: BundleSource, templates: Set<String>? = nil
    ) throws(PolicyError) -> CompiledBundle {
        var reading = Reading(source)
        reading.check(templates: templates)
        return CompiledBundle(
            bundle: try reading.bundle(), source: source, findings: reading.findings)
    }

    /// Makes a bundle again that was accepted before: what a newer checker would say about it no
    /// longer matters, since cases are open under it. Throws only when it cannot be read.
    package static func reload(_ source: BundleSource) throws(PolicyError) -> Bundle {
        var reading = Reading(source)
        return try reading.bundle()
    }

    /// Checks one policy file by itself, as an editor or a pipeline would.
    ///
    /// `known`: Names of policies in other files, which this one may speak of; `nil` leaves unchecked
    /// whether the policies exist that it names. Answers everything that was found, in the order of
    /// the file.
    package static func check(
        _ policy: PolicyText, rules: RuleBook? = nil, templates: Set<String>? = nil,
        known: Set<String>? = nil
    ) -> [Finding] {
        let file = PolicyFile(text: policy.text, file: policy.file)
        // A policy that could not be read may be the one that is named.
        let isReadable = file.log.errorCount == 0
        for entry in file.entries {
            entry.check(log: file.log, rules: rules, templates: templates)
        }
        if let known, isReadable {
            let names = known.union(file.entries.map(\.policy.name))
            if let name = file.defaultPolicy {
                file.checkPolicy(name, at: "default", among: names)
            }
            file.checkTargeting(among: names)
        }
        return file.log.ordered
    }

    /// The names of the policies in a file.
    package static func names(in policy: PolicyText) -> Set<String> {
        Set(PolicyFile(text: policy.text, file: policy.file).entries.map(\.policy.name))
    }

    /// The files of one source while a bundle is made of them.
    private struct Reading {
        let source: BundleSource
        let files: [PolicyFile]
        let declines: DeclineMapFile
        /// Laid over ``declines``, in order.
        let ownDeclines: [DeclineMapFile]
        let rules: RuleFiles
        let hours: ContactHoursFile
        /// For what belongs to no file.
        let rest = FindingLog(file: "bundle")

        init(_ source: BundleSource) {
            self.source = source
            self.files = source.policies.map { PolicyFile(text: $0.text, file: $0.file) }
            self.declines = DeclineMapFile(text: source.declineMap, file: "decline-map.yaml")
            self.ownDeclines = source.ownDeclineMaps.map {
                DeclineMapFile(text: $0.text, file: $0.file, isOverlay: true)
            }
            self.rules = RuleFiles(source.rules)
            // A bundle may be made without zones; names are checked where there are some.
            self.hours = ContactHoursFile(
                text: source.contactHours, file: "contact-hours.yaml",
                zones: source.zones.zones.count > 1 ? source.zones : nil)
        }

        var findings: [Finding] {
            self.files.flatMap(\.log.ordered) + self.declines.log.ordered
                + self.ownDeclines.flatMap(\.log.ordered) + self.rules.findings
                + self.hours.log.ordered + self.rest.ordered
        }

        /// The map of every combination of gateway and tenant that the files name.
        private var declinesByScope: [DeclineScope: DeclineMap] {
            let gateways = Set(self.ownDeclines.map(\.scope.gateway)).union([""])
            let tenants = Set(self.ownDeclines.map(\.scope.tenant)).union([""])
            var maps: [DeclineScope: DeclineMap] = [:]
            for gateway in gateways {
                for tenant in tenants {
                    var map = self.declines.map
                    for file in self.ownDeclines
                    where (file.scope.gateway.isEmpty || file.scope.gateway == gateway)
                        && (file.scope.tenant.isEmpty || file.scope.tenant == tenant)
                    {
                        map.overlay(file.map, unmapped: file.unmapped)
                    }
                    maps[DeclineScope(gateway: gateway, tenant: tenant)] = map
                }
            }
            return maps
        }

        func check(templates: Set<String>?) {
            var seen: [String: String] = [:]
            for file in self.files {
                for entry in file.entries {
                    entry.check(log: file.log, rules: self.rules.book, templates: templates)
                    if let earlier = seen[entry.policy.name] {
                        file.log.warning(
                            entry.path, "it replaces the policy of the same name in \(earlier)",
                            remedy: "Give it another name, unless that is meant")
                    }
                    seen[entry.policy.name] = file.log.file
                }
            }
        }

        mutating func bundle() throws(PolicyError) -> Bundle {
            var policies: [String: DunningPolicy] = [:]
            for entry in self.files.flatMap(\.entries) {
                policies[entry.policy.name] = entry.policy
            }
            let chosen = self.files.last { $0.defaultPolicy != nil }
            let name = chosen?.defaultPolicy ?? ""
            if chosen == nil {
                self.rest.error(
                    "default", "no file names the default policy",
                    remedy: "Add a line such as `default: standard` to one of them")
            } else if chosen?.log.errorCount == 0 {
                chosen?.checkPolicy(name, at: "default", among: Set(policies.keys))
            }
            for (tenant, policy) in self.source.tenantPolicies.sorted(by: { $0.key < $1.key })
            where policies[policy] == nil {
                self.rest.error(
                    "tenants.\(shown(tenant))", "there is no policy `\(shown(policy))`",
                    remedy: nearest(policy, of: policies.keys.sorted(), what: "policies"))
            }
            for file in self.files { file.checkTargeting(among: Set(policies.keys)) }
            if self.findings.contains(where: { $0.severity == .error }) {
                throw PolicyError(findings: self.findings)
            }
            var maps = self.declinesByScope
            let declines = maps.removeValue(forKey: DeclineScope()) ?? self.declines.map
            var bundle = Bundle(
                id: self.source.id, policies: policies, defaultPolicy: name,
                tenantPolicies: self.source.tenantPolicies, declines: declines,
                ownDeclines: maps, rules: self.rules.book.placed(in: self.source.zones),
                zones: self.source.zones, hours: self.hours.hours)
            bundle.segments = self.files.flatMap(\.targeting.segments)
            bundle.experiments = self.files.flatMap(\.targeting.experiments)
            bundle.holdout = self.files.compactMap(\.targeting.holdout).last
            return bundle
        }
    }
}

extension PolicyFile {
    /// Policies that segments, arms and the holdout name must be there.
    fileprivate func checkTargeting(among names: Set<String>) {
        for (name, field) in self.targeting.named where !name.isEmpty {
            self.checkPolicy(name, at: field, among: names)
        }
    }

    fileprivate func checkPolicy(_ name: String, at field: String, among names: Set<String>) {
        guard !names.contains(name) else { return }
        self.log.error(
            field, "there is no policy `\(shown(name))`",
            remedy: nearest(name, of: names.sorted(), what: "policies"))
    }
}

extension PolicyFile.Entry {
    fileprivate func check(log: FindingLog, rules: RuleBook?, templates: Set<String>?) {
        let checker = PolicyChecker(
            policy: self.policy, path: self.path, given: self.given, log: log, rules: rules,
            templates: templates)
        checker.check()
    }
}
