import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinWorld
import Foundation

/// From the start of a process until its node takes commands, with all cases open: after a kill -9,
/// which leaves a tail of the journal to be replayed, and after a clean stop.
struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "From a process's start to its node taking commands, with all cases open.")

    @Option(name: .long, help: "How many cases.")
    var cases = 1_000_000

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    @Flag(name: .long, help: "Answer as JSON on stdout.")
    var json = false

    @Option(help: .hidden)
    var open: String?

    @Flag(help: .hidden)
    var make = false

    func validate() throws {
        guard self.cases > 0 else { throw ValidationError("--cases must be greater than 0") }
    }

    func run() async throws {
        if let path = self.open { return try await self.serve(path) }
        let path = self.directory + "/dunlin-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let made = try self.child(path, makes: true, kills: true)
        let killed = try self.child(path, makes: false, kills: false)
        let stopped = try self.child(path, makes: false, kills: true)
        let disk = Self.bytes(in: path) >> 20
        if self.json {
            print(
                """
                {"cases":\(self.cases),"made_s":\(Self.text(made)),\
                "after_kill_s":\(Self.text(killed)),"after_stop_s":\(Self.text(stopped)),\
                "disk_mb":\(disk)}
                """)
        } else {
            print(
                "\(self.cases) open cases, \(disk) MiB on disk: takes commands "
                    + "\(Self.text(killed)) s after a start that follows kill -9, "
                    + "\(Self.text(stopped)) s after one that follows a stop")
        }
    }

    /// In the process of its own: opens the directory, says so, and stops when stdin ends.
    private func serve(_ path: String) async throws {
        let bench = try await BenchNode.open(path, BenchNode.Setup(policy: "standard"))
        let (makes, cases) = (self.make, self.cases)
        try await bench.runKeeping { bench in
            var first = 0
            while makes, first < cases {
                let last = min(cases, first + 4096)
                try await bench.take((first..<last).map { OpenCase.event($0) })
                first = last
            }
            if makes { _ = try await bench.node.advanceClock(to: LadderWorkload.start) }
            // One of them answers for all: its shard has been loaded as every other.
            let key = OpenCase.event(cases - 1).key
            guard try await bench.node.accounts([key]).first??.state.cases.first?.isOpen == true
            else { throw ValidationError("a case that was opened is not there") }
            try FileHandle.standardOutput.write(contentsOf: Data("serving\n".utf8))
            _ = try FileHandle.standardInput.readToEnd()
        }
    }

    /// Seconds until the child served.
    private func child(_ path: String, makes: Bool, kills: Bool) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["restart", "--cases", String(self.cases), "--open", path] + (makes ? ["--make"] : [])
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        let said = output.fileHandleForReading.availableData
        let seconds = (clock.now - start) / .seconds(1)
        guard !said.isEmpty else {
            process.waitUntilExit()
            throw ValidationError("the node did not start")
        }
        if kills {
            kill(process.processIdentifier, SIGKILL)
        } else {
            try input.fileHandleForWriting.close()
        }
        process.waitUntilExit()
        return seconds
    }

    private static func text(_ seconds: Double) -> String {
        String((seconds * 100).rounded() / 100)
    }

    private static func bytes(in path: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
    }
}
