package import DunlinCore

/// One life by its seed, of whatever kind, and what the laws found in it.
///
/// Half of all seeds are lives behind the gate, under plans of random times (one half of them with
/// our own caution beside the networks' rules); a quarter have everything that cases can be asked
/// for, and a quarter everything that is said to people.
package struct RandomHistory: Sendable {
    package enum Kind: UInt64, Sendable, CaseIterable {
        case gate = 0
        case cautiousGate = 1
        case cases = 2
        case people = 3
    }

    package let findings: LawFindings
    package let attempts: UInt64
    /// Of ``attempts``.
    package let debits: UInt64
    package let permitLines: UInt64

    package static func kind(of seed: UInt64) -> Kind {
        Kind(rawValue: seed % UInt64(Kind.allCases.count)) ?? .gate
    }

    /// Lives the life. `rules`: the bundle with the rules that hold.
    package init(seed: UInt64, _ rules: Bundle) {
        switch Self.kind(of: seed) {
        case .gate, .cautiousGate:
            var life = RandomLife(
                seed: seed, rules, withCaution: seed & 1 == 1, isDisturbed: true)
            life.live()
            self.init(life.bench.laws, isDebit: life.isDebit)
        case .cases:
            var life = RandomCases(seed: seed, rules)
            life.live()
            self.init(life.bench.laws, isDebit: false)
        case .people:
            var life = RandomPeople(seed: seed, rules)
            life.live()
            self.init(life.bench.laws, isDebit: false)
        }
    }

    private init(_ laws: LifeLaws, isDebit: Bool) {
        self.findings = laws.findings
        self.attempts = laws.permits.attempts
        self.debits = isDebit ? laws.permits.attempts : 0
        self.permitLines = laws.permits.lines
    }
}
