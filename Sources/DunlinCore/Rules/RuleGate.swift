/// An attempt that a planner would like to make.
package struct AttemptProposal: Sendable {
    package var network: PaymentNetwork
    /// ``HeldMethod/number``; marks of other methods are not counted.
    package var method: UInt32
    package var amountMinor: Int64
    package var currency: Currency
    package var initiator: Initiator
    package var standing: CredentialStanding
    /// FNV-1a of the obligation's id; only rules of schemes ask for it.
    package var obligationHash: UInt64
    /// Since when the customer is told of this debit; only rules of schemes ask for it.
    package var noticeAt: Timestamp
    /// Days of notice that the merchant agreed with the customer; `nil` for the scheme's own.
    package var agreedNoticeDays: UInt32?

    package init(
        network: PaymentNetwork, method: UInt32, amountMinor: Int64, currency: Currency,
        initiator: Initiator = .merchant, standing: CredentialStanding,
        obligationHash: UInt64 = 0, noticeAt: Timestamp = Timestamp(ms: 0),
        agreedNoticeDays: UInt32? = nil
    ) {
        self.network = network
        self.method = method
        self.amountMinor = amountMinor
        self.currency = currency
        self.initiator = initiator
        self.standing = standing
        self.obligationHash = obligationHash
        self.noticeAt = noticeAt
        self.agreedNoticeDays = agreedNoticeDays
    }
}

/// What the gate says to a proposal.
package enum GateAnswer: Hashable, Sendable {
    /// The first legal instant at or after the one asked for. `reason` says what moved it, and is
    /// ``PlanReason/none`` when nothing did.
    case slot(Timestamp, reason: PlanReason, permit: Permit)
    /// No instant is legal until the world changes.
    case never(PlanReason)
}
