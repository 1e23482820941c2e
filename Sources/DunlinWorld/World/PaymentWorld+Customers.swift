package import DunlinCore
import DunlinPolicy

/// What a customer does by themselves or after a message.
package enum WorldDeed: Sendable, Equatable {
    /// Another card, from then on.
    case givesCard(at: Timestamp)
    case cancels(at: Timestamp)
}

extension PaymentWorld {
    /// When the customer changes the card without being asked; `nil` for never.
    package func spontaneousChange(_ episode: WorldEpisode) -> Timestamp? {
        let customers = self.parameters.customers
        let draw = episode.draw.about(.spontaneous)
        guard draw.uniform < customers.spontaneous else { return nil }
        let part = draw.about(.delay).uniform
        return episode.failedAt.advanced(
            byMs: Int64(part * Double(customers.spontaneousWithinMs)))
    }

    /// What the customer does after a message of that channel, sent at `instant`; `nil` for nothing.
    ///
    /// `earlier`: Messages of the episode before this one.
    package func deed(
        _ episode: WorldEpisode, of customer: WorldCustomer, after channel: Channel,
        at instant: Timestamp, earlier: UInt32
    ) -> WorldDeed? {
        let step = self.step(notBefore: instant)
        let place = UInt64(step) << 8 | UInt64(channel.rawValue)
        let customers = self.parameters.customers
        let patience = Numerics.exp(Double(earlier) * Numerics.log(1 - customers.fatigue))
        let draw = episode.draw.about(.reaction, place)
        if draw.uniform < self.reaction(episode, of: customer, to: channel) * patience {
            let delay = draw.about(.delay).exponential(meanMs: customers.delayMs)
            return .givesCard(at: instant.advanced(byMs: delay))
        }
        let hazard = customers.cancel * (1 + customers.cancelGrowth * Double(earlier))
        let anger = episode.draw.about(.cancel, place)
        guard anger.uniform < hazard else { return nil }
        let delay = anger.about(.delay).exponential(meanMs: customers.delayMs)
        return .cancels(at: instant.advanced(byMs: delay))
    }

    /// Whether a message of that channel within `step` could move the customer at all, however few
    /// came before: most could not, and need not be looked at.
    package func mayMove(
        _ episode: WorldEpisode, of customer: WorldCustomer, by channel: Channel, inStep step: Int
    ) -> Bool {
        let place = UInt64(step) << 8 | UInt64(channel.rawValue)
        let reaction = self.reaction(episode, of: customer, to: channel)
        if episode.draw.about(.reaction, place).uniform < reaction { return true }
        let customers = self.parameters.customers
        let worst = customers.cancel * (1 + customers.cancelGrowth * Double(Self.earlierMax))
        return episode.draw.about(.cancel, place).uniform < worst
    }

    /// Earlier messages count up to here.
    package static let earlierMax: UInt32 = 40

    /// The chance that a first message of that channel leads to another card.
    private func reaction(
        _ episode: WorldEpisode, of customer: WorldCustomer, to channel: Channel
    ) -> Double {
        let customers = self.parameters.customers
        let attention = customers.least + customers.span * customer.engagement
        let isSound = episode.cause == .funds || episode.cause == .hold
        return customers.reaction[Int(channel.rawValue)] * attention
            * (isSound ? customers.needless : 1)
    }
}
