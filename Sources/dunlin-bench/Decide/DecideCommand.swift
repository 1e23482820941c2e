import ArgumentParser
import DunlinCore

struct DecideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "What the core takes to decide a command, and for the whole life of a case.",
        discussion: """
            The policy is the built-in `standard`, with the cards' rules, messages and access. A \
            state is copied for each decision, as a caller of `decide` does who keeps the old one; \
            a node decides in place.
            """)

    @Option(help: "Runs a round; the quickest of nine rounds counts.")
    var runs = 20_000

    func run() throws {
        let life = try CaseLife()
        let watch = Stopwatch(runs: self.runs)
        let key = EntityKey(key: "cus_NffrFeUfNV2Hib")
        let position = RecordPosition(op: 100, index: 0)
        let failure = life.failure
        let open = watch.nanoseconds {
            consume(
                DunlinCore.decide(
                    AccountState(), account: key, failure, context: life.context,
                    now: CaseLife.start, at: position))
        }
        let (state, command, now) = life.refusal()
        let refused = watch.nanoseconds {
            consume(
                DunlinCore.decide(
                    state, account: key, command, context: life.context, now: now, at: position))
        }
        let count = life.live()
        let whole = Stopwatch(runs: max(1, self.runs / 100)).nanoseconds { consume(life.live()) }
        print("a payment fails, the case opens      \(Self.micros(open)) µs")
        print("an attempt is refused, the next one  \(Self.micros(refused)) µs")
        print(
            "a case from open to end              \(Self.micros(whole)) µs: \(count.days) days, "
                + "\(count.commands) commands, \(count.events) events")
    }

    private static func micros(_ nanoseconds: Double) -> String {
        let hundredths = Int((nanoseconds / 10).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
