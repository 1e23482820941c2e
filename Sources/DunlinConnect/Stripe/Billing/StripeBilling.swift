package import DunlinCore
package import DunlinPorts
import Logging

/// Stripe as the billing system: end actions, and the open invoices that webhooks did not bring.
package struct StripeBilling: BillingSystem {
    let client: StripeClient

    package init(client: StripeClient) {
        self.client = client
    }

    // MARK: Reconciliation

    /// How a list was asked for, carried in the cursor so that every page is asked for alike.
    private enum Listing: String {
        /// Only open invoices, with charge and customer in them.
        case open
        /// Everything, filtered here: for servers that know no filter.
        case all
    }

    private static let pageSize = 100

    package func openInvoices(after cursor: String?) async throws(BillingError) -> InvoicePage {
        let parts = (cursor ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        let after = parts.count == 2 ? parts[1] : nil
        var listing = parts.first.flatMap { Listing(rawValue: $0) } ?? .open
        var answer = try await self.list(listing, after: after)
        if listing == .open, cursor == nil, [400, 500].contains(answer.status) {
            listing = .all
            answer = try await self.list(listing, after: after)
        }
        try Self.require(answer)
        guard let data = answer.body["data"] else {
            throw BillingError(.invalidAnswer, "Stripe's list of invoices holds no data")
        }
        let invoices = data.items.compactMap { StripeInvoice($0) }
        let failing = invoices.filter { Self.isFailing($0) }
        let now = answer.serverSeconds ?? StripeClient.realSeconds()
        let found = await inOrder(failing, limit: self.readsMax) { invoice in
            await self.failure(of: invoice, nowSeconds: now, withHistory: true)
        }
        let hasMore = answer.body["has_more"]?.bool ?? false
        let next = hasMore ? invoices.last.map { "\(listing.rawValue):\($0.id)" } : nil
        return InvoicePage(
            events: found.flatMap { $0 }, obligations: invoices.map(\.id), next: next)
    }

    package func changes(
        ofObligations ids: [String], tenant: String
    ) async throws(BillingError) -> [IntakeEvent] {
        guard tenant == self.client.settings.tenant else { return [] }
        let found = await inOrder(ids, limit: self.readsMax) { id in
            await self.change(of: id)
        }
        var events: [IntakeEvent] = []
        for result in found { events += try result.get() }
        return events
    }

    private var readsMax: Int { max(1, self.client.settings.concurrencyMax / 4) }

    private func list(
        _ listing: Listing, after: String?
    ) async throws(BillingError) -> StripeAnswer {
        var fields: [(name: String, value: String)] = [("limit", String(Self.pageSize))]
        if listing == .open {
            fields += [
                ("status", "open"), ("expand[]", "data.charge"), ("expand[]", "data.customer"),
            ]
        }
        if let after { fields.append(("starting_after", after)) }
        do {
            return try await self.client.get("list invoices", ["invoices"], fields)
        } catch {
            throw Self.unreachable
        }
    }

    /// A charge was tried for it by itself and did not go through.
    private static func isFailing(_ invoice: StripeInvoice) -> Bool {
        invoice.status == .open && invoice.isAttempted && invoice.attemptCount > 0
            && invoice.openMinor > 0 && invoice.isChargedAutomatically
    }

    private func failure(
        of invoice: StripeInvoice, nowSeconds: Int64, withHistory: Bool
    ) async -> [IntakeEvent] {
        let report = StripeInvoiceReport(client: self.client)
        let occurred = invoice.dueAt > 0 ? invoice.dueAt : nowSeconds
        let result = await report.failure(
            of: invoice, eventID: "", occurredSeconds: occurred, withHistory: withHistory)
        switch result {
        case .success(let found): return found.events
        case .failure(let problem):
            self.client.logger.warning(
                "an open invoice was left out", metadata: ["problem": "\(problem.sentence)"])
            return []
        }
    }

    private func change(of id: String) async -> Result<[IntakeEvent], BillingError> {
        guard let answer = try? await self.client.get("read invoice", ["invoices", id]) else {
            return .failure(Self.unreachable)
        }
        // A deleted invoice names no customer any more: an operator closes its case.
        if answer.status == 404 { return .success([]) }
        do {
            try Self.require(answer)
        } catch {
            return .failure(error)
        }
        guard let invoice = StripeInvoice(answer.body), invoice.id == id else {
            return .failure(BillingError(.invalidAnswer, "Stripe answered with another object"))
        }
        let now = answer.serverSeconds ?? StripeClient.realSeconds()
        switch invoice.status {
        case .paid:
            let at = invoice.paidAt > 0 ? invoice.paidAt : now
            let paid = PaymentSucceeded(obligation: id, chargeID: invoice.charge)
            return .success(self.event(invoice, at, .paymentSucceeded(paid)))
        case .void, .uncollectible:
            return .success(self.event(invoice, now, .obligationVoided(obligation: id)))
        case .open:
            guard Self.isFailing(invoice) else { return .success([]) }
            return .success(
                await self.failure(of: invoice, nowSeconds: now, withHistory: true))
        case .draft, .other: return .success([])
        }
    }

    private func event(
        _ invoice: StripeInvoice, _ atSeconds: Int64, _ fact: IntakeFacts.Fact
    ) -> [IntakeEvent] {
        guard let key = self.client.settings.accountKey(invoice.customer) else { return [] }
        let facts = IntakeFacts(
            eventID: "", occurredAt: Timestamp(seconds: atSeconds), fact: fact)
        return [IntakeEvent(key: key, facts: facts)]
    }

    // MARK: Errors

    static let unreachable = BillingError(
        .unreachable, "Stripe did not answer: check the network and STRIPE_API_BASE")

    /// Throws what a status that is no success means.
    static func require(_ answer: StripeAnswer) throws(BillingError) {
        switch answer.status {
        case 200..<300: return
        case 401, 403:
            throw BillingError(
                .unauthorized,
                "Stripe refuses the key: set STRIPE_API_KEY to one that may read invoices")
        case 429: throw BillingError(.rateLimited, "Stripe asks for fewer calls: try later")
        case 500...: throw BillingError(.unreachable, "Stripe answered \(answer.status)")
        default: throw BillingError(.invalidAnswer, "Stripe answered \(answer.status)")
        }
    }
}
