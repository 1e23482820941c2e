import DunlinCore
import DunlinPorts

/// What became of a charge whose answer was lost. Never guesses: every "approved", "declined" and
/// "not found" rests on a fact that Stripe stated.
///
/// In order:
/// 1. A mark on the invoice: exact, whatever died (``StripeAttemptMark``).
/// 2. A paid invoice: by a charge of after the intent it was this attempt, else somebody else's.
/// 3. A key that Stripe surely still remembers: the same call again, whose answer is the first one.
/// 4. A charge for this invoice that is newer than the intent.
/// 5. Nothing of all this, and it is old enough that nothing can still be going on: not found.
extension StripeGateway {
    func lookUp(_ asked: ChargeLookUp) async -> AttemptOutcome {
        let order = asked.order
        let reading: StripeReading
        switch await self.readInvoice(of: order) {
        case .success(let found): reading = found
        case .failure: return .unknown
        }
        if self.client.settings.marksInvoices {
            guard let mark = reading.invoice.mark(of: order) else {
                // The mark comes before the payment: there was no payment of ours. But whoever
                // was to write it may only be slow.
                if reading.invoice.status == .paid { return .notSent(.superseded) }
                return self.isSettled(asked.ageMs, whenUnknown: true)
                    ? .notSent(.notFound) : .unknown
            }
            return await self.byMark(mark, reading, order, ageMs: asked.ageMs)
        }
        if reading.invoice.status == .paid { return await self.paid(asked, reading) }
        if let outcome = await self.resend(asked, reading) { return outcome }
        switch await self.newCharge(asked, reading) {
        case .found(let charge): return StripePayVerdict.outcome(of: charge)
        case .unread: return .unknown
        case .none: break
        }
        return self.isSettled(asked.ageMs, whenUnknown: false) ? .notSent(.notFound) : .unknown
    }

    // MARK: By mark

    func byMark(
        _ mark: StripeAttemptMark, _ reading: StripeReading, _ order: ChargeOrder, ageMs: Int64?
    ) async -> AttemptOutcome {
        let invoice = reading.invoice
        if invoice.progress != mark.progress {
            return await self.latestOutcome(of: invoice)
        }
        // Nothing was tried since the mark. The mark's own age counts where ours was forgotten.
        let markAgeMs = max(0, reading.nowSeconds - mark.atSeconds) * Milliseconds.second
        return self.isSettled(max(ageMs ?? 0, markAgeMs), whenUnknown: false)
            ? .notSent(.notFound) : .unknown
    }

    private func latestOutcome(of invoice: StripeInvoice) async -> AttemptOutcome {
        if let charge = invoice.chargeJSON.flatMap({ StripeCharge($0) }) {
            return StripePayVerdict.outcome(of: charge)
        }
        if !invoice.charge.isEmpty {
            guard let charge = await self.client.charge(invoice.charge) else { return .unknown }
            return StripePayVerdict.outcome(of: charge)
        }
        guard let intent = await self.client.paymentIntent(invoice.paymentIntent) else {
            return .unknown
        }
        return StripePayVerdict.outcome(ofIntent: intent)
    }

    // MARK: By looking

    private func paid(_ asked: ChargeLookUp, _ reading: StripeReading) async -> AttemptOutcome {
        let invoice = reading.invoice
        guard !invoice.charge.isEmpty else {
            // Paid without a charge: by hand, or from a credit balance.
            return .notSent(.superseded)
        }
        guard let charge = await self.client.charge(invoice.charge) else { return .unknown }
        guard self.isOurs(charge, asked, reading) else { return .notSent(.superseded) }
        return charge.status == .succeeded ? .approved(chargeID: charge.id) : .unknown
    }

    private enum Newest {
        case found(StripeCharge)
        case none
        case unread
    }

    /// The newest charge for this invoice that can be this attempt's; one that went through wins.
    private func newCharge(_ asked: ChargeLookUp, _ reading: StripeReading) async -> Newest {
        guard let since = self.earliest(asked, reading) else { return .none }
        let listed = await self.client.charges(
            of: reading.invoice, newerThanSeconds: since - 1)
        guard let listed else { return .unread }
        let ours = listed.filter { self.isOurs($0, asked, reading) }
        if let went = ours.first(where: { $0.status == .succeeded || $0.status == .pending }) {
            return .found(went)
        }
        return ours.max { $0.created < $1.created }.map { .found($0) } ?? .none
    }

    private func isOurs(
        _ charge: StripeCharge, _ asked: ChargeLookUp, _ reading: StripeReading
    ) -> Bool {
        guard charge.amountMinor == asked.order.amount.minor,
            charge.currency == nil || charge.currency == asked.order.amount.currency,
            !self.attributed.belongsToAnother(charge.id, than: asked.order.key)
        else { return false }
        // A paid invoice was paid by the only charge that could: its age need not be known.
        guard let since = self.earliest(asked, reading) else {
            return charge.status == .succeeded
        }
        return charge.created >= since
    }

    /// The first second by Stripe's clock that this attempt's charge can bear; `nil` when the
    /// intent's age is not known.
    private func earliest(_ asked: ChargeLookUp, _ reading: StripeReading) -> Int64? {
        guard let ageMs = asked.ageMs else { return nil }
        let seconds = (max(0, ageMs) + Milliseconds.second - 1) / Milliseconds.second
        // Both clocks are cut to whole seconds, so one more second of doubt.
        return reading.nowSeconds - seconds - 1
    }

    // MARK: By the key

    /// Sends the same call with the same key. Answers `nil` when that is not allowed, or when the
    /// answer only repeats that Stripe failed.
    private func resend(_ asked: ChargeLookUp, _ reading: StripeReading) async -> AttemptOutcome? {
        let settings = self.client.settings
        guard settings.idempotency == .keys, asked.mayResend, let ageMs = asked.ageMs,
            ageMs < settings.keyRetentionMs - Milliseconds.hour,
            Self.isOpen(reading.invoice, for: asked.order)
        else { return nil }
        let answer: StripeAnswer
        do {
            answer = try await self.client.call(self.payment(asked.order))
        } catch {
            return .unknown
        }
        let outcome = await self.outcome(of: answer, asked.order)
        switch outcome {
        case .unknown:
            // Stripe keeps a 500 under its key too: the call has ended, so what can be seen from
            // now on is all there is.
            return answer.isReplayed && answer.status >= 500 ? nil : .unknown
        case .notSent: return .unknown
        case .technicalFailure:
            // A refusal of this call says nothing about the first one, unless it is its answer.
            return answer.isReplayed ? outcome : .unknown
        case .approved, .approvedInPart, .declined, .pending: return outcome
        }
    }

    /// Whether a charge that shows nowhere can no longer be on its way.
    private func isSettled(_ ageMs: Int64?, whenUnknown: Bool) -> Bool {
        guard let ageMs else { return whenUnknown }
        return ageMs > self.client.settings.unknownSettlesAfterMs
    }
}
