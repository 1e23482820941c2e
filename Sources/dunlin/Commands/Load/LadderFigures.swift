import DunlinCore
import DunlinWeb
import DunlinWorld
import Foundation

/// What a run of W1 prints.
struct LadderFigures: Sendable {
    var workload: LadderWorkload
    var result: LadderResult
    var transitions: UInt64
    var spent: Usage.Spent
    var diskBytes: Int64

    private var perSecond: Double {
        self.spent.wall > 0 ? Double(self.transitions) / self.spent.wall : 0
    }

    var json: JSONValue {
        [
            "accounts": .integer(Int64(self.workload.accounts)),
            "seed": .integer(Int64(bitPattern: self.workload.seed)),
            "recovered": .integer(Int64(self.result.recovered)),
            "exhausted": .integer(Int64(self.result.exhausted)),
            "attempts": .integer(Int64(self.result.attempts)),
            "recovered_minor": .integer(self.result.recoveredMinor),
            "digest": .string(hexadecimal(self.result.digest)),
            "transitions": .integer(Int64(self.transitions)),
            "wall_s": .number("\(self.spent.wall)"), "cpu_s": .number("\(self.spent.cpu)"),
            "max_rss_mb": .integer(self.spent.maxRSSMiB),
            "disk_mb": .integer(self.diskBytes >> 20),
            "transitions_per_s": .integer(Int64(self.perSecond)),
        ]
    }

    var lines: [String] {
        [
            "recovered \(self.result.recovered) of \(self.workload.accounts), exhausted "
                + "\(self.result.exhausted), attempts \(self.result.attempts), "
                + "\(Money(minor: self.result.recoveredMinor, currency: .usd))",
            "digest \(hexadecimal(self.result.digest))",
            "\(self.transitions) durable transitions in \(self.spent.wall) s: "
                + "\(Int(self.perSecond)) a second, "
                + "\(self.spent.cpu * 1e6 / Double(max(1, self.transitions))) µs of CPU each, "
                + "\(self.spent.maxRSSMiB) MiB at most, \(self.diskBytes >> 20) MiB on disk",
        ]
    }
}

/// Wall and CPU time since it was made.
struct Usage: Sendable {
    struct Spent: Sendable {
        var wall: Double
        var cpu: Double
        var maxRSSMiB: Int64
    }

    private let startedAt = ContinuousClock.now
    private let cpuBefore = Usage.cpu()

    func spent() -> Spent {
        let elapsed = ContinuousClock.now - self.startedAt
        let wall =
            Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        var usage = rusage()
        getrusage(__rusage_who_t(0), &usage)
        return Spent(
            wall: wall, cpu: Self.cpu() - self.cpuBefore, maxRSSMiB: Int64(usage.ru_maxrss) >> 10)
    }

    private static func cpu() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(0), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let micros = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(seconds) + Double(micros) / 1e6
    }
}
