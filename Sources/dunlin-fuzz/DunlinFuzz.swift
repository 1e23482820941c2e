import ArgumentParser

/// Throws mutated bytes at everything that reads a peer's or a file's bytes.
///
/// Each run is made from the seed and its own number, so one that fails is repeated with
/// `--seed S --from N --runs 1`. A crash is a failure by nature; `--last FILE` holds the number of the
/// run that crashed.
///
/// For coverage-guided runs, build a library entry around ``Subject/check(_:_:)`` with
/// `-sanitize=fuzzer`; this program needs no instrumentation and is what CI runs.
@main
struct DunlinFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dunlin-fuzz",
        abstract: "Fuzz frames, handshakes, calls, messages and records from a seed.")

    @Option(help: "Where all randomness comes from.")
    var seed: UInt64 = 1

    @Option(help: "Number of the first run.")
    var from: UInt64 = 0

    @Option(help: "How many runs to make; without it --seconds decides.")
    var runs: UInt64?

    @Option(help: "How long to go on, in seconds.")
    var seconds: Double = 10

    @Option(help: "Only subjects whose name contains this.")
    var only: String = ""

    @Option(help: "A file that holds the number of the present run, for crashes.")
    var last: String?

    @Flag(help: "List the subjects and end.")
    var list = false

    func validate() throws {
        guard self.seconds > 0, self.seconds <= 86_400 else {
            throw ValidationError("--seconds is more than 0 and at most 86400.")
        }
    }

    func run() throws {
        let subjects = try Subject.all().filter {
            self.only.isEmpty || $0.name.contains(self.only)
        }
        guard !subjects.isEmpty else {
            throw ValidationError("No subject is named like “\(self.only)”. See --list.")
        }
        guard !self.list else {
            for subject in subjects { print(subject.name) }
            return
        }
        let campaign = Campaign(subjects: subjects, seed: self.seed)
        let mark = try self.last.map { try RunMark(path: $0) }
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(self.seconds))
        var number = self.from
        while self.runs.map({ number - self.from < $0 }) ?? (clock.now < end) {
            mark?.set(number)
            if let violation = campaign.run(number) {
                print("violation in run \(number) of seed \(self.seed): \(violation)")
                throw ExitCode.failure
            }
            number += 1
        }
        print("\(number - self.from) inputs, seed \(self.seed), no violation")
        for (name, count) in campaign.accepted.sorted(by: { $0.key < $1.key }) {
            print("  \(name): \(count.accepted) of \(count.all) were understood")
        }
    }
}
