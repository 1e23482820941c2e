import DunlinCore

// Whose else a card or an address is, is nobody's business: only counts are shown.

extension BudgetReport {
    var details: JSONValue {
        [
            "shared": .string(self.kind.name), "used": .integer(self.uses.count),
            "asks": .array(
                self.asks.map {
                    ["case": .integer($0.number), "wanted_at": .instant($0.wantedAt)]
                }), "leaves": .bool(self.leaves),
        ]
    }
}

extension BudgetWord {
    var details: JSONValue {
        [
            "shared": .string(self.kind.name), "standing": .string(self.standing.name),
            "accounts": .integer(self.holders), "blocked": .bool(self.bar.blockedBy != nil),
            "permits": .array(self.permits.map(\.json)),
        ]
    }
}

extension BudgetPermit {
    fileprivate var json: JSONValue {
        [
            "case": .integer(self.number), "wanted_at": .instant(self.wantedAt),
            "granted_at": .instant(self.grantedAt), "refusal": .string(self.refusal.name),
            "used": .integer(self.used), "cap": .integer(self.cap),
        ]
    }
}

extension BudgetShare {
    var json: JSONValue {
        [
            "what": .string(self.kind.name), "standing": .string(self.standing.name),
            "accounts": .integer(self.holders), "permits": .array(self.permits.map(\.json)),
        ]
    }
}
