package import DunlinCore

/// Sends rendered messages over one channel.
package protocol MessageSender: Sendable {
    /// Sends one message. Repeating an order may send it again with the same Message-ID.
    func send(_ order: MessageOrder) async -> EffectOutcome
}

/// A sender that answers at once, without a network: it is asked on the shard's own executor, with
/// the commit that brought the message.
package protocol ImmediateSender: MessageSender {
    /// As ``MessageSender/send(_:)``; does not block.
    func sendNow(_ order: MessageOrder) -> EffectOutcome
}

/// One message, addresses opened just before it leaves. Never logged or journaled.
package struct MessageOrder: Sendable {
    package var account: EntityKey
    package var effect: RecordPosition
    package var channel: Channel
    package var template: String
    /// BCP 47; templates fall back from `es-MX` to `es` to `en`.
    package var locale: String
    package var address: String
    package var facts: MessageFacts
    /// When it leaves, in domain time.
    package var at: Timestamp

    package init(
        account: EntityKey, effect: RecordPosition, channel: Channel, template: String,
        locale: String, address: String, facts: MessageFacts, at: Timestamp = Timestamp(ms: 0)
    ) {
        self.at = at
        self.account = account
        self.effect = effect
        self.channel = channel
        self.template = template
        self.locale = locale
        self.address = address
        self.facts = facts
    }
}

/// What a template may say.
package struct MessageFacts: Sendable, Equatable {
    package var tenant: String
    package var amount: Money
    package var obligation: String
    package var dueAt: Timestamp
    package var declineClass: DeclineClass
    /// Empty or four digits.
    package var lastFour: String
    package var network: PaymentNetwork
    /// Where the customer can pay or change the card.
    package var link: String
    /// Zero when no attempt is planned.
    package var nextAttemptAt: Timestamp
    /// The next loss of access and when; `nil` when none is planned.
    package var nextAccess: AccessState?
    package var nextAccessAt: Timestamp
    /// The customer's zone, to show dates by.
    package var zone: ZoneTable
    /// `year * 12 + month - 1` of a card's last month; 0 when the message is not about it.
    package var expiryMonth: UInt32 = 0
    /// Where a customer can cancel; empty when nowhere.
    package var cancelLink = ""
    /// The payment arrived from an agreed backup; `network` and `lastFour` say which.
    package var isBackup = false

    package init(
        tenant: String, amount: Money, obligation: String, dueAt: Timestamp,
        declineClass: DeclineClass, lastFour: String, network: PaymentNetwork, link: String,
        nextAttemptAt: Timestamp, nextAccess: AccessState?, nextAccessAt: Timestamp,
        zone: ZoneTable
    ) {
        self.tenant = tenant
        self.amount = amount
        self.obligation = obligation
        self.dueAt = dueAt
        self.declineClass = declineClass
        self.lastFour = lastFour
        self.network = network
        self.link = link
        self.nextAttemptAt = nextAttemptAt
        self.nextAccess = nextAccess
        self.nextAccessAt = nextAccessAt
        self.zone = zone
    }
}

/// Tells the merchant's app what happened, by signed webhook.
package protocol Announcer: Sendable {
    /// Delivers one announcement. The caller sends those of one account one at a time, in order.
    func announce(_ announcement: Announcement) async -> EffectOutcome
}

/// One record that the merchant's app is told, with its context.
package struct Announcement: Sendable, Equatable {
    package var account: EntityKey
    package var position: RecordPosition
    package var record: RecordedEvent
    /// The state after the record's command, for context.
    package var access: AccessState
    /// The case that it speaks of; `nil` when it speaks of none.
    package var dunningCase: DunningCase?

    package init(
        account: EntityKey, position: RecordPosition, record: RecordedEvent, access: AccessState,
        dunningCase: DunningCase?
    ) {
        self.account = account
        self.position = position
        self.record = record
        self.access = access
        self.dunningCase = dunningCase
    }
}
