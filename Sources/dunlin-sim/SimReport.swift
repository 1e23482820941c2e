import DunlinCore

/// What a world came to.
struct SimReport: Sendable {
    var seed: UInt64
    var trace: UInt64 = 0
    var digest: UInt64 = 0
    var steps: UInt64 = 0
    var crashes = 0
    var acknowledged = 0
    var charges = 0
    var recovered = 0
    var records: UInt64 = 0
    /// Shards that an operator gave back to the one copy that still had everything.
    var revived = 0
    var problems: [String] = []

    init(seed: UInt64) {
        self.seed = seed
    }

    mutating func add(_ other: SimReport) {
        self.steps += other.steps
        self.crashes += other.crashes
        self.acknowledged += other.acknowledged
        self.charges += other.charges
        self.recovered += other.recovered
        self.records += other.records
        self.revived += other.revived
    }

    var summary: String {
        "\(self.steps) steps, \(self.crashes) crashes, \(self.acknowledged) acknowledged events, "
            + "\(self.charges) charges, \(self.recovered) recovered cases, \(self.records) records, "
            + "\(self.revived) revived shards"
    }

    var line: String {
        "seed=\(self.seed) trace=\(hexadecimal(self.trace)) digest=\(hexadecimal(self.digest)) "
            + self.summary
    }
}
