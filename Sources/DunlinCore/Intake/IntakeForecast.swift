/// What an event would lead to, told without doing it.
package struct IntakeForecast: Hashable, Sendable {
    package enum Outcome: UInt8, Sendable, CaseIterable {
        /// A case would open, with all that its policy does.
        case opensCase = 1
        /// A case would open for which only messages are sent.
        case opensForMessages = 2
        /// It is older than the policy takes: no case.
        case leftOut = 3
        /// It would join, change or close what is there.
        case changes = 4
        /// Nothing would change: it is known, or too late to matter.
        case nothing = 5
        case refused = 6

        package var name: String { "\(self)" }
    }

    package var outcome: Outcome
    /// When the case would begin; zero where none opens.
    package var startsAt: Timestamp
    /// Zero where no attempt would be planned.
    package var attemptAt: Timestamp
    /// Zero where no message would be planned.
    package var messageAt: Timestamp

    package init(
        outcome: Outcome, startsAt: Timestamp = Timestamp(ms: 0),
        attemptAt: Timestamp = Timestamp(ms: 0), messageAt: Timestamp = Timestamp(ms: 0)
    ) {
        self.outcome = outcome
        self.startsAt = startsAt
        self.attemptAt = attemptAt
        self.messageAt = messageAt
    }
}

extension IntakeForecast {
    /// What `decide` would make of an event. `state` comes back as it would then be, for the next
    /// event of the account.
    ///
    /// Addresses that come with the event are unsealed strangers here: a contact of their channel
    /// stands in for each.
    package static func of(
        _ event: IntakeEvent, state: inout AccountState, context: DecisionContext, now: Timestamp
    ) -> IntakeForecast {
        var facts = event.facts
        if !event.personal.isEmpty {
            var profile = facts.profile ?? ProfileChange()
            for contact in event.personal {
                profile.contacts.append(SealedContact(channel: contact.channel, sealed: []))
            }
            facts.profile = profile
        }
        let position = RecordPosition(op: state.lastRecord.op + 1, index: 0)
        let decision = decide(
            state, account: event.key, .intake(facts), context: context, now: now, at: position)
        state = decision.state
        switch decision.answer {
        case .refused: return IntakeForecast(outcome: .refused)
        case .ignored(.backlog): return IntakeForecast(outcome: .leftOut)
        case .ignored, .repeated: return IntakeForecast(outcome: .nothing)
        case .accepted: break
        }
        if case .paymentFailed(let failed) = facts.fact,
            state.caseIndex(obligation: failed.obligation.id) == nil
        {
            return IntakeForecast(outcome: .leftOut)
        }
        for record in decision.events {
            guard case .caseOpened(let opened) = record.event,
                let index = state.caseIndex(opened.update.caseNumber)
            else { continue }
            let dunningCase = state.cases[index]
            return IntakeForecast(
                outcome: dunningCase.isMessagesOnly ? .opensForMessages : .opensCase,
                startsAt: dunningCase.openedAt, attemptAt: dunningCase.plan.attemptAt,
                messageAt: dunningCase.plan.messageAt)
        }
        return IntakeForecast(outcome: .changes)
    }
}
