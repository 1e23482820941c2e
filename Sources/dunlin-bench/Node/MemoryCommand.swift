import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinWorld
import Foundation

/// What an open case takes in memory: resident set with all cases open, less the one without any.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Memory for each open case, all resident, with a method and a contact each.")

    @Option(name: .long, help: "How many cases.")
    var cases = 1_000_000

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    func validate() throws {
        guard self.cases > 0 else { throw ValidationError("--cases must be greater than 0") }
    }

    /// Events of one call.
    private static let chunkCount = 4096

    func run() async throws {
        let cases = self.cases
        let bench = try await BenchNode.start(in: self.directory, policy: "standard", seed: 1)
        let (before, after, wall) = try await bench.run { bench in
            let before = Self.residentBytes()
            let clock = ContinuousClock()
            let start = clock.now
            var first = 0
            while first < cases {
                let last = min(cases, first + Self.chunkCount)
                try await bench.take((first..<last).map { OpenCase.event($0) })
                first = last
            }
            let wall = (clock.now - start) / .seconds(1)
            // Until every card and address has said whose it is: they are memory, too.
            _ = try await bench.node.advanceClock(to: LadderWorkload.start)
            return (before, Self.residentBytes(), wall)
        }
        let bytes = (after - before) / cases
        if self.json {
            print(
                """
                {"cases":\(cases),"bytes_per_case":\(bytes),"rss_before_mb":\(before >> 20),\
                "rss_after_mb":\(after >> 20),"opened_per_s":\(Int(Double(cases) / wall))}
                """)
        } else {
            print(
                "\(bytes) bytes for each of \(cases) open cases: \(before >> 20) MiB without, "
                    + "\(after >> 20) MiB with; opened \(Int(Double(cases) / wall)) a second")
        }
    }

    /// Of this process, in bytes. Source: `man 5 proc`, statm.
    static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
            return 0
        }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
