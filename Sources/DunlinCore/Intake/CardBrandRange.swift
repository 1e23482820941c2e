/// How the numbers of a card brand begin, and how long they are.
///
/// Source: the brands' own lists of issuer identification numbers as merchants publish them; wide
/// ranges that no single brand owns (6… of Maestro) are cut to those in use, because a random
/// number passes Luhn's check once in ten.
struct CardBrandRange {
    /// The first digits, all with the same count of digits: `34...34`, `2221...2720`.
    let prefixes: ClosedRange<Int>
    let prefixDigits: Int
    let lengths: [Int]

    private init(_ prefixes: ClosedRange<Int>, _ prefixDigits: Int, _ lengths: [Int]) {
        self.prefixes = prefixes
        self.prefixDigits = prefixDigits
        self.lengths = lengths
    }

    /// Whether a brand has numbers with this beginning and of this length. Digits are 0…9.
    static func covers(_ digits: [UInt8]) -> Bool {
        Self.all.contains { range in
            guard range.lengths.contains(digits.count) else { return false }
            let prefix = digits.prefix(range.prefixDigits).reduce(0) { $0 * 10 + Int($1) }
            return range.prefixes.contains(prefix)
        }
    }

    private static let all: [CardBrandRange] = [
        // Visa
        CardBrandRange(4...4, 1, [13, 16, 19]),
        // Mastercard
        CardBrandRange(51...55, 2, [16]),
        CardBrandRange(2221...2720, 4, [16]),
        // American Express
        CardBrandRange(34...34, 2, [15]),
        CardBrandRange(37...37, 2, [15]),
        // Discover
        CardBrandRange(6011...6011, 4, [16, 17, 18, 19]),
        CardBrandRange(644...659, 3, [16, 17, 18, 19]),
        // Diners Club
        CardBrandRange(36...36, 2, [14, 15, 16, 17, 18, 19]),
        CardBrandRange(38...39, 2, [14, 16, 17, 18, 19]),
        CardBrandRange(300...305, 3, [14, 16, 17, 18, 19]),
        // JCB
        CardBrandRange(3528...3589, 4, [16, 17, 18, 19]),
        // UnionPay
        CardBrandRange(62...62, 2, [16, 17, 18, 19]),
        CardBrandRange(81...81, 2, [16, 17, 18, 19]),
        // Maestro
        CardBrandRange(5018...5018, 4, [13, 14, 15, 16, 17, 18, 19]),
        CardBrandRange(5020...5020, 4, [13, 14, 15, 16, 17, 18, 19]),
        CardBrandRange(5038...5038, 4, [13, 14, 15, 16, 17, 18, 19]),
        CardBrandRange(56...58, 2, [16, 18, 19]),
        CardBrandRange(6304...6304, 4, [13, 14, 15, 16, 17, 18, 19]),
        CardBrandRange(6759...6763, 4, [13, 14, 15, 16, 17, 18, 19]),
        // Elo, Hipercard, Verve
        CardBrandRange(5060...5067, 4, [16, 18, 19]),
        CardBrandRange(509...509, 3, [16]),
        CardBrandRange(6062...6062, 4, [16, 19]),
        CardBrandRange(6362...6363, 4, [16]),
        // Mir, RuPay, Troy
        CardBrandRange(2200...2204, 4, [16, 17, 18, 19]),
        CardBrandRange(508...508, 3, [16]),
        CardBrandRange(9792...9792, 4, [16]),
    ]
}
