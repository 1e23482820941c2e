import DunlinCore

// Money that goes back: refunds and disputes of an invoice's charge.

extension StripeEventMapper {
    func refunded(_ event: StripeEvent) -> StripeIntake {
        guard let charge = StripeCharge(event.object), let key = self.key(charge.customer),
            !charge.invoice.isEmpty
        else { return StripeIntake(events: [], type: event.label) }
        // Stripe tells the sum of all refunds; what this one gave is the difference.
        let total = event.object["amount_refunded"]?.integer ?? charge.amountMinor
        let before = event.previous?["amount_refunded"]?.integer ?? 0
        guard total > before else { return StripeIntake(events: [], type: event.label) }
        return self.one(
            event, key,
            .noticed(
                CaseNotice(
                    kind: .refunded, obligation: charge.invoice, amountMinor: total - before)))
    }

    /// A dispute names its charge only; whose it is and for what, the charge says.
    func disputed(_ event: StripeEvent) async -> StripeIntake {
        guard let id = event.object["charge"]?.reference else {
            return self.strange(event, "the dispute names no charge")
        }
        guard let charge = await self.client.charge(id) else {
            return self.strange(event, "the disputed charge could not be read")
        }
        guard let key = self.key(charge.customer), !charge.invoice.isEmpty else {
            return StripeIntake(events: [], type: event.label)
        }
        var notice = CaseNotice(kind: .disputed, obligation: charge.invoice)
        if event.type == "charge.dispute.closed" {
            switch event.object["status"]?.text {
            case "won", "warning_closed": notice.kind = .disputeWon
            case "lost":
                notice.kind = .disputeLost
                notice.amountMinor = event.object["amount"]?.integer
            default: return StripeIntake(events: [], type: event.label)
            }
        }
        return self.one(event, key, .noticed(notice))
    }
}
