import DunlinCore
import DunlinTesting
import Testing

@testable import DunlinNode

@Suite("Cards and addresses in memory")
struct BudgetTableTests {
    private static let texts = [
        "fp_1", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF",
        String(repeating: "k", count: EntityKey.keyBytesMax), "",
    ]

    private static func key(_ number: Int) -> EntityKey {
        let text = Self.texts[number % Self.texts.count]
        return EntityKey(
            tenant: number % 3 == 0 ? "main" : "other", kind: number % 2 == 0 ? .card : .contact,
            key: text.count == 32 || text.isEmpty
                ? String(text.dropLast(4)) + String(1000 + number) : text + "\(number)")
    }

    private static func budget(_ random: inout SeededRandom) -> SharedBudget {
        var budget = SharedBudget()
        budget.lastAt = Timestamp(ms: Int64(random.below(1 << 40)))
        budget.lastRecord = RecordPosition(op: random.below(1 << 20), index: 7)
        let count = Int(random.below(4))
        for number in 0..<count {
            var holder = BudgetHolder(
                account: "acct_" + String(number, radix: 36) + String(random.below(1 << 50)),
                mode: count == 1 ? .sole : .shared,
                lastReport: RecordPosition(op: random.below(1 << 30), index: 1))
            if random.below(4) == 0 { holder.owedWord = RecordPosition(op: 9, index: 9) }
            for use in 0..<random.below(random.below(40) == 0 ? 256 : 3) {
                holder.uses.append(BudgetUse(at: Timestamp(ms: Int64(use)), amountMinor: 4200))
            }
            budget.holders.append(holder)
        }
        return budget
    }

    @Test("the table holds what a dictionary would", arguments: 1...20 as ClosedRange<UInt64>)
    func likeADictionary(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var table = BudgetTable()
        var plain: [EntityKey: (budget: SharedBudget, isDirty: Bool)] = [:]
        for _ in 0..<3000 {
            let key = Self.key(Int(random.below(400)))
            switch random.below(100) {
            case 0..<85:
                let (budget, isDirty) = (Self.budget(&random), random.below(2) == 0)
                let isNew = table.put(budget, key, isDirty: isDirty)
                #expect(isNew == (plain[key] == nil))
                plain[key] = (budget, isDirty)
            case 85..<97: #expect(try table.budget(key) == plain[key]?.budget)
            case 97:
                var taken: [EntityKey] = []
                try table.takeDirty { key, budget in
                    #expect(plain[key]?.budget == budget)
                    taken.append(key)
                }
                #expect(taken.sorted() == plain.filter { $0.value.isDirty }.map(\.key).sorted())
                let back = Array(taken.prefix(2))
                table.markDirty(back)
                for key in taken { plain[key]?.isDirty = back.contains(key) }
            case 98:
                let clean = plain.filter { !$0.value.isDirty }.count
                #expect(table.letGoOfClean() == clean)
                plain = plain.filter { $0.value.isDirty }
            default:
                let owing = plain.filter { $0.value.budget.owesWords }.map(\.key).sorted()
                #expect(table.owing == owing)
            }
            #expect(table.count == plain.count)
        }
        for (key, entry) in plain { #expect(try table.budget(key) == entry.budget) }
    }
}

extension SeededRandom {
    fileprivate mutating func below(_ limit: UInt64) -> UInt64 { self.next() % limit }
}
