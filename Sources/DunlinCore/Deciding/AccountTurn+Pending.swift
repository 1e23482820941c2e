// Debits that were handed in and that the bank has not answered.
//
// 1. While one is pending, no other attempt of its obligation is made (Law 2), ours or not.
// 2. Our own is asked about daily. Its failure or success, told by the billing system under the
//    same charge id, is its answer.
// 3. Somebody else's cannot be asked about: what is heard under its charge id ends the wait; if
//    nothing is heard for ``foreignPendingMaxMs``, a person must say what became of it.
// 4. A debit that had succeeded and is returned later opens its obligation's case again.

extension AccountTurn {
    /// How long a debit that is not ours may be pending: the slowest scheme answers within eight
    /// banking days. Milliseconds.
    static let foreignPendingMaxMs = 21 * Milliseconds.day

    mutating func paymentPending(
        _ pending: PaymentPending, occurredAt: Timestamp
    ) -> CommandAnswer {
        let charge = pending.chargeID.isEmpty ? 0 : FNV1a64.hash(pending.chargeID)
        if charge != 0, self.state.marks.contains(where: { $0.chargeHash == charge }) {
            // What became of it is known already.
            return .repeated
        }
        guard let index = self.state.caseIndex(obligation: pending.obligation),
            self.state.cases[index].isOpen
        else { return .ignored(.caseIsClosed) }
        let dunningCase = self.state.cases[index]
        if let inFlight = dunningCase.inFlight {
            // Ours, whose answer says the same; or the same news again.
            return inFlight.chargeHash == charge && charge != 0 ? .repeated : .ignored(.nothingDue)
        }
        let submittedAt = min(occurredAt, self.now)
        let method = self.methodNumber(token: pending.methodToken)
        let open = dunningCase.obligation.openMinor
        let expiresAt = self.now.advanced(byMs: Self.foreignPendingMaxMs)
        var changed = dunningCase
        changed.inFlight = InFlightAttempt(
            number: 0, key: GatewayKey(high: 0, low: 0), method: method,
            amountMinor: min(pending.amountMinor ?? open, open),
            currency: dunningCase.obligation.currency, intendedAt: submittedAt,
            realAt: submittedAt, phase: .pending, nextLookUpAt: expiresAt, chargeHash: charge)
        let update = self.replanned(&changed, .ladder(fromRung: changed.rung))
        self.emit(
            .debitPending(
                DebitPending(
                    update: update, chargeHash: charge, method: method,
                    amountMinor: min(pending.amountMinor ?? open, open),
                    currency: dunningCase.obligation.currency, submittedAt: submittedAt,
                    expiresAt: expiresAt)))
        return .accepted
    }

    /// Takes a reported failure as the answer to our own pending debit, where it is one.
    mutating func settlesPendingDebit(
        _ failed: PaymentFailed, of dunningCase: DunningCase, occurredAt: Timestamp
    ) -> Bool {
        guard let inFlight = dunningCase.ownPendingDebit(charge: failed.chargeID) else {
            return false
        }
        self.declined(
            dunningCase, inFlight, failed.codes, chargeID: failed.chargeID,
            refusedAt: min(max(occurredAt, inFlight.intendedAt), self.now))
        return true
    }

    /// Nothing was heard of somebody else's debit: a person must look.
    mutating func parkForeignDebit(ofCase dunningCase: DunningCase) {
        var changed = dunningCase
        changed.inFlight?.phase = .parked
        changed.inFlight?.nextLookUpAt = Timestamp(ms: 0)
        self.emit(
            .attemptSettled(
                AttemptSettled(
                    update: self.update(of: changed), attempt: 0, verdict: .parked)),
            announced: true)
    }
}

extension DunningCase {
    /// Our own debit that waits for the bank, if that is the charge.
    func ownPendingDebit(charge chargeID: String) -> InFlightAttempt? {
        guard let inFlight = self.inFlight, inFlight.number != 0, inFlight.chargeHash != 0,
            !chargeID.isEmpty, inFlight.chargeHash == FNV1a64.hash(chargeID)
        else { return nil }
        return inFlight
    }

    /// Whether news of a charge are what became of somebody else's pending debit. Where its own
    /// charge was never named, any news of the obligation are.
    func isEndOfForeignDebit(charge: UInt64) -> Bool {
        guard let inFlight = self.inFlight, inFlight.number == 0 else { return false }
        return inFlight.chargeHash == 0 || inFlight.chargeHash == charge
    }
}
