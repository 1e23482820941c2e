package import DunlinCore
package import DunlinPorts
import Logging

/// Charges invoices at Stripe and says what became of a charge.
///
/// What keeps Law 2 here:
/// 1. The attempt's key goes along as `Idempotency-Key`; it is the same however often it is sent.
/// 2. "Not sent" is said only when the payment's body never left (``StripeWatchedBody``), or when
///    Stripe says itself that it did nothing.
/// 3. Anything else without a whole answer is unknown, and only ``lookUp(_:)`` may resolve it.
/// 4. Where keys are not remembered, a mark on the invoice comes first (``StripeAttemptMark``), and
///    an attempt whose mark is there already is looked up, never sent again.
///
/// And Law 7: the invoice is read first, and an amount that is not exactly open is not charged.
package final class StripeGateway: PaymentGateway {
    let client: StripeClient
    let attributed = StripeAttributedCharges()

    package var traits: GatewayTraits {
        let settings = self.client.settings
        return GatewayTraits(
            name: "stripe",
            keyRetentionMs: settings.idempotency == .keys ? settings.keyRetentionMs : 0,
            concurrencyMax: settings.concurrencyMax, readsCards: true, takesParts: false)
    }

    /// Stripe asks the networks' updaters by itself; reading the method again tells what they said.
    package func newerCard(of account: EntityKey, method: PaymentMethod) async -> PaymentMethod? {
        guard method.token.utf8.starts(with: "pm_".utf8),
            let read = await self.client.paymentMethod(method.token)
        else { return nil }
        return StripeMethod.method(read)
    }

    package init(client: StripeClient) {
        self.client = client
    }

    package func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] {
        await inOrder(orders, limit: self.client.settings.concurrencyMax) { order in
            let outcome = await self.charge(order)
            self.attributed.note(outcome, key: order.key)
            return outcome
        }
    }

    package func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] {
        await inOrder(orders, limit: self.client.settings.concurrencyMax) { asked in
            let outcome = await self.lookUp(asked)
            self.attributed.note(outcome, key: asked.order.key)
            return outcome
        }
    }

    // MARK: One charge

    private func charge(_ order: ChargeOrder) async -> AttemptOutcome {
        let reading: StripeReading
        switch await self.readInvoice(of: order) {
        case .success(let found): reading = found
        case .failure(let unread): return unread.beforeSending
        }
        if self.client.settings.marksInvoices, let mark = reading.invoice.mark(of: order) {
            // This attempt was begun before, by a process that died or gave up meanwhile.
            let earlier = await self.byMark(mark, reading, order, ageMs: nil)
            guard earlier == .notSent(.notFound) else { return earlier }
        }
        guard Self.isOpen(reading.invoice, for: order) else { return .notSent(.superseded) }
        if let refused = await self.mark(order, reading) { return refused }
        return await self.pay(order)
    }

    /// Sends the payment and reads what its answer leaves open.
    func pay(_ order: ChargeOrder) async -> AttemptOutcome {
        let answer: StripeAnswer
        do {
            answer = try await self.client.call(self.payment(order))
        } catch {
            return error == .notSent ? .notSent(.gatewayUnreachable) : .unknown
        }
        return await self.outcome(of: answer, order)
    }

    func payment(_ order: ChargeOrder) -> StripeRequest {
        let settings = self.client.settings
        var fields: [(name: String, value: String)] = []
        if settings.sendsOffSession { fields.append(("off_session", "true")) }
        if settings.sendsPaymentMethod, !order.methodToken.isEmpty {
            let isSource =
                order.methodToken.hasPrefix("card_") || order.methodToken.hasPrefix("src_")
            fields.append((isSource ? "source" : "payment_method", order.methodToken))
        }
        return StripeRequest(
            purpose: "pay invoice", method: .post, path: ["invoices", order.obligation, "pay"],
            fields: fields, idempotencyKey: order.key.description)
    }

    func outcome(of answer: StripeAnswer, _ order: ChargeOrder) async -> AttemptOutcome {
        // With 409 the first call under this key has not ended yet, which is no wonder.
        if answer.errorType == "idempotency_error", answer.status != 409 {
            self.client.logger.error(
                "Stripe knows this attempt's key with other parameters; it is looked up")
        }
        switch StripePayVerdict(answer, invoice: order.obligation) {
        case .settled(let outcome): return outcome
        case .readCharge(let id, let otherwise):
            guard let charge = await self.client.charge(id) else { return otherwise }
            return Self.joined(otherwise, StripePayVerdict.outcome(of: charge))
        case .readIntent(let id):
            guard let intent = await self.client.paymentIntent(id) else { return .unknown }
            return StripePayVerdict.outcome(ofIntent: intent)
        case .alreadyPaid:
            // It was open a moment ago and this key has not paid it: somebody else did.
            return .notSent(.superseded)
        }
    }

    /// The error's words win over the charge's; the charge knows whether the network was reached.
    private static func joined(
        _ told: AttemptOutcome, _ read: AttemptOutcome
    ) -> AttemptOutcome {
        guard case .declined(let first, let charge) = told else { return read }
        guard case .declined(let second, _) = read else { return told }
        let isBlocked = second.notSentToNetwork && !second.code.isEmpty
        let codes =
            isBlocked ? StripeCodes.joined(second, first) : StripeCodes.joined(first, second)
        return .declined(codes, chargeID: charge)
    }

    // MARK: The invoice before the charge

    /// An invoice with the clock of the answer that brought it.
    struct StripeReading: Sendable {
        var invoice: StripeInvoice
        /// Stripe's clock, in seconds since 1970; ours where Stripe gave none.
        var nowSeconds: Int64
    }

    /// Why an invoice could not be read.
    enum Unread: Error {
        case unreachable
        case rateLimited
        case unauthorized
        case missing

        /// The outcome for an attempt of which nothing was sent yet.
        var beforeSending: AttemptOutcome {
            switch self {
            case .unreachable: .notSent(.gatewayUnreachable)
            case .rateLimited: .notSent(.rateLimited)
            case .unauthorized:
                .technicalFailure(DeclineCodes(code: StripePayVerdict.Code.unauthorized))
            case .missing:
                .technicalFailure(DeclineCodes(code: StripePayVerdict.Code.invalidRequest))
            }
        }
    }

    func readInvoice(of order: ChargeOrder) async -> Result<StripeReading, Unread> {
        let answer: StripeAnswer
        do {
            answer = try await self.client.get("read invoice", ["invoices", order.obligation])
        } catch {
            return .failure(.unreachable)
        }
        switch answer.status {
        case 200..<300:
            guard let invoice = StripeInvoice(answer.body), invoice.id == order.obligation else {
                return .failure(.unreachable)
            }
            let now = answer.serverSeconds ?? StripeClient.realSeconds()
            return .success(StripeReading(invoice: invoice, nowSeconds: now))
        case 401, 403: return .failure(.unauthorized)
        case 404: return .failure(.missing)
        case 429: return .failure(.rateLimited)
        default: return .failure(.unreachable)
        }
    }

    /// Law 7: exactly what the order says is open.
    static func isOpen(_ invoice: StripeInvoice, for order: ChargeOrder) -> Bool {
        invoice.status == .open && invoice.openMinor == order.amount.minor
            && invoice.currency == order.amount.currency
    }

    /// Writes the mark where marks are used. Answers `nil` when the payment may follow.
    private func mark(_ order: ChargeOrder, _ reading: StripeReading) async -> AttemptOutcome? {
        guard self.client.settings.marksInvoices else { return nil }
        let mark = StripeAttemptMark(
            key: order.key, progress: reading.invoice.progress, atSeconds: reading.nowSeconds)
        let request = StripeRequest(
            purpose: "mark invoice", method: .post, path: ["invoices", order.obligation],
            fields: [("metadata[\(StripeAttemptMark.name(order))]", mark.text)])
        guard let answer = try? await self.client.call(request) else {
            return .notSent(.gatewayUnreachable)
        }
        switch answer.status {
        case 200..<300: return nil
        case 401, 403: return Unread.unauthorized.beforeSending
        case 429: return .notSent(.rateLimited)
        default: return .notSent(.gatewayUnreachable)
        }
    }
}
