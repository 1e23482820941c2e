import DunlinCore

extension CaseParticulars {
    /// Only what is known.
    package var json: JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue, when condition: Bool) {
            if condition { members.append(.init(name: name, value: value)) }
        }
        add("billing_interval", .string(self.interval.name), when: self.interval != .unknown)
        add(
            "next_billing_at", .string(self.nextBillingAt.description),
            when: self.nextBillingAt.ms != 0)
        add(
            "snoozed_until", .string(self.snoozedUntil.description),
            when: self.snoozedUntil.ms != 0)
        add(
            "further_invoices",
            .array(
                self.further.map {
                    ["invoice_id": .string($0.id), "open_minor": .integer($0.openMinor)]
                }), when: !self.further.isEmpty)
        add(
            "agreement",
            .array(
                self.agreement.map {
                    [
                        "pay_at": .string($0.at.description),
                        "amount_minor": .integer($0.amountMinor),
                        "paid_minor": .integer($0.paidMinor),
                    ]
                }), when: !self.agreement.isEmpty)
        add("segment", .string(self.segment), when: !self.segment.isEmpty)
        add(
            "assignments",
            .array(
                self.assignments.map {
                    [
                        "experiment": .string($0.experiment), "arm": .string($0.arm),
                        "propensity_ppm": .integer($0.propensityPpm),
                    ]
                }), when: !self.assignments.isEmpty)
        add("flags", .array(self.flags.names.map { .string($0) }), when: !self.flags.isEmpty)
        return .object(members)
    }
}

extension CaseParticulars.Flags {
    /// As lists and JSON spell them.
    package var names: [String] {
        let known: [(CaseParticulars.Flags, String)] = [
            (.agreementBroken, "agreement_broken"), (.agreementKept, "agreement_kept"),
            (.cardsLookedUp, "cards_looked_up"), (.refunded, "refunded"),
            (.disputed, "disputed"), (.disputeLost, "dispute_lost"), (.returned, "returned"),
            (.backupCharged, "backup_charged"),
        ]
        return known.filter { self.contains($0.0) }.map(\.1)
    }
}
