/// Proof that an attempt was allowed: every counted rule, with its counter before the attempt.
package struct Permit: Hashable, Sendable {
    /// One rule that was checked and allowed it.
    package struct Line: Hashable, Sendable {
        /// The rule's number in the rule book.
        package var rule: UInt32
        /// Attempts that the rule counted before this one.
        package var used: UInt32
        /// The most that the rule allows.
        package var cap: UInt32

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
