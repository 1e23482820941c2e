/// Adds the message effect.
package struct MessageIntended: Hashable, Sendable {
    package var update: CaseUpdate
    package var step: UInt32
    /// The step's name and template at this moment, for the timeline.
    package var name: String
    package var template: String
    package var channel: Channel
    /// Why it may leave now, on this channel.
    package var permit: SendPermit

    package init(
        update: CaseUpdate, step: UInt32, name: String, template: String, channel: Channel,
        permit: SendPermit = SendPermit()
    ) {
        self.update = update
        self.step = step
        self.name = name
        self.template = template
        self.channel = channel
        self.permit = permit
    }
}

/// A provider took a message or refused it. Removes the message effect.
package struct MessageSettled: Hashable, Sendable {
    package var update: CaseUpdate
    package var effect: RecordPosition
    package var step: UInt32
    package var wasAccepted: Bool
    /// The provider's reference or the short reason of a refusal.
    package var reference: String
    /// The address is dead: no message goes there again.
    package var contactIsDead: Bool
    package var channel: Channel
    /// The step is planned anew, on its next channel.
    package var reopensStep: Bool
    /// What the message cost by the policy's table, in thousandths of the minor unit.
    package var costMilli: Int64

    package init(
        update: CaseUpdate, effect: RecordPosition, step: UInt32, wasAccepted: Bool,
        reference: String, contactIsDead: Bool, channel: Channel = .email,
        reopensStep: Bool = false, costMilli: Int64 = 0
    ) {
        self.update = update
        self.effect = effect
        self.step = step
        self.wasAccepted = wasAccepted
        self.reference = reference
        self.contactIsDead = contactIsDead
        self.channel = channel
        self.reopensStep = reopensStep
        self.costMilli = costMilli
    }
}

/// A step that was due and is not sent, with the reason.
package struct MessageSkipped: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case noContact = 1
        case observing = 2
        case classExcluded = 3
        /// Its moment passed long before the account had a turn.
        case stale = 4
        /// The customer revoked it, or never gave it where it is needed.
        case noConsent = 5
        /// The address bounced or its owner complained.
        case suppressed = 6
        /// No provider is configured for the channel.
        case notConfigured = 7
        /// The law and the policy's windows leave no hour on the clocks that may be the person's.
        case noLegalHours = 8
        /// A flag of the account forbids messages.
        case flagged = 9
        /// The provider refused it on that channel.
        case refused = 10
        /// The customer ended the agreement: they are not reminded to pay.
        case agreementEnded = 11

        package var name: String { "\(self)" }
    }

    package var update: CaseUpdate
    package var step: UInt32
    package var name: String
    package var reason: Reason
    /// Every channel of the step, and why it could not be used.
    package var passed: [PassedChannel]

    package init(
        update: CaseUpdate, step: UInt32, name: String, reason: Reason,
        passed: [PassedChannel] = []
    ) {
        self.update = update
        self.step = step
        self.name = name
        self.reason = reason
        self.passed = passed
    }
}

/// What a subscription may still be used for changed, by the timeline, by payment or by the end.
package struct AccessChanged: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case timeline = 1
        case recovered = 2
        case ended = 3
        case closed = 4
        /// The customer could not be told; the policy allows it after a wait (Law 7).
        case unreachable = 5
        /// Observing: what would have happened. Nothing changed outside.
        case observed = 6

        package var name: String { "\(self)" }
    }

    /// `nil` when no open case is touched.
    package var update: CaseUpdate?
    /// Empty for the account as a whole.
    package var subscription: String
    package var state: AccessState
    package var reason: Reason
    /// Timeline steps taken so far.
    package var accessSteps: UInt32

    package init(
        update: CaseUpdate?, subscription: String, state: AccessState, reason: Reason,
        accessSteps: UInt32
    ) {
        self.update = update
        self.subscription = subscription
        self.state = state
        self.reason = reason
        self.accessSteps = accessSteps
    }
}

/// Adds the end action effect, unless observing.
package struct EndActionIntended: Hashable, Sendable {
    package var caseNumber: UInt32
    package var action: EndAction
    package var isWithheld: Bool
    /// The plan to change to, for ``EndAction/downgrade``; else empty.
    package var plan: String

    package init(caseNumber: UInt32, action: EndAction, isWithheld: Bool, plan: String = "") {
        self.caseNumber = caseNumber
        self.action = action
        self.isWithheld = isWithheld
        self.plan = plan
    }
}

/// Removes an announcement or end action.
package struct EffectSettled: Hashable, Sendable {
    package enum Verdict: UInt8, Sendable {
        case done = 1
        case refused = 2
        case failed = 3
    }

    package var effect: RecordPosition
    package var kind: EffectKind
    package var verdict: Verdict
    package var reference: String
    /// As ``PendingEffect/argument``: which end action it was.
    package var argument: UInt32

    package init(
        effect: RecordPosition, kind: EffectKind, verdict: Verdict, reference: String,
        argument: UInt32 = 0
    ) {
        self.effect = effect
        self.kind = kind
        self.verdict = verdict
        self.reference = reference
        self.argument = argument
    }
}

/// An event was taken that changed nothing by itself, for the timeline and for repeats.
package struct IntakeNoted: Hashable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        /// A failure that is older than the payment that settled the obligation.
        case alreadySettled = 1
        case caseIsClosed = 2
        case subscriptionUnknown = 3

        package var name: String { "\(self)" }
    }

    package var reason: Reason
    package var obligation: String

    package init(reason: Reason, obligation: String) {
        self.reason = reason
        self.obligation = obligation
    }
}
