import DunlinCore

/// Reads that are safe at any time. Each answers `nil` when Stripe gave no useful answer.
extension StripeClient {
    func charge(_ id: String) async -> StripeCharge? {
        await self.object("read charge", ["charges", id]).flatMap { StripeCharge($0) }
    }

    /// With its latest charge where Stripe expands it.
    func paymentIntent(_ id: String) async -> StripeJSON? {
        await self.object("read payment intent", ["payment_intents", id])
    }

    func invoice(_ id: String) async -> StripeInvoice? {
        await self.object("read invoice", ["invoices", id]).flatMap { StripeInvoice($0) }
    }

    func customer(_ id: String) async -> StripeCustomer? {
        await self.object("read customer", ["customers", id])
            .flatMap { StripeCustomer($0, attributeNames: self.settings.attributeNames) }
    }

    func paymentMethod(_ id: String) async -> StripeJSON? {
        await self.object("read payment method", ["payment_methods", id])
    }

    /// The charges for `invoice` whose time is later than the given one, newest first as Stripe
    /// lists them; at most ``chargesPagesMax`` pages of a hundred.
    func charges(
        of invoice: StripeInvoice, newerThanSeconds: Int64
    ) async -> [StripeCharge]? {
        var found: [StripeCharge] = []
        var intents: [String: Bool] = [:]
        var after: String?
        for _ in 0..<Self.chargesPagesMax {
            var fields: [(name: String, value: String)] = [
                ("customer", invoice.customer), ("limit", "100"),
            ]
            if newerThanSeconds > Self.oldestFilter {
                fields.append(("created[gt]", String(newerThanSeconds)))
            }
            if let after { fields.append(("starting_after", after)) }
            guard let page = try? await self.get("list charges", ["charges"], fields),
                page.isSuccess, let data = page.body["data"]
            else { return nil }
            let charges = data.items.compactMap { StripeCharge($0) }
            for charge in charges where charge.created > newerThanSeconds {
                guard let isOf = await self.isOf(charge, invoice, &intents) else { return nil }
                if isOf { found.append(charge) }
            }
            guard page.body["has_more"]?.bool == true, let last = charges.last else { return found }
            after = last.id
        }
        return found
    }

    private static let chargesPagesMax = 10
    /// An earlier time is as good as none, and some servers refuse it.
    private static let oldestFilter: Int64 = 1_500_000_001

    /// Whether `charge` is for `invoice`; `nil` when that could not be read.
    private func isOf(
        _ charge: StripeCharge, _ invoice: StripeInvoice, _ intents: inout [String: Bool]
    ) async -> Bool? {
        if !charge.invoice.isEmpty { return charge.invoice == invoice.id }
        guard !charge.paymentIntent.isEmpty else { return charge.id == invoice.charge }
        if charge.paymentIntent == invoice.paymentIntent { return true }
        if let known = intents[charge.paymentIntent] { return known }
        guard let intent = await self.paymentIntent(charge.paymentIntent) else { return nil }
        let isOf = intent["invoice"]?.reference == invoice.id
        intents[charge.paymentIntent] = isOf
        return isOf
    }

    private func object(_ purpose: String, _ path: [String]) async -> StripeJSON? {
        guard path.last?.isEmpty == false,
            let answer = try? await self.get(purpose, path), answer.isSuccess
        else { return nil }
        return answer.body
    }
}
