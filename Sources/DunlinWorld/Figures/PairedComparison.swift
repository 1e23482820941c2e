/// Two policies in the same worlds, world by world: what one does better than the other, with the
/// confidence that so many worlds allow.
///
/// The worlds are the repetitions: each gives one difference, and the mean of the differences has
/// Student's distribution. What the worlds have in common falls out of the differences.
package struct PairedComparison: Sendable {
    package struct World: Sendable {
        package var seed: UInt64
        package var first: WorldTally
        package var second: WorldTally

        package init(seed: UInt64, first: WorldTally, second: WorldTally) {
            self.seed = seed
            self.first = first
            self.second = second
        }
    }

    /// One figure of the two, and how much the second has more.
    package struct Estimate: Sendable {
        package var name: String
        package var first: Double
        package var second: Double
        package var difference: Double
        /// The difference lies within so much of ``difference``, with 95% confidence.
        package var within: Double

        /// The difference is not only chance.
        package var isClear: Bool { abs(self.difference) > self.within }
    }

    package let worlds: [World]

    /// `worlds`: At least two.
    package init(_ worlds: [World]) {
        precondition(worlds.count >= 2, "one world says nothing about chance")
        self.worlds = worlds
    }

    package static let figures: [(name: String, of: @Sendable (WorldTally) -> Double)] = [
        ("recovery_rate", { $0.rate }),
        ("recovery_rate_amount", { $0.amountRate }),
        ("attempts_per_case", { $0.attemptsPerCase }),
        ("messages_per_case", { $0.touchesPerCase }),
        ("days_to_cash", { $0.daysToCash }),
        ("cancelled_per_case", { WorldTally.ratio($0.cancelled, $0.cases) }),
        ("net_minor_per_case", { Double($0.netMinor) / Double(max(1, $0.cases)) }),
    ]

    package var estimates: [Estimate] {
        Self.figures.map { figure in
            let firsts = self.worlds.map { figure.of($0.first) }
            let seconds = self.worlds.map { figure.of($0.second) }
            let differences = zip(firsts, seconds).map { $1 - $0 }
            let count = Double(differences.count)
            let mean = differences.reduce(0, +) / count
            let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let error = (squares / (count - 1) / count).squareRoot()
            return Estimate(
                name: figure.name, first: firsts.reduce(0, +) / count,
                second: seconds.reduce(0, +) / count, difference: mean,
                within: error * Self.student(degrees: differences.count - 1))
        }
    }

    /// The two-sided 95% quantile of Student's distribution.
    private static func student(degrees: Int) -> Double {
        let table = [
            12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
            2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
            2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
        ]
        guard degrees > table.count else { return table[max(1, degrees) - 1] }
        // Cornish and Fisher's expansion: exact to three places from here on.
        let z = 1.959_964
        return z + (z * z * z + z) / (4 * Double(degrees))
    }
}
