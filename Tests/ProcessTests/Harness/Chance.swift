import Foundation

/// Random moments from a seed, which is printed with the kills: `DUNLIN_SEED` sets it, so that a
/// failing run's choices can be made again.
struct Chance: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    /// One for all of this process.
    private static let ownSeed: UInt64 =
        ProcessInfo.processInfo.environment["DUNLIN_SEED"].flatMap { UInt64($0) }
        ?? UInt64(UInt32.random(in: 1 ... .max))

    init(salt: UInt64) {
        self.seed = Self.ownSeed
        self.state = self.seed &* 0x9E37_79B9_7F4A_7C15 ^ salt
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }

    /// Says how often what was killed, for whoever reads a run's output.
    func report(_ kills: Int, _ what: String, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start).components.seconds
        print("kills: \(kills) of \(what) in \(seconds) s, DUNLIN_SEED=\(self.seed)")
    }

    /// How often processes are killed in each test: `DUNLIN_KILLS`, 20 when it is not set.
    static var kills: Int {
        ProcessInfo.processInfo.environment["DUNLIN_KILLS"].flatMap { Int($0) } ?? 20
    }

    /// How long faults are injected, seed after seed: `DUNLIN_FAULT_SECONDS`. One seed at least.
    static var faultSeconds: Int {
        ProcessInfo.processInfo.environment["DUNLIN_FAULT_SECONDS"].flatMap { Int($0) } ?? 0
    }

    /// Accounts of W1 in tests of clusters: `DUNLIN_ACCOUNTS`; without it 100,000 in the long suite
    /// and 4,000 else.
    static var accounts: UInt64 {
        let environment = ProcessInfo.processInfo.environment
        let isLong = environment["DUNLIN_LONG"] != nil
        return environment["DUNLIN_ACCOUNTS"].flatMap { UInt64($0) } ?? (isLong ? 100_000 : 4000)
    }

    /// How long W1 with so many accounts may take beside faults and other tests.
    static var loadLimit: Duration { .seconds(300 + Int64(Self.accounts / 50)) }
}
