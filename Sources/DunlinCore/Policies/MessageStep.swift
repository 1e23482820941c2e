/// One message of a policy.
package struct MessageStep: Sendable, Equatable {
    /// What makes the message due.
    package enum Trigger: Sendable, Equatable {
        /// This long after the case was opened.
        case afterOpen(ms: Int64)
        /// When the given number of declines (the first failure is 1) has been reached.
        case afterDeclines(count: UInt32)
        /// At once when the credential is dead or needs the customer.
        case onHardDecline
        /// This long before the access step to `state` would be taken.
        case beforeAccess(state: AccessState, ms: Int64)
        /// As soon as access was reduced to `state`.
        case onAccess(state: AccessState)
        /// This long before the end action.
        case beforeEnd(ms: Int64)
        /// When the case is recovered.
        case onRecovered
        /// This long before a planned attempt.
        case beforeAttempt(AttemptChoice, ms: Int64)
        /// This long after our attempt of that number, if the case is still open.
        case afterAttempt(number: UInt32, ms: Int64)
        /// This long after the step of that index was accepted by a provider, unless it was
        /// opened or clicked since.
        case unopened(step: UInt32, ms: Int64)
        /// This long before the default card expires; no case is needed.
        case beforeExpiry(ms: Int64)
        /// This long before a charge that the billing system announced; no case is needed.
        case beforeCharge(ms: Int64)
        /// As soon as a debit is planned that the customer must know of before.
        case debitPlanned
    }

    /// Which attempt a message precedes.
    package enum AttemptChoice: Sendable, Equatable {
        /// The attempt of that number, counted from 1.
        case number(UInt32)
        /// The last that the ladder has.
        case final
        /// The last but one.
        case penultimate
    }

    /// Unique in its policy.
    package var name: String
    /// In the order of preference: the next one is used where one cannot be. Not empty.
    package var channels: [Channel]
    /// The template's name, without locale: `payment_failed`.
    package var template: String
    package var trigger: Trigger
    /// Only for these classes of the latest decline; empty means all.
    package var onlyFor: [DeclineClass]
    /// Local time of day within which it may be sent, in minutes since midnight, `from < until`.
    package var windowMinutes: Range<Int64>
    package var purpose: MessagePurpose

    /// What stands for the index of the message that announces a debit, wherever it is in the
    /// policy: one leaves for each planned debit.
    package static let debitNoticeNumber = UInt32(DunningPolicy.messageStepsMax)

    /// Announces debits under policies that have no message of their own for it.
    package static let debitNotice = MessageStep(
        name: "debit-notice", channels: [.email, .sms, .push, .inApp, .postal],
        template: "upcoming_charge", trigger: .debitPlanned)

    /// The template of every message to somebody whose bank says that they ended the agreement.
    package static let keepOrCancelTemplate = "keep_or_cancel"

    package init(
        name: String, channel: Channel = .email, template: String, trigger: Trigger,
        onlyFor: [DeclineClass] = [], windowMinutes: Range<Int64> = 8 * 60..<20 * 60,
        purpose: MessagePurpose = .transactional
    ) {
        self.init(
            name: name, channels: [channel], template: template, trigger: trigger,
            onlyFor: onlyFor, windowMinutes: windowMinutes, purpose: purpose)
    }

    package init(
        name: String, channels: [Channel], template: String, trigger: Trigger,
        onlyFor: [DeclineClass] = [], windowMinutes: Range<Int64> = 8 * 60..<20 * 60,
        purpose: MessagePurpose = .transactional
    ) {
        self.name = name
        self.channels = channels
        self.template = template
        self.trigger = trigger
        self.onlyFor = onlyFor
        self.windowMinutes = windowMinutes
        self.purpose = purpose
    }

    /// It says what will be lost, and when: it goes before reminders where a cap leaves one place.
    package var isNotice: Bool {
        switch self.trigger {
        case .beforeAccess, .beforeEnd: true
        default: false
        }
    }

    /// It is about something ahead, not about a failed payment.
    package var isAhead: Bool {
        switch self.trigger {
        case .beforeExpiry, .beforeCharge: true
        default: false
        }
    }

    /// When it is due, and for whom: what a plan asks of every step, without the texts.
    struct Timing: Sendable {
        /// Index of the step in its policy.
        var number: Int
        var trigger: Trigger
        var isNotice: Bool
        var isAhead: Bool
        /// It names classes.
        var isSelective: Bool
        /// The classes that it names, by the bit of their raw values.
        private var classes: UInt64

        init(_ step: MessageStep, number: Int) {
            self.number = number
            self.trigger = step.trigger
            self.isNotice = step.isNotice
            self.isAhead = step.isAhead
            self.isSelective = !step.onlyFor.isEmpty
            self.classes = step.onlyFor.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
        }

        /// It is among the classes that the step names.
        func names(_ declineClass: DeclineClass) -> Bool {
            self.classes & 1 << UInt64(declineClass.rawValue) != 0
        }

        /// It may be sent to somebody whose latest decline is of that class.
        func isMeant(for declineClass: DeclineClass) -> Bool {
            !self.isSelective || self.names(declineClass)
        }
    }

    /// What is sent to somebody whose latest decline is of that class: whoever ended the agreement
    /// is asked whether to keep or to cancel, never to pay.
    package func template(for declineClass: DeclineClass) -> String {
        declineClass.endsAgreement && !self.onlyFor.contains(declineClass)
            ? Self.keepOrCancelTemplate : self.template
    }
}

/// What a message is for: consent is asked for by purpose.
package enum MessagePurpose: UInt8, Sendable, CaseIterable {
    /// About a payment that the customer owes or agreed to.
    case transactional = 1
    /// Offers: only with consent.
    case marketing = 2

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// When and how often the messages of a policy may be sent.
package struct SendingRules: Sendable, Equatable {
    /// All of them hold, over all cases and channels of the account; at most ``capsMax``.
    package var caps: [FrequencyCap]
    /// Reminders go out for the account's oldest open case only; notices for each.
    package var oneSequence: Bool
    /// No message before so many attempts of ours have failed, while further ones are planned and
    /// the customer need not act.
    package var silentTries: UInt32
    /// Hours by channel, beside the step's own window and the law; a missing one adds none.
    package var windows: [Channel: Range<Int64>]

    package static let capsMax = 4

    package init(
        caps: [FrequencyCap] = [], oneSequence: Bool = false, silentTries: UInt32 = 0,
        windows: [Channel: Range<Int64>] = [:]
    ) {
        self.caps = caps
        self.oneSequence = oneSequence
        self.silentTries = silentTries
        self.windows = windows
    }
}
