import ArgumentParser
import DunlinCore
import Foundation

/// Which worlds are run: one, so many, or as many as there is time for.
struct SeedOptions: ParsableArguments {
    @Option(help: "Runs this one seed.")
    var seed: UInt64?

    @Option(help: "How many seeds to run, from the first on.")
    var seeds: UInt64?

    @Option(help: "Runs seeds for so many seconds of real time.")
    var seconds: UInt64?

    @Option(help: "Runs seeds for so many hours of real time.")
    var hours: UInt64?

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    /// Worlds of one process. Tasks that wait in a simulated process when it dies wait for ever, and
    /// keep what they hold: about 5 MB for a cluster. Then the program begins again where it was.
    private static let worldsMax: UInt64 = 300

    /// Runs `world` for one seed after the other; answers how many there were, and their sum.
    func run(_ world: (UInt64) throws -> SimReport) throws -> (count: UInt64, total: SimReport) {
        var progress =
            SeedProgress.carried
            ?? SeedProgress(next: self.first, end: self.end, total: SimReport(seed: self.first))
        var worlds: UInt64 = 0
        while Date().timeIntervalSince1970 < progress.end,
            progress.next - self.first < self.seeds ?? .max
        {
            if worlds == Self.worldsMax { progress.beginAgain() }
            progress.total.add(try world(progress.next))
            progress.next += 1
            worlds += 1
        }
        return (progress.next - self.first, progress.total)
    }

    /// In seconds since 1970, as it must be known to the next process.
    private var end: Double {
        let none: UInt64? = self.seeds == nil ? 30 : nil
        guard let limit = self.seconds ?? self.hours.map({ $0 * 3600 }) ?? none else {
            return .infinity
        }
        return Date().timeIntervalSince1970 + Double(limit)
    }
}

/// How far a run of seeds is, from one process to the next.
private struct SeedProgress {
    private static let variable = "DUNLIN_SIM_PROGRESS"

    var next: UInt64
    var end: Double
    var total: SimReport

    /// What the process before left to this one; `nil` for the first.
    static var carried: SeedProgress? {
        let words = (getenv(Self.variable).map { String(cString: $0) } ?? "").split(separator: " ")
        let sums = words.dropFirst(2).compactMap { UInt64($0) }
        guard let next = words.first.flatMap({ UInt64($0) }), words.count > 1,
            let end = Double(words[1]), sums.count == 7
        else { return nil }
        var total = SimReport(seed: next)
        total.steps = sums[0]
        total.crashes = Int(sums[1])
        total.acknowledged = Int(sums[2])
        total.charges = Int(sums[3])
        total.recovered = Int(sums[4])
        total.records = sums[5]
        total.revived = Int(sums[6])
        return SeedProgress(next: next, end: end, total: total)
    }

    /// Does not return: the same program with the same arguments goes on from here.
    func beginAgain() -> Never {
        let total = self.total
        let sums = [
            total.steps, UInt64(total.crashes), UInt64(total.acknowledged), UInt64(total.charges),
            UInt64(total.recovered), total.records, UInt64(total.revived),
        ]
        let words = ["\(self.next)", "\(self.end)"] + sums.map { "\($0)" }
        setenv(Self.variable, words.joined(separator: " "), 1)
        Program.beginAgain()
    }
}
