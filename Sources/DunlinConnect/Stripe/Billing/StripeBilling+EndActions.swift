import Crypto
package import DunlinCore
package import DunlinPorts
import Foundation

/// End actions. Each is safe to repeat: an answer that refuses because it was done before is
/// looked into and counts as done.
extension StripeBilling {
    /// Codes of outcomes, for timelines and metrics.
    private enum Reason {
        static let unreachable = "gateway_unreachable"
        static let broken = "gateway_failed"
        static let rateLimited = "rate_limited"
        static let unauthorized = "api_key_invalid"
        static let noSubscription = "no_subscription"
        static let alreadyPaid = "already_paid"
        static let refused = "refused_by_stripe"
    }

    package func perform(_ order: EndActionOrder) async -> EffectOutcome {
        switch order.action {
        case .keepOpen: return .done(reference: "kept_open")
        case .cancelSubscription: return await self.cancel(order)
        case .pauseCollection: return await self.pause(order)
        case .markUncollectible:
            return await self.end(order, step: "mark_uncollectible", as: .uncollectible)
        case .voidInvoice: return await self.end(order, step: "void", as: .void)
        case .downgrade: return await self.downgrade(order)
        case .creditNote: return await self.credit(order)
        case .markUnpaid, .writeOff, .handToCollections:
            return .refused(reason: EndActionOrder.notOffered)
        }
    }

    /// Gives the subscription's only item another price, without proration: what is owed stays.
    private func downgrade(_ order: EndActionOrder) async -> EffectOutcome {
        guard !order.subscription.isEmpty, !order.plan.isEmpty else {
            return .refused(reason: Reason.noSubscription)
        }
        let read = try? await self.client.get(
            "read subscription", ["subscriptions", order.subscription])
        guard let read else { return .failed(reason: Reason.unreachable) }
        if Self.isGone(read) { return .done(reference: "gone") }
        guard read.isSuccess else { return Self.outcome(ofStatus: read.status) }
        let items = read.body["items", "data"]?.items ?? []
        // Which of several items is the plan, only the merchant knows.
        guard items.count == 1, let item = items[0]["id"]?.text else {
            return .refused(reason: EndActionOrder.notOffered)
        }
        if items[0]["price", "id"]?.text == order.plan { return .done(reference: order.plan) }
        let request = StripeRequest(
            purpose: "change plan", method: .post, path: ["subscriptions", order.subscription],
            fields: [
                ("items[0][id]", item), ("items[0][price]", order.plan),
                ("proration_behavior", "none"),
            ],
            idempotencyKey: self.key(order))
        return await self.perform(request) { _ in nil }
    }

    private func credit(_ order: EndActionOrder) async -> EffectOutcome {
        guard order.openMinor > 0 else { return .done(reference: "nothing_open") }
        let request = StripeRequest(
            purpose: "credit invoice", method: .post, path: ["credit_notes"],
            fields: [
                ("invoice", order.obligation), ("amount", "\(order.openMinor)"),
                ("reason", "order_change"),
            ],
            idempotencyKey: self.key(order))
        return await self.perform(request) { answer in
            if Self.isGone(answer) { return .done(reference: "gone") }
            guard let invoice = await self.client.invoice(order.obligation) else { return nil }
            return invoice.status == .paid ? .done(reference: "settled") : nil
        }
    }

    private func cancel(_ order: EndActionOrder) async -> EffectOutcome {
        guard !order.subscription.isEmpty else { return .refused(reason: Reason.noSubscription) }
        let request = StripeRequest(
            purpose: "cancel subscription", method: .delete,
            path: ["subscriptions", order.subscription])
        return await self.perform(request) { answer in
            // A subscription that is gone or canceled is what was wanted.
            if Self.isGone(answer) { return .done(reference: "gone") }
            return await self.isCanceled(order.subscription) ? .done(reference: "canceled") : nil
        }
    }

    private func pause(_ order: EndActionOrder) async -> EffectOutcome {
        guard !order.subscription.isEmpty else { return .refused(reason: Reason.noSubscription) }
        let behavior = self.client.settings.pauseBehavior.rawValue
        let request = StripeRequest(
            purpose: "pause collection", method: .post,
            path: ["subscriptions", order.subscription],
            fields: [("pause_collection[behavior]", behavior)],
            idempotencyKey: self.key(order))
        return await self.perform(request) { answer in
            Self.isGone(answer) ? .done(reference: "gone") : nil
        }
    }

    private func end(
        _ order: EndActionOrder, step: String, as wanted: StripeInvoice.Status
    ) async -> EffectOutcome {
        let request = StripeRequest(
            purpose: "\(step) invoice", method: .post,
            path: ["invoices", order.obligation, step], idempotencyKey: self.key(order))
        return await self.perform(request) { answer in
            if Self.isGone(answer) { return .done(reference: "gone") }
            guard let invoice = await self.client.invoice(order.obligation) else { return nil }
            if invoice.status == wanted { return .done(reference: wanted.rawValue) }
            return invoice.status == .paid ? .refused(reason: Reason.alreadyPaid) : nil
        }
    }

    /// `refusal`: Looks into a 4xx; `nil` when it is one indeed.
    private func perform(
        _ request: StripeRequest, _ refusal: (StripeAnswer) async -> EffectOutcome?
    ) async -> EffectOutcome {
        guard let answer = try? await self.client.call(request) else {
            return .failed(reason: Reason.unreachable)
        }
        if answer.isSuccess { return .done(reference: answer.body["status"]?.text ?? "done") }
        let outcome = Self.outcome(ofStatus: answer.status)
        guard case .refused = outcome else { return outcome }
        return await refusal(answer) ?? outcome
    }

    /// What a status that is no success means: what may be tried again, and what is said for good.
    private static func outcome(ofStatus status: Int) -> EffectOutcome {
        switch status {
        case 401, 403: .failed(reason: Reason.unauthorized)
        case 409, 429: .failed(reason: Reason.rateLimited)
        case 400..<500: .refused(reason: Reason.refused)
        default: .failed(reason: Reason.broken)
        }
    }

    /// The object does not exist. A server that does not know the call says 404 without an error.
    private static func isGone(_ answer: StripeAnswer) -> Bool {
        answer.status == 404 && answer.error.members != nil
    }

    private func isCanceled(_ subscription: String) async -> Bool {
        guard
            let answer = try? await self.client.get(
                "read subscription", ["subscriptions", subscription])
        else { return false }
        return answer.status == 404 || answer.body["status"]?.text == "canceled"
    }

    /// Stable over repeats. An effect's position is unique within its shard only, so the account
    /// is part of it.
    private func key(_ order: EndActionOrder) -> String {
        let fields = [
            order.account.tenant, order.account.key, order.obligation, order.action.name,
            String(order.effect.op), String(order.effect.index),
        ]
        let digest = SHA256.hash(data: Data(fields.joined(separator: "\u{0}").utf8))
        return "dun_end_"
            + digest.prefix(16).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
    }
}
