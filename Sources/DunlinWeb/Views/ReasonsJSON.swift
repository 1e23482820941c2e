package import DunlinCore

extension AccountReasons {
    package var json: JSONValue {
        [
            "account_id": .string(self.key.key), "as_of": .string(self.asOf.description),
            "explanation": .array(self.standing.map { .string($0) }),
            "planned": .array(self.slots.map(\.json)),
        ]
    }
}

extension PlannedSlot {
    fileprivate var json: JSONValue {
        [
            "kind": .string(self.kind.name), "case": .integer(self.caseNumber),
            "name": .text(self.name), "at": .instant(self.at), "why": .string(self.words),
            "reasons": .array(self.reasons.map(\.json)),
        ]
    }
}

extension SlotReason {
    fileprivate var json: JSONValue {
        [
            "rule": .string(self.rule.name), "name": .string(self.name),
            "row": self.number == 0 ? nil : .integer(self.number),
            "version": .text(self.version), "source": .text(self.source),
            "says": .string(self.words), "free_from": .instant(self.freesAt),
            "without_it": .instant(self.withoutAt), "decides": .bool(self.isDecisive),
        ]
    }
}
