import ArgumentParser
import DunlinCore
import DunlinPolicy
import DunlinTesting

struct HistoriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "histories",
        abstract:
            "Random lives under random plans: no attempt breaks a rule of a network or scheme.",
        discussion: """
            Each seed is one account's life: a method, a policy of random times, refusals of all \
            kinds, attempts by others, operators' wishes, providers that refuse messages. An audit \
            counts again from the events alone. Ends with 1, and the seeds, when one breaks a rule.
            """)

    @Option(help: "How many lives.")
    var count = 100_000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    /// Seeds that are told of; more are only counted.
    private static let toldMax = 20

    func validate() throws {
        guard self.count > 0 else { throw ValidationError("--count is greater than 0.") }
    }

    func run() throws {
        let bundle = try BundleCompiler.compile(
            BundleSource(zones: try ZoneLoader.load().catalog)
        ).bundle
        var attempts: UInt64 = 0
        var debits: UInt64 = 0
        var lines: UInt64 = 0
        var broken = 0
        for seed in self.from..<self.from.increased(by: UInt64(self.count)) {
            var life = RandomLife(seed: seed, bundle, withCaution: seed & 1 == 1)
            life.live()
            attempts += life.audit.attempts
            lines += life.audit.lines
            if life.isDebit { debits += life.audit.attempts }
            guard !life.audit.violations.isEmpty else { continue }
            broken += 1
            if broken <= Self.toldMax { print("seed \(seed): \(life.audit.violations)") }
        }
        print(
            "\(self.count) random histories: \(attempts) attempts, \(debits) of them debits,",
            "\(lines) permit lines, \(broken) histories that broke a rule")
        if broken > 0 || attempts == 0 || debits == 0 { throw ExitCode(1) }
    }
}
