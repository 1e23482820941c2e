import DunlinCore
import DunlinPolicy
import DunlinTesting
import Testing

/// Takes each row of the rule data out, one at a time, and asks the tables again: a row whose
/// absence nothing notices is a row that nothing tests.
@Suite("Removing a row of the rule data")
struct MutationTests {
    @Test("of the rule files makes a question to the gate, or to permits, fail")
    func rules() throws {
        let book = try BuiltInRules().book
        let numbers = book.budgets.map(\.number) + book.schemes.map(\.number)
        #expect(GateTable.all.allSatisfy { $0.problem(with: book.withoutCaution) == nil })
        var byAnswers = 0
        var survivors: [UInt32] = []
        for number in numbers {
            let mutant = book.removing(row: number)
            let answers = GateTable.all.contains { $0.problem(with: mutant.withoutCaution) != nil }
            let permits = RuleTableTests.listed.contains { network, currency, at, wanted in
                RuleTableTests.problem(network, currency, at, wanted, in: mutant) != nil
            }
            if answers { byAnswers += 1 }
            if !answers, !permits { survivors.append(number) }
        }
        print(
            "\(numbers.count) rule rows removed one at a time: \(numbers.count - survivors.count)",
            "caught, \(byAnswers) of them by an answer of the gate, the rest by a permit")
        #expect(survivors == [])
    }

    @Test("of a calendar makes a banking day wrong")
    func calendars() throws {
        let book = try BuiltInRules().book
        var removed = 0
        var caught = 0
        for calendar in book.calendars {
            let days = (2024...2028).flatMap { year in
                (0..<366).map { CivilTime(year: year, month: 1, day: 1).dayNumber + $0 }
            }
            let whole = days.map { calendar.isBankingDay($0) }
            for index in calendar.rules.indices {
                var mutant = calendar
                mutant.rules.remove(at: index)
                removed += 1
                if days.map({ mutant.isBankingDay($0) }) != whole { caught += 1 }
            }
            for index in calendar.listed.indices {
                var mutant = calendar
                mutant.listed.remove(at: index)
                removed += 1
                if days.map({ mutant.isBankingDay($0) }) != whole { caught += 1 }
            }
        }
        print("\(removed) holidays removed one at a time: \(caught) caught")
        #expect(caught == removed)
    }

    @Test("of the decline map makes a row of its table fail")
    func declines() throws {
        let map = try BuiltInRules().bundle.declines
        #expect(DeclineQuestion.all.allSatisfy { $0.problem(with: map) == nil })
        let mutants = Self.mutants(of: map)
        var survivors: [String] = []
        for (name, mutant) in mutants
        where !DeclineQuestion.all.contains(where: { $0.problem(with: mutant) != nil }) {
            survivors.append(name)
        }
        print(
            "\(mutants.count) decline rows removed one at a time:",
            "\(mutants.count - survivors.count) caught")
        #expect(survivors == [])
        #expect(mutants.count > 170)
    }

    private static func mutants(of map: DeclineMap) -> [(String, DeclineMap)] {
        var mutants: [(String, DeclineMap)] = []
        for code in map.byCode.keys.sorted() {
            var mutant = map
            mutant.byCode[code] = nil
            mutants.append((code, mutant))
        }
        for code in map.byNetworkCode.keys.sorted() {
            var mutant = map
            mutant.byNetworkCode[code] = nil
            mutants.append((code, mutant))
        }
        for (network, table) in map.byCodeOf.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for code in table.keys.sorted() {
                var mutant = map
                mutant.byCodeOf[network]?[code] = nil
                mutants.append(("\(network.name) \(code)", mutant))
            }
        }
        let byNetwork = map.byNetworkCodeOf.sorted { $0.key.rawValue < $1.key.rawValue }
        for (network, table) in byNetwork {
            for code in table.keys.sorted() {
                var mutant = map
                mutant.byNetworkCodeOf[network]?[code] = nil
                mutants.append(("\(network.name) \(code)", mutant))
            }
        }
        for (code, rule) in map.byAdviceCode.sorted(by: { $0.key < $1.key }) {
            var mutant = map
            mutant.byAdviceCode[code] = nil
            mutants.append(("advice \(code)", mutant))
            for response in rule.with.keys.sorted() {
                var mutant = map
                mutant.byAdviceCode[code]?.with[response] = nil
                mutants.append(("advice \(code) with \(response)", mutant))
            }
        }
        return mutants
    }
}
