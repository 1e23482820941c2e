import DunlinCore
import DunlinPolicy
import DunlinWorld
import Testing

/// World files: what is wrong with one is said with its place and a remedy.
@Suite struct WorldFileTests {
    /// Lines of a file, and what must be said of them.
    struct Bad: Sendable, CustomTestStringConvertible {
        var lines: String
        var line: Int
        var field: String
        var says: String

        var testDescription: String { self.field }
    }

    static let bad: [Bad] = [
        Bad(lines: "start: tomorrow", line: 2, field: "start", says: "is no day"),
        Bad(lines: "grain: 7h", line: 2, field: "grain", says: "no whole number of such steps"),
        Bad(lines: "renewals: {fail: 120%}", line: 2, field: "renewals.fail", says: "no share"),
        Bad(lines: "renewals: {every: 36h}", line: 2, field: "renewals.every", says: "days"),
        Bad(lines: "networks: {visa: 60%}", line: 2, field: "networks", says: "add up to 60.0%"),
        Bad(lines: "networks: {sepa: 100%}", line: 2, field: "networks.sepa", says: "no field"),
        Bad(
            lines: "plans:\n  - {name: a, share: 50%, amount: 5}", line: 2, field: "plans",
            says: "add up to 50.0%"),
        Bad(
            lines: "plans:\n  - {name: a, share: 100%}", line: 3, field: "plans[0].amount",
            says: "is missing"),
        Bad(
            lines: "plans:\n  - {name: a, share: 100%, amount: 0}", line: 3,
            field: "plans[0].amount", says: "not a whole number that is allowed"),
        Bad(
            lines: "reasons:\n  - {name: a, share: 100%, codes: [], causes: {dead: 100%}}", line: 3,
            field: "reasons[0].codes", says: "names no code"),
        Bad(
            lines: "reasons:\n  - {name: a, share: 100%, codes: [x], causes: {money: 100%}}",
            line: 3, field: "reasons[0].causes.money", says: "no field"),
        Bad(lines: "funds: {draws: often}", line: 2, field: "funds.draws", says: "ways to draw"),
        Bad(lines: "funds: {lift: -1}", line: 2, field: "funds.lift", says: "not a number"),
        Bad(
            lines: "customers: {channels: [pigeon]}", line: 2, field: "customers.channels[0]",
            says: "none of the channels"),
        Bad(lines: "customer: {}", line: 2, field: "customer", says: "there is no field"),
    ]

    @Test(arguments: bad)
    func `a wrong file is refused with the place and a remedy`(bad: Bad) {
        let text = "dunlin: world/1\n" + bad.lines
        let error = #expect(throws: PolicyError.self) {
            try WorldFile.read(PolicyText(file: "w.yaml", text: text))
        }
        let finding = error?.findings.first {
            $0.field == bad.field && $0.message.contains(bad.says)
        }
        #expect(finding?.line == bad.line, "\(error?.description ?? "nothing was found")")
        #expect(finding?.remedy.isEmpty == false)
    }

    @Test func `a file says only what is other than in the world that comes with Dunlin`() throws {
        let text = "dunlin: world/1\nrenewals: {fail: 0.1}\ncustomers: {fatigue: 5%}"
        let read = try WorldFile.read(PolicyText(file: "w.yaml", text: text))
        var expected = try WorldFile.standard()
        expected.fails = 0.1
        expected.customers.fatigue = 0.05
        #expect(read == expected)
    }

    @Test func `a world is the same whoever asks, and another one for another seed`() throws {
        let parameters = try WorldFile.standard()
        let (one, same, other) = (
            PaymentWorld(parameters, seed: 7), PaymentWorld(parameters, seed: 7),
            PaymentWorld(parameters, seed: 8)
        )
        var differences = 0
        for index in 0..<500 as Range<UInt64> {
            let answers = [one, same, other].map { world in
                let customer = world.customer(index)
                let episode = world.episode(2, of: customer)
                let at = episode.failedAt.advanced(byMs: 5 * Milliseconds.day)
                return (
                    episode.code, world.fails(2, of: index),
                    world.accepts(episode, of: customer, at: at),
                    world.deed(episode, of: customer, after: .email, at: at, earlier: 1)
                )
            }
            #expect(answers[0] == answers[1])
            if answers[0] != answers[2] { differences += 1 }
        }
        #expect(differences > 250)
    }

    @Test func `as many renewals fail as the world says`() throws {
        let world = PaymentWorld(try WorldFile.standard(), seed: 3)
        let failures = (0..<100_000).count { world.fails(1, of: UInt64($0)) }
        #expect((7200...7800).contains(failures), "\(failures) of 100,000, not 7.5%")
    }

    @Test func `whom nothing could move is not looked at, and who is moved was`() throws {
        let world = PaymentWorld(try WorldFile.standard(), seed: 3)
        var moved = 0
        for index in 0..<2000 as Range<UInt64> {
            let customer = world.customer(index)
            let episode = world.episode(1, of: customer)
            for day in 0..<10 {
                let at = episode.failedAt.advanced(byMs: Int64(day) * Milliseconds.day)
                let deed = world.deed(
                    episode, of: customer, after: .email, at: at, earlier: UInt32(day))
                guard deed != nil else { continue }
                moved += 1
                let step = world.step(notBefore: at)
                #expect(world.mayMove(episode, of: customer, by: .email, inStep: step))
            }
        }
        #expect(moved > 300)
    }
}
