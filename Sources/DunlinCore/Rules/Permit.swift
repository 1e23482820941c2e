/// Proof that an attempt was allowed: every rule that was asked, with its counter before the
/// attempt.
package struct Permit: Hashable, Sendable {
    /// One rule that was checked and allowed it.
    package struct Line: Hashable, Sendable {
        /// The rule's number in the rule book.
        package var rule: UInt32
        /// Of a budget, the attempts that it counted before this one; of a limit to
        /// re-presentations, those before this one; of a deadline, the days from the original to
        /// this collection. Zero for other rules: they were asked and allowed it.
        package var used: UInt32
        /// The most that the rule allows; zero for rules that do not count.
        package var cap: UInt32

        /// The number of the line that says: the delay that a decline asked for was over. No row
        /// of a rule file has it.
        package static let advisedDelay: UInt32 = 100_001

        package init(rule: UInt32, used: UInt32, cap: UInt32) {
            self.rule = rule
            self.used = used
            self.cap = cap
        }
    }

    /// The rule book's version as `yyyymmdd`; 0 when no rule book was asked.
    package var rulesVersion: UInt32
    package var lines: [Line]

    package init(rulesVersion: UInt32, lines: [Line] = []) {
        self.rulesVersion = rulesVersion
        self.lines = lines
    }
}
