import DunlinCore
import DunlinPolicy
import Testing

@Suite("A bundle")
struct BundleTests {
    private static let own = PolicyText(
        file: "own.yaml",
        text: """
            dunlin: policy/1
            default: careful
            policies:
              careful:
                retries: {ladder: [2d, 5d]}
            """)

    private func source() throws -> BundleSource {
        let loaded = try ZoneLoader.load()
        return BundleSource(zones: loaded.catalog, zonesVersion: loaded.version)
    }

    @Test("is named by its content: any change of a text, a tenant or a zone renames it")
    func identity() throws {
        let source = try self.source()
        var sources = [source]
        var changed = source
        changed.declineMap += "\n# a comment\n"
        sources.append(changed)
        changed = source
        changed.rules[0].text += "\n"
        sources.append(changed)
        changed = source
        changed.ownDeclineMaps = [PolicyText(file: "a", text: "b")]
        sources.append(changed)
        changed = source
        changed.policies.append(Self.own)
        sources.append(changed)
        changed = source
        changed.tenantPolicies["acme"] = "ladder"
        sources.append(changed)
        changed = source
        changed.zones.zones["UTC"]?.initialOffsetMs = 1
        sources.append(changed)
        changed = source
        changed.policies.reverse()
        sources.append(changed)
        #expect(Set(sources.map(\.id)).count == sources.count)
        var renamed = source
        renamed.policies[0].file = "elsewhere.yaml"
        renamed.zonesVersion = ""
        #expect(renamed.id == source.id)
    }

    @Test("keeps a name that was given to it once")
    func stableName() {
        let source = BundleSource(
            policies: [Self.own], declineMap: "a",
            rules: [PolicyText(file: "rules.yaml", text: "b")], contactHours: "c",
            tenantPolicies: ["t": "p"],
            zones: ZoneCatalog(zones: ["UTC": .utc]))
        #expect(source.id.description == "e6835f8830349aec")
    }

    @Test("is made again from what was stored, with the same id and the same values")
    func storing() throws {
        var source = try self.source()
        source.policies.append(Self.own)
        source.tenantPolicies = ["acme": "ladder"]
        let made = try BundleCompiler.compile(source).bundle
        let bytes = try source.encoded()
        #expect(bytes.count < 400_000)
        let again = try BundleCompiler.reload(try BundleSource(encoded: bytes))
        #expect(again.id == made.id)
        #expect(again.policies == made.policies)
        #expect(again.rules == made.rules)
        #expect(again.tenantPolicies == made.tenantPolicies)
        #expect(again.zones.zones.count == made.zones.zones.count)
        #expect(
            again.zones.zone("Europe/Madrid").transitions
                == made.zones.zone("Europe/Madrid").transitions)
    }

    @Test("refuses stored bytes that are damaged")
    func damagedStore() throws {
        let bytes = try BundleSource(zones: ZoneCatalog()).encoded()
        for length in [0, 1, bytes.count / 2, bytes.count - 1] {
            #expect(throws: PolicyError.self) { try BundleSource(encoded: Array(bytes[..<length])) }
        }
    }

    @Test("is made again even when a newer checker would refuse it")
    func reloadIsLenient() throws {
        var source = BundleSource(zones: ZoneCatalog())
        source.policies.append(
            PolicyText(
                file: "old.yaml",
                text: """
                    dunlin: policy/1
                    policies:
                      old:
                        retries: {ladder: [2d, 1d]}
                    """))
        #expect(throws: PolicyError.self) { try BundleCompiler.compile(source) }
        #expect(try BundleCompiler.reload(source).policies["old"] != nil)
    }

    @Test("lets a later file replace a policy and the default, and says so")
    func layering() throws {
        var source = BundleSource(zones: ZoneCatalog())
        source.policies.append(Self.own)
        source.policies.append(
            PolicyText(
                file: "again.yaml",
                text: """
                    dunlin: policy/1
                    policies:
                      careful:
                        retries: {ladder: [3d]}
                    """))
        let compiled = try BundleCompiler.compile(source)
        #expect(compiled.bundle.defaultPolicy == "careful")
        let offsets = compiled.bundle.policies["careful"]?.retries.defaultLadder.offsetsMs
        #expect(offsets == [3 * Milliseconds.day])
        #expect(compiled.findings.map(\.field) == ["policies.careful"])
        #expect(compiled.findings.first?.severity == .warning)
    }

    @Test("refuses a default or a tenant's policy that does not exist, naming the nearest")
    func missingPolicies() throws {
        var source = BundleSource(zones: ZoneCatalog())
        source.tenantPolicies = ["acme": "laddre"]
        source.policies.append(
            PolicyText(
                file: "own.yaml",
                text: """
                    dunlin: policy/1
                    default: standart
                    policies:
                      careful:
                        retries: {ladder: [3d]}
                    """))
        let error = #expect(throws: PolicyError.self) { try BundleCompiler.compile(source) }
        #expect(
            error?.findings.map(\.description) == [
                "own.yaml:2:10: error: default: there is no policy `standart`. "
                    + "Perhaps `standard` was meant.",
                "bundle:1:1: error: tenants.acme: there is no policy `laddre`. "
                    + "Perhaps `ladder` was meant.",
            ])
    }

    @Test("says where a decline map or a rule file is wrong")
    func otherFiles() throws {
        var source = BundleSource(policies: [Self.own], zones: ZoneCatalog())
        source.declineMap = """
            dunlin: declines/1
            unmapped: {class: unmapped, advice: wait}
            codes:
              a: {class: softFund, advice: wait}
              b: {class: softFunds}
            network_codes:
              vista: {"51": {class: softFunds, advice: wait}}
            advice_codes:
              "24": {delay: soon}
            """
        let rules = """
            dunlin: rules/1
            version: 2025-13-40
            budgets:
              - {number: 1, name: a, window: 30d, attempts_max: 5, source: x}
              - {number: 1, name: b, window: 90d, attempts_max: 5, source: x}
              - {number: 1, name: c, window: 1d, attempts_max: 5, source: x, effective_from: 2026-01-01, effective_until: 2025-01-01}
            """
        source.rules = [PolicyText(file: "rules.yaml", text: rules)]
        let error = #expect(throws: PolicyError.self) { try BundleCompiler.compile(source) }
        let places = error?.findings.map { "\($0.file):\($0.line) \($0.field)" }
        #expect(
            places == [
                "decline-map.yaml:4 codes.a.class",
                "decline-map.yaml:5 codes.b.advice",
                "decline-map.yaml:7 network_codes.vista",
                "decline-map.yaml:9 advice_codes.24.delay",
                "rules.yaml:2 version",
                "rules.yaml:5 budgets[1].window",
                "rules.yaml:6 budgets[2].number",
                "rules.yaml:6 budgets[2].effective_until",
            ])
    }
}
