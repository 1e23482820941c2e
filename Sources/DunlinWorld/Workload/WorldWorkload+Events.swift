package import DunlinCore
import DunlinPolicy

/// What is told about an account at a step.
package enum WorldNews: UInt8, Sendable {
    case renewalFailed = 1
    case renewalPaid = 2
    case cardGiven = 3
    case canceled = 4
}

extension WorldWorkload {
    /// What the billing system says of it.
    package func event(
        _ news: WorldNews, _ index: UInt64, renewal: UInt32, atStep step: Int
    ) -> IntakeEvent {
        let at = self.world.instant(ofStep: step)
        switch news {
        case .renewalFailed: return self.failure(index, renewal, at)
        case .renewalPaid:
            return IntakeEvent(
                key: self.key(index),
                facts: IntakeFacts(
                    eventID: "", occurredAt: at,
                    fact: .paymentSucceeded(
                        PaymentSucceeded(
                            obligation: WorldNames.obligation(index, renewal: renewal)))))
        case .cardGiven:
            let network = self.world.customer(index).network
            let method = PaymentMethod(
                token: WorldNames.card(after: renewal), network: network, funding: .debit)
            return IntakeEvent(
                key: self.key(index),
                facts: IntakeFacts(
                    eventID: "", occurredAt: at, fact: .paymentMethodUpdated,
                    method: MethodChange(method: method)))
        case .canceled:
            return IntakeEvent(
                key: self.key(index),
                facts: IntakeFacts(
                    eventID: "", occurredAt: at,
                    fact: .subscriptionCanceled(subscription: WorldNames.subscription(index))))
        }
    }

    private func failure(_ index: UInt64, _ renewal: UInt32, _ at: Timestamp) -> IntakeEvent {
        let customer = self.world.customer(index)
        let episode = self.world.episode(renewal, of: customer)
        let plan = self.world.parameters.plans[customer.plan]
        let isKnown = self.failedBefore(renewal, of: index)
        // The card and the addresses came with the first failure and are as they were.
        let method =
            isKnown
            ? nil
            : MethodChange(
                method: PaymentMethod(
                    token: WorldNames.card(after: 0), network: customer.network, funding: .debit))
        return IntakeEvent(
            key: self.key(index),
            facts: IntakeFacts(
                eventID: "", occurredAt: at,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: WorldNames.obligation(index, renewal: renewal),
                            subscription: WorldNames.subscription(index),
                            amountMinor: plan.amountMinor, currency: plan.currency, dueAt: at),
                        codes: DeclineCodes(code: episode.code))),
                method: method),
            personal: isKnown ? [] : self.contacts(index))
    }

    /// An address for each channel that needs one, of nobody.
    private func contacts(_ index: UInt64) -> [PersonalContact] {
        self.world.parameters.customers.channels.filter(\.needsContact).map { channel in
            let address =
                channel.isTelephone
                ? "+1555\(index % 10_000_000 + 10_000_000)" : "c\(index)@example.com"
            return PersonalContact(channel: channel, address: address)
        }
    }
}
