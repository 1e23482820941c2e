extension AccountState {
    mutating func markStep(_ step: UInt32, ofCase number: UInt32) {
        guard step < 64, let index = self.caseIndex(number) else { return }
        self.cases[index].stepsDone |= 1 << UInt64(step)
    }

    mutating func intend(
        _ event: MessageIntended, at instant: Timestamp, _ position: RecordPosition
    ) -> UInt32 {
        self.markStep(event.step, ofCase: event.update.caseNumber)
        self.effects.append(
            PendingEffect(
                id: position, kind: .message, caseNumber: event.update.caseNumber,
                argument: event.step))
        if !self.shares.isEmpty { self.useContactPermit(ofCase: event.update.caseNumber) }
        self.remember(
            Touch(
                at: instant, channel: event.channel, caseNumber: event.update.caseNumber,
                step: event.step, effect: position))
        return self.apply(event.update, at: instant)
    }

    mutating func settle(_ event: MessageSettled, at instant: Timestamp) -> UInt32 {
        self.removeEffect(event.effect)
        if event.contactIsDead {
            self.suppress(event.channel)
        }
        self.settleTouch(
            event.effect, wasAccepted: event.wasAccepted, reference: event.reference)
        guard let index = self.caseIndex(event.update.caseNumber) else { return 0 }
        // That a debit comes is no warning of a loss.
        if event.wasAccepted, event.step != MessageStep.debitNoticeNumber {
            self.cases[index].touches.increase()
            if self.cases[index].toldAt.ms == 0, event.channel.tellsCustomer {
                self.cases[index].toldAt = instant
            }
        }
        if event.reopensStep, event.step < 64 {
            self.cases[index].stepsDone &= ~(1 << UInt64(event.step))
        }
        return self.apply(event.update, at: instant)
    }

    mutating func changeAccess(_ event: AccessChanged, at instant: Timestamp) -> UInt32 {
        if event.reason != .observed {
            let access = SubscriptionAccess(
                subscription: event.subscription, state: event.state, since: instant)
            let known = self.subscriptions.firstIndex { $0.subscription == event.subscription }
            if let known {
                self.subscriptions[known] = access
            } else {
                self.subscriptions.append(access)
            }
        }
        guard let update = event.update, let index = self.caseIndex(update.caseNumber) else {
            return 0
        }
        self.cases[index].accessSteps = event.accessSteps
        return self.apply(update, at: instant)
    }

    mutating func intend(_ event: EndActionIntended, position: RecordPosition) -> UInt32 {
        guard !event.isWithheld else { return event.caseNumber }
        self.effects.append(
            PendingEffect(
                id: position, kind: .endAction, caseNumber: event.caseNumber,
                argument: UInt32(event.action.rawValue)))
        return event.caseNumber
    }
}
