import ArgumentParser
import Foundation

/// The journal's writer beside SQLite alone, with the same bytes in batches of one size.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The journal's writer beside a raw SQLite append.")

    @Option(name: .long, help: "How many transitions.")
    var transitions = 2_000_000

    @Option(name: .long, help: "Bytes of records for each.")
    var bytes = 100

    @Option(name: .long, help: "Where the files go.")
    var directory = NSTemporaryDirectory()

    func validate() throws {
        guard self.transitions > 0, self.bytes > 0 else {
            throw ValidationError("--transitions and --bytes must be greater than 0")
        }
    }

    func run() throws {
        let setting = RawAppendBenchmark.Setting(
            transitions: self.transitions, bytesPerTransition: self.bytes,
            directory: self.directory)
        Self.show("raw", try RawAppendBenchmark(setting: setting).run())
        Self.show("journal", try JournalBenchmark(setting: setting).run())
    }

    private static func show(_ name: String, _ figures: RawAppendBenchmark.Figures) {
        let micros = (figures.cpuMicrosPerTransition * 100).rounded() / 100
        print("\(name): \(Int(figures.transitionsPerSecond))/s, \(micros) µs of CPU each")
    }
}
