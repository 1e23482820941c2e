// Less than all: what is asked for, and the least that may be charged instead.
//
// 1. Never more than is open (Law 7), and never less than the policy's floor.
// 2. Parts are asked for after so many refusals of the whole by one card, the latest for lack of
//    funds. The last part that the policy allows is all that is open.
// 3. What the customer agreed to, debits (whose schemes want the amount of the original) and
//    gateways that charge invoices in whole stay as they are.

extension AccountTurn {
    /// What a charge asks for, and the least that may be charged instead; 0 for all or nothing.
    struct Asked: Equatable {
        var minor: Int64
        var floorMinor: Int64 = 0
    }

    func asked(
        of dunningCase: DunningCase, method: UInt32, _ network: PaymentNetwork,
        _ policy: PinnedPolicy
    ) -> Asked {
        let whole = Asked(minor: dunningCase.chargeMinor)
        guard let partial = policy.retries.partial, self.context.tenant.takesParts,
            !network.isDirectDebit, dunningCase.decline.declineClass == .softFunds,
            dunningCase.particulars.first?.nextPart == nil
        else { return whole }
        let obligation = FNV1a64.hash(dunningCase.obligation.id)
        let open = dunningCase.obligation.openMinor
        let floor = partial.floor(ofDue: dunningCase.obligation.amountMinor)
        var refusals: UInt32 = 0
        var parts: UInt32 = 0
        for mark in self.state.marks
        where mark.obligationHash == obligation && mark.method == method {
            if mark.flags.contains(.approved) {
                parts.increase()
            } else if mark.flags.isDisjoint(with: [.technical, .notSentToNetwork]),
                mark.amountMinor >= open
            {
                refusals.increase()
            }
        }
        guard refusals >= partial.afterRefusals, parts.increased() < partial.partsMax,
            floor < open
        else { return whole }
        let asked = max(floor, open.share(bp: partial.askBp))
        guard asked < open else { return Asked(minor: open, floorMinor: floor) }
        return Asked(minor: asked, floorMinor: floor)
    }
}
