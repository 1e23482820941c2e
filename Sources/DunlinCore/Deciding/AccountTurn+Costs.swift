// What attempts and messages cost, and which are worth it: whole numbers from the policy's table,
// written into the events that bring the cost. Without a table nothing is asked and nothing written.

extension AccountTurn {
    /// What an attempt cost: the network's fee if it got there, the gateway's for money that came.
    func costMilli(
        of inFlight: InFlightAttempt, _ dunningCase: borrowing DunningCase,
        reachedNetwork: Bool = true, collectedMinor: Int64 = 0
    ) -> Int64 {
        guard inFlight.number != 0, let costs = self.costs(of: dunningCase) else { return 0 }
        let network = self.state.network(ofMethod: inFlight.method)
        var milli =
            reachedNetwork
            ? costs.attemptMilli(network, after: dunningCase.decline.declineClass) : 0
        if collectedMinor > 0 { milli.increase(by: costs.approvalMilli(ofMinor: collectedMinor)) }
        return milli
    }

    /// What a message cost that a provider took.
    func costMilli(of channel: Channel, _ dunningCase: borrowing DunningCase) -> Int64 {
        self.costs(of: dunningCase)?.messageMilli(channel) ?? 0
    }

    private func costs(of dunningCase: borrowing DunningCase) -> CostTable? {
        guard self.context.recordsCosts else { return nil }
        let currency = dunningCase.obligation.currency
        return self.context.pinned(copy dunningCase)?.costs[currency]
    }

    /// Whether a rung is likely to bring what it costs.
    func isWorth(rung: UInt32, _ dunningCase: DunningCase, _ policy: PinnedPolicy) -> Bool {
        guard let worth = policy.retries.worth,
            let costs = policy.costs[dunningCase.obligation.currency]
        else { return true }
        let network = self.state.methods.first(where: \.isDefault)?.method.network ?? .unknown
        return worth.takes(
            rung: rung, amountMinor: dunningCase.chargeMinor,
            costMilli: costs.attemptMilli(network, after: dunningCase.decline.declineClass))
    }
}
