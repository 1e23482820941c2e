// What happened around messages: consent, flags, receipts, and what lies ahead.

/// Why a message may leave, and when: the evidence.
package struct SendPermit: Hashable, Sendable {
    /// Version of the contact hours; 0 when there were none.
    package var version: UInt32
    /// Numbers of the rules whose hours were kept.
    package var rules: [UInt32]
    /// The clocks on which they were kept, and the policy's window with them.
    package var zones: [String]
    /// Messages that the tightest cap counted before this one; 0 without a cap.
    package var capUsed: UInt32
    /// Of that cap; 0 without a cap.
    package var capMax: UInt32
    /// The ledger held a consent; otherwise the message needed none.
    package var hasConsent: Bool
    /// Channels that were preferred and could not be used.
    package var passed: [PassedChannel]

    package init(
        version: UInt32 = 0, rules: [UInt32] = [], zones: [String] = [], capUsed: UInt32 = 0,
        capMax: UInt32 = 0, hasConsent: Bool = false, passed: [PassedChannel] = []
    ) {
        self.version = version
        self.rules = rules
        self.zones = zones
        self.capUsed = capUsed
        self.capMax = capMax
        self.hasConsent = hasConsent
        self.passed = passed
    }
}

/// A channel that could not be used, and why.
package struct PassedChannel: Hashable, Sendable {
    package var channel: Channel
    package var reason: MessageSkipped.Reason

    package init(channel: Channel, reason: MessageSkipped.Reason) {
        self.channel = channel
        self.reason = reason
    }
}

/// The ledger has a new word.
package struct ConsentChanged: Hashable, Sendable {
    package var consent: Consent
    /// The reply that revoked it may be confirmed, once.
    package var isByReply: Bool

    package init(consent: Consent, isByReply: Bool) {
        self.consent = consent
        self.isByReply = isByReply
    }
}

/// Something was said about the account that stops some of what is done, or it was taken back.
package struct AccountFlagged: Hashable, Sendable {
    package var flag: AccountFlag
    package var isSet: Bool
    package var reason: String

    package init(flag: AccountFlag, isSet: Bool, reason: String) {
        self.flag = flag
        self.isSet = isSet
        self.reason = reason
    }
}

/// Something was heard of a message.
package struct ReceiptNoted: Hashable, Sendable {
    package var kind: MessageReceipt.Kind
    package var channel: Channel
    /// The effect that sent the message; none when it is not known any more.
    package var effect: RecordPosition
    /// When it happened.
    package var occurredAt: Timestamp

    package init(
        kind: MessageReceipt.Kind, channel: Channel, effect: RecordPosition, occurredAt: Timestamp
    ) {
        self.kind = kind
        self.channel = channel
        self.effect = effect
        self.occurredAt = occurredAt
    }
}

/// A reply came; its text is not kept.
package struct ReplyNoted: Hashable, Sendable {
    package var channel: Channel
    package var meaning: ReplyMeaning

    package init(channel: Channel, meaning: ReplyMeaning) {
        self.channel = channel
        self.meaning = meaning
    }
}

/// A charge was announced, changed or called off.
package struct UpcomingChargeNoted: Hashable, Sendable {
    package var charge: UpcomingCharge
    package var isCanceled: Bool

    package init(charge: UpcomingCharge, isCanceled: Bool) {
        self.charge = charge
        self.isCanceled = isCanceled
    }
}

/// What a message without a case is about.
package struct NoticeSubject: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The default card expires.
        case expiry = 1
        /// A charge is ahead.
        case charge = 2
        /// The customer told us to stop writing on a channel.
        case optOut = 3

        package var name: String { "\(self)" }
    }

    package var kind: Kind
    /// For an expiry ``HeldMethod/number``.
    package var method: UInt32
    package var expiryMonth: UInt32
    /// For a charge.
    package var charge: UpcomingCharge?

    package init(
        kind: Kind, method: UInt32 = 0, expiryMonth: UInt32 = 0, charge: UpcomingCharge? = nil
    ) {
        self.kind = kind
        self.method = method
        self.expiryMonth = expiryMonth
        self.charge = charge
    }
}

/// When the next message without a case is due; zero for never.
package struct NoticePlanned: Hashable, Sendable {
    package var at: Timestamp

    package init(at: Timestamp) {
        self.at = at
    }
}

/// Adds the notice effect: a message that needs no case.
package struct NoticeIntended: Hashable, Sendable {
    package var subject: NoticeSubject
    package var step: UInt32
    package var name: String
    package var template: String
    package var channel: Channel
    package var permit: SendPermit
    /// The subject's steps that are done with it: bit n for step n.
    package var stepsDone: UInt64
    /// When the next one is due; zero for never.
    package var nextAt: Timestamp

    package init(
        subject: NoticeSubject, step: UInt32, name: String, template: String, channel: Channel,
        permit: SendPermit, stepsDone: UInt64, nextAt: Timestamp
    ) {
        self.subject = subject
        self.step = step
        self.name = name
        self.template = template
        self.channel = channel
        self.permit = permit
        self.stepsDone = stepsDone
        self.nextAt = nextAt
    }
}

/// A message that needs no case was not sent.
package struct NoticeSkipped: Hashable, Sendable {
    package var subject: NoticeSubject
    package var step: UInt32
    package var name: String
    package var reason: MessageSkipped.Reason
    package var stepsDone: UInt64
    package var nextAt: Timestamp

    package init(
        subject: NoticeSubject, step: UInt32, name: String, reason: MessageSkipped.Reason,
        stepsDone: UInt64, nextAt: Timestamp
    ) {
        self.subject = subject
        self.step = step
        self.name = name
        self.reason = reason
        self.stepsDone = stepsDone
        self.nextAt = nextAt
    }
}
