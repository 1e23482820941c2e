import ArgumentParser
import DunlinCore
import DunlinPolicy
import DunlinTesting

struct HistoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "histories",
        abstract: "Random lives: the laws I1 to I12 hold in each, whatever is planned.",
        discussion: """
            Each seed is one account's life: half of them under plans of random times behind the \
            gate, with cards and debits, refusals of all kinds, attempts by others, clocks that \
            jump; the others with everything that cases can be asked for, or that is said to \
            people. Every law is judged again from the records alone. Ends with 1, and the seeds, \
            when one is broken, or was never judged.
            """)

    @Option(help: "How many lives.")
    var count: UInt64 = 100_000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "How many are lived at the same time.")
    var lanes: UInt64 = 2

    /// Lives that one lane lives between two looks at the others.
    private static let portion: UInt64 = 256
    private static let lanesMax: UInt64 = 64

    func validate() throws {
        guard self.count > 0 else { throw ValidationError("--count is greater than 0.") }
        guard (1...Self.lanesMax).contains(self.lanes) else {
            throw ValidationError("--lanes is 1 to \(Self.lanesMax).")
        }
    }

    func run() async throws {
        let bundle = try BundleCompiler.compile(
            BundleSource(zones: try ZoneLoader.load().catalog)
        ).bundle
        let clock = ContinuousClock()
        let start = clock.now
        let sum = await self.live(bundle)
        let seconds = start.duration(to: clock.now).components.seconds
        print(
            "\(self.count) random histories in \(seconds) s: \(sum.attempts) attempts,",
            "\(sum.debits) of them debits, \(sum.permitLines) permit lines")
        for law in Law.allCases {
            print(
                law.name, "\(sum.findings.judged(law)) judged,",
                "\(sum.findings.broken(law)) broken:", law.text)
        }
        print("\(sum.broken) histories that broke a law")
        let isEmpty = Law.allCases.contains { sum.findings.judged($0) == 0 }
        if sum.broken > 0 || isEmpty || sum.debits == 0 { throw ExitCode(1) }
    }

    /// Portions of seeds, some at a time.
    private func live(_ bundle: Bundle) async -> HistorySum {
        let end = self.from.increased(by: self.count)
        var next = self.from
        var sum = HistorySum()
        await withTaskGroup(of: HistorySum.self) { group in
            for _ in 0..<self.lanes where next < end {
                let seeds = next..<min(end, next.increased(by: Self.portion))
                next = seeds.upperBound
                group.addTask { HistorySum(of: seeds, bundle) }
            }
            while let part = await group.next() {
                sum.add(part)
                guard next < end else { continue }
                let seeds = next..<min(end, next.increased(by: Self.portion))
                next = seeds.upperBound
                group.addTask { HistorySum(of: seeds, bundle) }
            }
        }
        return sum
    }
}
