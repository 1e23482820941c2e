package import DunlinCore
package import DunlinPorts
import Foundation

/// The channel `webhook`: hands a message to the merchant's own systems, signed as their
/// announcements are. A help desk opens a ticket from it, or a push service tells the customer.
///
/// The body is `{type: "message.due", timestamp, data}`. No address is in it: the app knows its
/// customer by the id. Outcomes are those of ``WebhookAnnouncer``, and `refused(wrong-channel)`.
package struct WebhookMessages: MessageSender {
    private let announcer: WebhookAnnouncer

    package init(_ announcer: WebhookAnnouncer) {
        self.announcer = announcer
    }

    package func send(_ order: MessageOrder) async -> EffectOutcome {
        guard order.channel == .webhook else { return .refused(reason: "wrong-channel") }
        guard let payload = try? WebhookMessage(order).bytes() else {
            return .failed(reason: "not-encodable")
        }
        return await self.announcer.deliver(
            payload, id: WebhookPayload.id("message", of: order.account, order.effect),
            of: order.account, order.effect)
    }
}

/// What a merchant's app is told about a message that it is to pass on.
struct WebhookMessage: Encodable {
    var type = "message.due"
    /// When it left, in domain time, RFC 3339.
    var timestamp: String
    var data: Content

    struct Content: Encodable {
        var tenant: String
        var account: String
        /// As in the policy: `payment_failed`, `ticket`.
        var template: String
        /// BCP 47; left out when it is not known.
        var locale: String?
        /// Left out for a message that is about no invoice.
        var obligation: String?
        var amountMinor: Int64
        var currency: String
        var declineClass: String
        var lastFour: String?
        var link: String?
        var nextAttemptAt: String?
        /// The next loss of access.
        var nextAccess: String?
        var nextAccessAt: String?
    }

    init(_ order: MessageOrder) {
        let facts = order.facts
        self.timestamp = order.at.description
        self.data = Content(
            tenant: order.account.tenant, account: order.account.key, template: order.template,
            locale: optional(order.locale), obligation: optional(facts.obligation),
            amountMinor: facts.amount.minor, currency: facts.amount.currency.code,
            declineClass: facts.declineClass.name, lastFour: optional(facts.lastFour),
            link: optional(facts.link), nextAttemptAt: optional(facts.nextAttemptAt),
            nextAccess: facts.nextAccess?.name, nextAccessAt: optional(facts.nextAccessAt))
    }

    /// Sorted keys, as those of announcements.
    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return Array(try encoder.encode(self))
    }
}
