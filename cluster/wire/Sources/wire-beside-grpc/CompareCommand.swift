import ArgumentParser
import Foundation

/// Runs `dunlin-bench wire` and this program's `echo` by turns, a process each, and prints each
/// window's medians beside each other.
///
/// Exit: 0 when Dunlin's wire has more calls a second in every window, else 1.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Both by turns, one table.")

    @Option(help: "The release build of dunlin-bench.")
    var dunlinBench: String

    @Option(help: "Turns of each program, of which the medians are printed.")
    var rounds = 5

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: EchoOptions

    /// A window of both.
    private struct Row: Codable {
        var dunlin: Figures
        var grpc: Figures

        /// Calls a second as a multiple of gRPC's, in hundredths.
        var ratioHundredths: Int64 { self.dunlin.callsPerSecond * 100 / self.grpc.callsPerSecond }
    }

    func validate() throws {
        guard (1...100).contains(self.rounds) else {
            throw ValidationError("--rounds are 1 to 100.")
        }
    }

    func run() async throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var rows: [Row] = []
        for window in self.options.windows {
            var dunlin: [Figures] = []
            var grpc: [Figures] = []
            let arguments = [
                "--windows", "\(window)", "--bytes", "\(self.options.bytes)", "--calls",
                "\(self.options.calls)",
            ]
            for _ in 0..<self.rounds {
                dunlin.append(try self.figures(self.dunlinBench, ["wire", "--json"] + arguments))
                grpc.append(try self.figures(own, ["echo"] + arguments))
            }
            rows.append(Row(dunlin: .median(dunlin), grpc: .median(grpc)))
        }
        try self.show(rows)
        guard rows.allSatisfy({ $0.dunlin.callsPerSecond > $0.grpc.callsPerSecond }) else {
            throw ExitCode.failure
        }
    }

    /// One program's measurement of one window.
    private func figures(_ program: String, _ arguments: [String]) throws -> Figures {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(program) ended with \(process.terminationStatus).")
        }
        return try JSONDecoder().decode(Figures.self, from: text)
    }

    private func show(_ rows: [Row]) throws {
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            print(String(decoding: try encoder.encode(rows), as: UTF8.self))
            return
        }
        print("\(self.options.bytes) bytes, one connection, medians of \(self.rounds) turns each")
        print("window  wire      calls/s    p50 µs    p99 µs   calls/s of gRPC's")
        for row in rows {
            print(Self.line(row.dunlin, "dunlin") + Self.hundredths(row.ratioHundredths, 20))
            print(Self.line(row.grpc, "grpc"))
        }
    }

    private static func line(_ figures: Figures, _ name: String) -> String {
        Self.right("\(figures.window)", 6) + "  "
            + name.padding(
                toLength: 6, withPad: " ", startingAt: 0)
            + Self.right("\(figures.callsPerSecond)", 11) + Self.hundredths(figures.p50Ns / 10, 10)
            + Self.hundredths(figures.p99Ns / 10, 10)
    }

    private static func hundredths(_ value: Int64, _ width: Int) -> String {
        let rest = value % 100
        return Self.right("\(value / 100).\(rest < 10 ? "0" : "")\(rest)", width)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
