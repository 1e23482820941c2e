import DunlinCore
import DunlinPolicy
import DunlinTesting
import Testing

@Suite("The rules that come with Dunlin")
struct RuleTableTests {
    private static let rules = try? BuiltInRules()

    @Test("mean what the table says, row by row", arguments: GateTable.all)
    func rows(_ question: GateCase) throws {
        let book = try #require(Self.rules).book.withoutCaution
        #expect(question.problem(with: book) == nil)
    }

    /// Which rows a permit lists, by network, currency and day.
    static let listed: [(PaymentNetwork, Currency, String, [UInt32])] = [
        (.visa, .usd, "2025-05-18T23:59:59Z", [1, 100, 101]),
        (.visa, .usd, "2025-05-19T00:00:00Z", [2, 100, 101]),
        (.unknown, .usd, "2026-01-05T15:00:00Z", [2, 10, 100, 101]),
        (.unknown, .usd, "2025-01-06T15:00:00Z", [1, 10, 100, 101]),
        (.mastercard, .usd, "2026-01-05T15:00:00Z", [10, 11, 12, 100, 101]),
        (.amex, .usd, "2026-01-05T15:00:00Z", [20, 21, 100, 101]),
        (.discover, .usd, "2026-01-05T15:00:00Z", [22, 23, 100, 101]),
        (.diners, .usd, "2026-01-05T15:00:00Z", [24, 25, 100, 101]),
        (.jcb, .usd, "2026-01-05T15:00:00Z", [26, 27, 100, 101]),
        (.unionpay, .usd, "2026-01-05T15:00:00Z", [28, 29, 100, 101]),
        (.elo, .usd, "2026-01-05T15:00:00Z", [30, 31, 100, 101]),
        (.ach, .usd, "2026-01-05T15:00:00Z", [100, 101, 200, 201, 202, 203, 204]),
        (.sepa, .eur, "2026-01-05T08:00:00Z", [100, 101, 220, 221, 222, 223, 224]),
        (.bacs, .eur, "2026-01-05T10:00:00Z", [100, 101, 240, 241, 242, 243, 244, 245]),
        (.visa, GateTable.inr, "2022-01-05T10:00:00Z", [1, 100, 101, 260, 261, 263]),
        (.visa, GateTable.inr, "2026-01-05T10:00:00Z", [2, 100, 101, 260, 262, 263]),
    ]

    static func problem(
        _ network: PaymentNetwork, _ currency: Currency, _ at: String, _ wanted: [UInt32],
        in book: RuleBook
    ) -> String? {
        let proposal = AttemptProposal(
            network: network, method: 1, amountMinor: 5000, currency: currency,
            standing: CredentialStanding())
        let answer = RuleGate.earliest(proposal, from: instant(at), marks: [], rules: book)
        guard case .slot(let slot, _, let permit) = answer, slot == instant(at) else {
            return "\(network.name): \(answer)"
        }
        let rules = permit.lines.map(\.rule).sorted()
        return rules == wanted ? nil : "\(network.name): \(rules)"
    }

    @Test("are all listed by an attempt's permit, and no other network's are", arguments: listed)
    func permits(
        _ network: PaymentNetwork, _ currency: Currency, _ at: String, _ wanted: [UInt32]
    ) throws {
        let book = try #require(Self.rules).book
        #expect(Self.problem(network, currency, at, wanted, in: book) == nil)
    }

    @Test("leave two attempts after 18 that others made, where our caution is off")
    func external() throws {
        let book = try #require(Self.rules).book.withoutCaution
        let now = instant("2026-03-10T12:00:00Z")
        var marks = (1...18).map { day in
            AttemptMark(
                at: now.advanced(byMs: -Int64(day) * Milliseconds.day), method: 1,
                amountMinor: 5000, currency: .usd, obligationHash: 1, flags: .external)
        }
        let proposal = AttemptProposal(
            network: .visa, method: 1, amountMinor: 5000, currency: .usd,
            standing: CredentialStanding())
        var made = 0
        while case .slot(let at, _, _) = RuleGate.earliest(
            proposal, from: now, marks: marks, rules: book), at == now
        {
            made += 1
            marks.append(
                AttemptMark(
                    at: now, method: 1, amountMinor: 5000, currency: .usd, obligationHash: 1))
        }
        #expect(made == 2)
    }

    @Test("keep customers' own attempts on Visa apart from the merchant's")
    func initiators() throws {
        let book = try #require(Self.rules).book.withoutCaution
        var question = GateTable.budgets[1]
        for index in question.marks.indices { question.marks[index].initiator = .customer }
        question.expected = .slot(question.from)
        #expect(question.problem(with: book) == nil)
    }

    @Test("each have a source, a number of their own and a name of their own")
    func forms() throws {
        let book = try #require(Self.rules).book
        let names = book.budgets.map(\.name) + book.schemes.map(\.name)
        let numbers = book.budgets.map(\.number) + book.schemes.map(\.number)
        let sources = book.budgets.map(\.source) + book.schemes.map(\.source)
        #expect(Set(names).count == names.count)
        #expect(Set(numbers).count == numbers.count)
        #expect(sources.allSatisfy { $0.utf8.count > 10 })
        #expect(book.calendars.allSatisfy { $0.source.hasPrefix("https://") })
    }

    @Test("say which file, line and field is wrong")
    func findings() throws {
        let text = """
            dunlin: rules/1
            version: 2026-01-01
            calendars:
              - {name: gap, zone: UTC, source: x, listed: {"2024": [01-01], "2026": [01-01]}}
              - {name: bad, zone: UTC, source: x, holidays: [{name: a, month: 13, day: 1}]}
            schemes:
              - {number: 1, name: a, network: ach, source: x}
              - {number: 2, name: b, network: ach, same_amount: true, representations_max: 2, source: x}
              - {number: 3, name: c, network: ach, within: a while, source: x}
              - {number: 4, name: d, network: ach, within: 30 days, source: x}
              - {number: 5, name: e, network: bacs, submit: {calendar: gop, cut_off: "25:00", lead: 1, returned_within: 1}, source: x}
              - {number: 6, name: f, network: bacs, submit: {calendar: gop, cut_off: "15:00", lead: 1, returned_within: 1}, source: x}
              - {number: 7, name: g, currency: RUPEE, customer_above: 5, source: x}
              - {number: 7, name: h, network: ach, notice: {days: 1, hours: 2}, source: x}
            """
        var source = BundleSource(zones: ZoneCatalog())
        source.rules = [PolicyText(file: "own.yaml", text: text)]
        let error = #expect(throws: PolicyError.self) { try BundleCompiler.compile(source) }
        let lines = Set((error?.findings ?? []).map(\.line))
        #expect(lines == [4, 5, 7, 8, 9, 10, 11, 12, 13, 14])
        let gap = error?.findings.first { $0.line == 4 }
        #expect(gap?.message == "the holidays of 2025 are missing")
    }
}
