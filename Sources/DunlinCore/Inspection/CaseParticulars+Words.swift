extension CaseParticulars {
    /// Sentences for an operator.
    func words(currency: Currency) -> [String] {
        var lines: [String] = []
        if !self.segment.isEmpty { lines.append("Segment \(self.segment) chose the policy.") }
        for assignment in self.assignments {
            lines.append(
                "Experiment \(assignment.experiment): arm \(assignment.arm), at a chance of "
                    + "\(assignment.percent).")
        }
        if !self.agreement.isEmpty {
            let parts = self.agreement.map { part in
                "\(Money(minor: part.amountMinor, currency: currency)) at \(part.at)"
                    + (part.isPaid ? " (paid)" : "")
            }
            let state =
                self.flags.contains(.agreementKept)
                ? "and kept it"
                : self.flags.contains(.agreementBroken)
                    ? "and did not keep it" : "and it still holds"
            lines.append(
                "The customer agreed to pay \(parts.joined(separator: ", ")) \(state).")
        }
        if self.flags.contains(.refunded) { lines.append("Money was given back.") }
        if self.flags.contains(.disputed) { lines.append("The customer disputes the charge.") }
        if self.flags.contains(.disputeLost) { lines.append("The dispute was lost.") }
        if self.flags.contains(.returned) { lines.append("The bank took money back.") }
        return lines
    }

    /// What a line of a timeline says about what is new; `earlier` is what was said before.
    func news(since earlier: CaseParticulars?) -> [String] {
        let before = earlier ?? CaseParticulars()
        var parts: [String] = []
        if self.segment != before.segment { parts.append("segment \(self.segment)") }
        if self.assignments != before.assignments {
            parts += self.assignments.map {
                "\($0.experiment): arm \($0.arm) (\($0.percent))"
            }
        }
        if self.interval != before.interval { parts.append("billed \(self.interval.name)") }
        if self.snoozedUntil != before.snoozedUntil, self.snoozedUntil.ms != 0 {
            parts.append("nothing before \(self.snoozedUntil)")
        }
        if self.agreement.map(\.at) != before.agreement.map(\.at) {
            let days = self.agreement.map { "\($0.at)" }.joined(separator: ", ")
            parts.append(
                self.agreement.count == 1 ? "promised for \(days)" : "instalments on \(days)")
        }
        let added = self.flags.subtracting(before.flags)
        if added.contains(.agreementBroken) { parts.append("the promise is broken") }
        if added.contains(.agreementKept) { parts.append("the promise is kept") }
        return parts
    }
}

extension Assignment {
    /// `32.5 %`.
    var percent: String {
        let tenths = self.propensityPpm / 1000
        let rest = tenths % 10 == 0 ? "" : ".\(tenths % 10)"
        return "\(tenths / 10)\(rest) %"
    }
}
