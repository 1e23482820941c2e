import DunlinCore
import DunlinPolicy
import DunlinWorld
import Testing

/// The world that comes with Dunlin against the published effectiveness of real plans.
@Suite struct CalibrationTests {
    /// A plan, the recovery that it must reach in percent, and its attempts for each case.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var plan: FixedPlan
        var percent: Double
        var attempts: Double?

        var testDescription: String { self.name }
    }

    private static let twenty = (1...20).map { Double($0) * 27 / 20 }
    private static let eight = [0.5, 1, 3, 5, 7, 9, 11, 14]

    static let rows: [Row] = [
        Row(name: "one retry", plan: FixedPlan(.days([2])), percent: 18.6, attempts: 0.82),
        Row(name: "3, 5, 7", plan: FixedPlan(.days([3, 5, 7])), percent: 39.7, attempts: 1.9),
        Row(name: "8, 8, 8", plan: FixedPlan(.days([8, 16, 24])), percent: 51.6, attempts: 1.7),
        Row(
            name: "1, 8, 4, 7", plan: FixedPlan(.days([1, 9, 13, 20])), percent: 52.8,
            attempts: 2.3),
        Row(
            name: "3, 5, 7 and four e-mails",
            plan: FixedPlan(.days([3, 5, 7]), messages: FixedPlan.fourEmails), percent: 47.6,
            attempts: 1.9),
        Row(
            name: "8 in 14 days and four e-mails",
            plan: FixedPlan(.days(eight), messages: FixedPlan.fourEmails), percent: 63.5,
            attempts: 4.1),
        Row(
            name: "20 in 27 days and four e-mails",
            plan: FixedPlan(.days(twenty), messages: FixedPlan.fourEmails), percent: 73.1,
            attempts: 5.7),
        Row(
            name: "20 in 27 days and nine touches",
            plan: FixedPlan(.days(twenty), messages: FixedPlan.manyChannels), percent: 78.9,
            attempts: 5.3),
        Row(
            name: "paydays known, 3 tries",
            plan: FixedPlan(.paydays(tries: 3, known: 1), messages: FixedPlan.fourEmails),
            percent: 64.2, attempts: 1.5),
        Row(
            name: "half the paydays known, 3 tries",
            plan: FixedPlan(.paydays(tries: 3, known: 0.5), messages: FixedPlan.fourEmails),
            percent: 55.8, attempts: 1.7),
        Row(
            name: "no payday known, 3 tries",
            plan: FixedPlan(.paydays(tries: 3, known: 0), messages: FixedPlan.fourEmails),
            percent: 47.4, attempts: 1.9),
        Row(
            name: "paydays known, 8 tries",
            plan: FixedPlan(.paydays(tries: 8, known: 1), messages: FixedPlan.fourEmails),
            percent: 71.3, attempts: 2.4),
        Row(
            name: "half the paydays known, 8 tries",
            plan: FixedPlan(.paydays(tries: 8, known: 0.5), messages: FixedPlan.fourEmails),
            percent: 67.4, attempts: 3.1),
        Row(
            name: "no payday known, 8 tries",
            plan: FixedPlan(.paydays(tries: 8, known: 0), messages: FixedPlan.fourEmails),
            percent: 63.2, attempts: 3.6),
        Row(
            name: "the two best times",
            plan: FixedPlan(.bestOf(2), messages: FixedPlan.fourEmails), percent: 70.5,
            attempts: 0.9),
        Row(
            name: "the four best times",
            plan: FixedPlan(.bestOf(4), messages: FixedPlan.fourEmails), percent: 71.5,
            attempts: 1.2),
        Row(
            name: "the eight best times",
            plan: FixedPlan(.bestOf(8), messages: FixedPlan.fourEmails), percent: 72.4,
            attempts: 2.0),
    ]

    @Test(arguments: rows)
    func `a plan recovers what the reference recovers, within two points`(row: Row) throws {
        let world = PaymentWorld(try WorldFile.standard(), seed: 1)
        let outcome = row.plan.play(world, cases: 20_000)
        #expect(abs(outcome.rate * 100 - row.percent) <= 2, "\(row.name): \(outcome.rate)")
        if let attempts = row.attempts {
            #expect(abs(outcome.attemptsPerCase - attempts) <= 0.3, "\(outcome.attemptsPerCase)")
        }
    }

    static let independentRows: [Row] = [
        Row(name: "one retry", plan: FixedPlan(.days([2])), percent: 24.2, attempts: 0.82),
        Row(name: "3, 5, 7", plan: FixedPlan(.days([3, 5, 7])), percent: 46.2, attempts: 1.8),
        Row(name: "8, 8, 8", plan: FixedPlan(.days([8, 16, 24])), percent: 48.8, attempts: nil),
        Row(
            name: "1, 8, 4, 7", plan: FixedPlan(.days([1, 9, 13, 20])), percent: 53.6, attempts: nil
        ),
        Row(
            name: "8 in 14 days and four e-mails",
            plan: FixedPlan(.days(eight), messages: FixedPlan.fourEmails), percent: 68.2,
            attempts: 3.3),
        Row(
            name: "20 in 27 days and nine touches",
            plan: FixedPlan(.days(twenty), messages: FixedPlan.manyChannels), percent: 80.2,
            attempts: nil),
    ]

    /// Another world by a file of a few lines.
    @Test(arguments: independentRows)
    func `a world whose attempts are independent throws recovers more, as its reference does`(
        row: Row
    ) throws {
        let text = """
            dunlin: world/1
            funds: {draws: per_attempt, lift: 1, swing: 10%}
            """
        let parameters = try WorldFile.read(PolicyText(file: "independent.yaml", text: text))
        let outcome = row.plan.play(PaymentWorld(parameters, seed: 1), cases: 20_000)
        #expect(abs(outcome.rate * 100 - row.percent) <= 2, "\(row.name): \(outcome.rate)")
    }

    @Test func `nine in ten of what retries recover comes within ten days`() throws {
        let world = PaymentWorld(try WorldFile.standard(), seed: 1)
        let plan = FixedPlan(.days([3, 5, 7]), messages: FixedPlan.fourEmails)
        #expect(abs(plan.play(world, cases: 20_000).soonShare - 0.94) <= 0.03)
    }
}
