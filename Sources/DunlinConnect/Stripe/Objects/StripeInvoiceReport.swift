import DunlinCore

/// Turns an invoice whose payment failed into what the account is told: codes, method, customer.
///
/// Stripe's events and lists name charge and customer by id only, so both are read. What cannot
/// be read is left out: an unknown code is for the decline map to say, never guessed here.
struct StripeInvoiceReport: Sendable {
    let client: StripeClient

    struct Found: Sendable {
        var events: [IntakeEvent]
        /// What is missing, one sentence each.
        var problems: [String]
    }

    /// Why an invoice leads to no event.
    struct Problem: Error {
        var sentence: String
    }

    /// `occurredSeconds`: Used where no charge says when it failed.
    /// `fallbackCode`: Used where nothing says why it failed.
    /// `withHistory`: Reads the failures before the last one as well, for a backlog.
    func failure(
        of invoice: StripeInvoice, eventID: String, occurredSeconds: Int64,
        fallbackCode: String = "", withHistory: Bool = false
    ) async -> Result<Found, Problem> {
        guard let key = self.client.settings.accountKey(invoice.customer) else {
            return .failure(Problem(sentence: "the invoice names no customer"))
        }
        guard let currency = invoice.currency else {
            return .failure(Problem(sentence: "the invoice's currency is no ISO 4217 code"))
        }
        guard invoice.openMinor > 0 else {
            return .failure(Problem(sentence: "nothing of the invoice is open"))
        }
        var problems: [String] = []
        let why = await self.reason(of: invoice)
        var codes = why.codes
        if codes.code.isEmpty { codes.code = fallbackCode }
        if codes.code.isEmpty { problems.append("nothing says why the payment failed") }
        let customer = await self.customer(of: invoice)
        if customer == nil { problems.append("the customer could not be read") }
        let earlier = withHistory ? await self.earlierAttempts(of: invoice, before: why) : []
        let isDebit = why.method?.network.isDirectDebit ?? false
        var failed = PaymentFailed(
            obligation: self.obligation(invoice, currency), codes: codes,
            initiator: invoice.billingReason == "subscription_create" ? .customer : .merchant,
            chargeID: why.chargeID, methodToken: why.method?.token ?? "",
            earlierAttempts: earlier)
        failed.interval = invoice.renewal.interval
        var occurred = why.atSeconds ?? occurredSeconds
        // What is billed in arrears ends with the invoice: that is no next renewal.
        if invoice.renewal.nextSeconds > max(occurred, occurredSeconds) {
            failed.nextBillingAt = Timestamp(seconds: invoice.renewal.nextSeconds)
        }
        if isDebit, let presented = why.atSeconds {
            // A debit's charge is as old as its presentment; the bank's answer came later.
            failed.presentedAt = Timestamp(seconds: presented)
            if !withHistory { occurred = max(presented, occurredSeconds) }
        }
        let current = customer?.defaultMethod ?? ""
        let isDefault = current.isEmpty || current == why.method?.token
        let facts = IntakeFacts(
            eventID: eventID, occurredAt: Timestamp(seconds: occurred),
            fact: .paymentFailed(failed), profile: customer?.profile,
            method: why.method.map { MethodChange(method: $0, makeDefault: isDefault) })
        var events = [
            IntakeEvent(key: key, facts: facts, personal: self.personal(invoice, customer))
        ]
        if withHistory, !isDefault, let newer = await self.methodEvent(key, current) {
            // First: it was there before us, and is no answer of the customer to the case.
            events.insert(newer, at: 0)
        }
        return .success(Found(events: events, problems: problems))
    }

    // MARK: Why it failed

    private struct Reason {
        var codes = DeclineCodes(code: "")
        /// Empty when neither charge nor payment intent is known.
        var chargeID = ""
        var method: PaymentMethod?
        /// When the charge failed; `nil` when no charge says.
        var atSeconds: Int64?
    }

    private func reason(of named: StripeInvoice) async -> Reason {
        var invoice = named
        if invoice.charge.isEmpty, invoice.paymentIntent.isEmpty,
            let whole = await self.client.invoice(named.id)
        {
            // Newer events name neither; the invoice read under the pinned version does.
            invoice = whole
        }
        var reason = Reason()
        reason.chargeID = invoice.attemptName
        var read = invoice.chargeJSON.flatMap { StripeCharge($0) }
        if read == nil, !invoice.charge.isEmpty { read = await self.client.charge(invoice.charge) }
        if let charge = read {
            reason.codes = charge.codes
            reason.chargeID = charge.id
            reason.method = await self.method(of: charge)
            reason.atSeconds = charge.created > 0 ? charge.created : nil
            // A charge that did not fail does not say why the invoice is open.
            if charge.status != .failed { reason.codes = DeclineCodes(code: "") }
        }
        guard reason.codes.code.isEmpty, !invoice.paymentIntent.isEmpty else { return reason }
        var intent = invoice.paymentIntentJSON
        if intent == nil { intent = await self.client.paymentIntent(invoice.paymentIntent) }
        if let intent,
            case .declined(let codes, let charge) = StripePayVerdict.outcome(ofIntent: intent)
        {
            reason.codes = StripeCodes.joined(reason.codes, codes)
            if invoice.charge.isEmpty, !charge.isEmpty { reason.chargeID = charge }
        }
        return reason
    }

    /// When the failures before the last one happened, oldest first. Stripe tells whole seconds:
    /// those of one second are told apart by milliseconds, so that each of them counts.
    private func earlierAttempts(
        of invoice: StripeInvoice, before last: Reason
    ) async -> [Timestamp] {
        guard invoice.attemptCount > 1,
            let charges = await self.client.charges(of: invoice, newerThanSeconds: 0)
        else { return [] }
        let seconds = charges.filter { $0.status == .failed && $0.id != last.chargeID }
            .map(\.created).sorted()
        var earlier: [Timestamp] = []
        var next = last.atSeconds.map { Timestamp(seconds: $0).ms }
        for second in seconds.reversed() {
            let own = Timestamp(seconds: second).ms
            let ms = next.map { min(own, $0 - 1) } ?? own
            earlier.append(Timestamp(ms: ms))
            next = ms
        }
        return earlier.reversed()
    }

    // MARK: Parts

    private func customer(of invoice: StripeInvoice) async -> StripeCustomer? {
        guard let json = invoice.customerJSON else {
            return await self.client.customer(invoice.customer)
        }
        return StripeCustomer(json, attributeNames: self.client.settings.attributeNames)
    }

    /// The charged method with the facts that budgets need, read where the charge lacks them.
    private func method(of charge: StripeCharge) async -> PaymentMethod? {
        guard let method = charge.method, method.fingerprint.isEmpty else { return charge.method }
        let read = await self.client.paymentMethod(method.token)
        return read.flatMap { StripeMethod.method($0) } ?? method
    }

    private func obligation(_ invoice: StripeInvoice, _ currency: Currency) -> Obligation {
        Obligation(
            id: invoice.id, subscription: invoice.subscription, amountMinor: invoice.openMinor,
            currency: currency, dueAt: Timestamp(seconds: invoice.dueAt),
            link: self.client.settings.linksHostedInvoice ? invoice.hostedURL : "")
    }

    private func personal(
        _ invoice: StripeInvoice, _ customer: StripeCustomer?
    ) -> [PersonalContact] {
        if let customer, !customer.email.isEmpty { return customer.personal }
        guard !invoice.customerEmail.isEmpty else { return [] }
        return [PersonalContact(channel: .email, address: invoice.customerEmail)]
    }

    /// A default that the failed charge did not use: it was set since, or is lower on Stripe's
    /// ladder, and nobody may have told us.
    private func methodEvent(_ key: EntityKey, _ token: String) async -> IntakeEvent? {
        guard let json = await self.client.paymentMethod(token),
            let method = StripeMethod.method(json)
        else { return nil }
        let facts = IntakeFacts(
            eventID: "", occurredAt: Timestamp(seconds: json["created"]?.integer ?? 0),
            fact: .paymentMethodUpdated, method: MethodChange(method: method))
        return IntakeEvent(key: key, facts: facts)
    }
}
