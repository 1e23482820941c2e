/// A word from outside about the money of a case, or about the time that a customer asks for.
package struct CaseNotice: Sendable, Equatable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// Money is likely there now: a payday, a card that was topped up.
        case fundsAvailable = 1
        /// Money of the invoice was given back.
        case refunded = 2
        /// The customer disputes the charge (a chargeback).
        case disputed = 3
        case disputeWon = 4
        case disputeLost = 5
        /// The bank took a collected debit back.
        case returned = 6
        /// The customer promised to pay, at once or in parts.
        case promised = 7
        /// The customer asked to be left alone for a while.
        case snoozed = 8

        package var name: String { "\(self)" }
    }

    package var kind: Kind
    /// Empty for every open case of the account, where the kind allows it.
    package var obligation: String
    /// What moved, in minor units; `nil` for all of it.
    package var amountMinor: Int64?
    /// Of a return; else empty.
    package var codes: DeclineCodes
    /// Until when, for a snooze; else zero.
    package var until: Timestamp
    /// For a promise; else empty. An amount of 0 means all that is open.
    package var parts: [AgreedPart]

    package init(
        kind: Kind, obligation: String = "", amountMinor: Int64? = nil,
        codes: DeclineCodes = DeclineCodes(code: ""), until: Timestamp = Timestamp(ms: 0),
        parts: [AgreedPart] = []
    ) {
        self.kind = kind
        self.obligation = obligation
        self.amountMinor = amountMinor
        self.codes = codes
        self.until = until
        self.parts = parts
    }
}
