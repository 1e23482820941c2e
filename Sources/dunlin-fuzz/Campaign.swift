/// A promise that an input broke.
struct Violation: Error, CustomStringConvertible {
    var subject: String
    var promise: String
    var input: [UInt8]

    var description: String {
        let digits = self.input.prefix(4096).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }
        return "\(self.subject): \(self.promise); input \(digits.joined())"
    }
}

/// Runs one mutated input after the other through the subjects in turn.
final class Campaign {
    struct Count {
        var all: UInt64 = 0
        var accepted: UInt64 = 0
    }

    private let subjects: [Subject]
    private let seed: UInt64
    private(set) var accepted: [String: Count] = [:]

    init(subjects: [Subject], seed: UInt64) {
        self.subjects = subjects
        self.seed = seed
    }

    /// Answers what was broken, if anything.
    func run(_ number: UInt64) -> Violation? {
        var random = Randomness(seed: self.seed, run: number)
        let subject = random.pick(self.subjects)
        let start = random.pick(subject.corpus)
        // Now and then the good input itself: it must be understood.
        let isIntact = random.below(64) == 0
        let input =
            isIntact ? start : Mutation.mutated(start, corpus: subject.corpus, &random)
        var count = self.accepted[subject.name] ?? Count()
        defer { self.accepted[subject.name] = count }
        count.all += 1
        do {
            let isAccepted = try subject.check(input, &random)
            if isAccepted { count.accepted += 1 }
            guard isAccepted || !isIntact else {
                return Violation(
                    subject: subject.name, promise: "a good input was refused", input: input)
            }
            return nil
        } catch let violation as Violation {
            return violation
        } catch {
            return Violation(subject: subject.name, promise: "threw \(error)", input: input)
        }
    }
}
