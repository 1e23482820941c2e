import DunlinCore
import DunlinTesting

/// What many lives came to.
struct HistorySum: Sendable {
    private(set) var findings = LawFindings()
    private(set) var attempts: UInt64 = 0
    private(set) var debits: UInt64 = 0
    private(set) var permitLines: UInt64 = 0
    /// Lives in which a law was broken.
    private(set) var broken: UInt64 = 0

    init() {}

    /// Lives the lives of some seeds, and tells of those that broke a law.
    init(of seeds: Range<UInt64>, _ rules: Bundle) {
        for seed in seeds {
            let history = RandomHistory(seed: seed, rules)
            self.findings.add(history.findings)
            self.attempts.increase(by: history.attempts)
            self.debits.increase(by: history.debits)
            self.permitLines.increase(by: history.permitLines)
            guard history.findings.brokenCount > 0 else { continue }
            self.broken += 1
            print("seed \(seed): \(history.findings.breaches)")
        }
    }

    mutating func add(_ other: HistorySum) {
        self.findings.add(other.findings)
        self.attempts.increase(by: other.attempts)
        self.debits.increase(by: other.debits)
        self.permitLines.increase(by: other.permitLines)
        self.broken.increase(by: other.broken)
    }
}
