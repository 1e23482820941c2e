/// Something to be done outside, listed in the account's state until its outcome removes it.
///
/// Its id is the position of the record that caused it, so a replay lists the same effects.
package struct PendingEffect: Hashable, Sendable {
    package var id: RecordPosition
    package var kind: EffectKind
    /// The case that it belongs to; 0 for none.
    package var caseNumber: UInt32
    /// For a message the step's index, for an end action ``EndAction``'s raw value, else 0.
    package var argument: UInt32

    package init(id: RecordPosition, kind: EffectKind, caseNumber: UInt32, argument: UInt32 = 0) {
        self.id = id
        self.kind = kind
        self.caseNumber = caseNumber
        self.argument = argument
    }
}

/// What an effect does. Raw values are in snapshots and never change.
package enum EffectKind: UInt8, Sendable, CaseIterable {
    /// Ask the gateway to charge the case's attempt in flight.
    case charge = 1
    /// Ask the gateway what became of the case's attempt in flight.
    case lookUp = 2
    /// Send a message.
    case message = 3
    /// Tell the merchant's app, by signed webhook, what the record says.
    case announcement = 4
    /// Do something at the billing system.
    case endAction = 5
    /// Ask the gateway whether the issuer gave a card a newer expiry or number; the argument is
    /// the method's number.
    case cardLookUp = 20
    /// Send a message that needs no case; the record says what it is.
    case notice = 6
    /// Report to a card or an address that is shared; the argument is ``BudgetShare/number``.
    case budgetReport = 30

    package var name: String { "\(self)" }
}

/// What became of a message, an announcement or an end action.
package enum EffectOutcome: Hashable, Sendable {
    /// A provider accepted it, or the other side did it.
    case done(reference: String)
    /// Refused for good: `reason` is a short code, never an address or a body.
    case refused(reason: String)
    /// Given up after the tries that its runner has; an operator may look.
    case failed(reason: String)
}
