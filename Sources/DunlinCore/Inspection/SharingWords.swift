// What the events around shared cards and addresses mean, for operators. Never parsed, free to
// change. Nobody is named: only how many there are.

extension EntityKind {
    /// What is shared.
    fileprivate var sharedWords: String { self == .card ? "card" : "address" }
}

extension ShareStanding {
    fileprivate func words(_ kind: EntityKind, holders: UInt32) -> String {
        let thing = kind.sharedWords
        let use = kind == .card ? "attempt" : "message"
        switch self {
        case .asked: return "asking whether other accounts hold the \(thing)"
        case .sole: return "no other account holds the \(thing)"
        case .waiting:
            return "another account holds the \(thing) and has not yet said what it has used"
        case .shared:
            return "\(holders) accounts share the \(thing): each \(use) needs a permit of it"
        case .full: return "too many accounts share the \(thing): nothing is drawn from it"
        }
    }
}

extension BudgetReport {
    package var words: String {
        guard !self.leaves else {
            return "the \(self.kind.sharedWords) is told to forget the account"
        }
        var parts: [String] = []
        if !self.uses.isEmpty { parts.append("\(self.uses.count) used") }
        parts += self.asks.filter { !$0.isUsed }.map { "a permit asked for \($0.wantedAt)" }
        let list = parts.isEmpty ? "nothing used or asked for" : parts.joined(separator: ", ")
        return "report to the \(self.kind.sharedWords): \(list)"
    }
}

extension BudgetWord {
    package var words: String {
        var parts = [self.standing.words(self.kind, holders: self.holders)]
        parts += self.permits.filter { !$0.isUsed }.map(\.words)
        if self.bar.blockedBy != nil { parts.append("another account's refusal blocks it") }
        return parts.joined(separator: "; ")
    }
}

extension BudgetPermit {
    fileprivate var words: String {
        guard self.grantedAt.ms == 0 else {
            let evidence = self.cap > 0 ? " (\(self.used) of \(self.cap) used before)" : ""
            return "permit for \(self.grantedAt)\(evidence)"
        }
        return self.refusal == .none
            ? "no permit yet for \(self.wantedAt)"
            : "no permit for \(self.wantedAt): \(self.refusal.words)"
    }
}

extension AccountState {
    /// One sentence for each card or address that others hold, too, or may hold.
    package var sharingWords: [String] {
        self.shares.filter { $0.standing != .sole }.map { share in
            let text = share.standing.words(share.kind, holders: share.holders)
            return "\(text.prefix(1).uppercased())\(text.dropFirst())."
        }
    }

    /// Why an attempt of the case waits for a permit, or which one it has.
    func sharingWords(ofCase number: UInt32) -> [String] {
        var lines: [String] = []
        for share in self.shares where share.kind == .card && share.standing != .sole {
            guard let permit = share.permit(number) else { continue }
            let standing = share.standing.words(share.kind, holders: share.holders)
            lines.append("The card is budgeted over accounts: \(standing); \(permit.words).")
        }
        return lines
    }
}
