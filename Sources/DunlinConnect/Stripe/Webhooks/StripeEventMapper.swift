import DunlinCore

/// Says what a genuine event means for an account.
///
///     invoice.payment_failed, .payment_action_required     payment failed
///     invoice.paid, .payment_succeeded                     payment succeeded
///     invoice.voided, .marked_uncollectible, .deleted      obligation voided
///     customer.created, .updated                           profile, default method
///     customer.subscription.updated                        its default method
///     customer.subscription.deleted                        subscription canceled
///     payment_method.attached, .updated, …                 method updated
///     payment_method.detached                              method removed
///     customer.source.created, .updated, …                 method updated
///     charge.failed, of no invoice                         attempt elsewhere, for the budgets
///     charge.refunded                                      money given back
///     charge.dispute.created, .closed                      disputed, won or lost
///     charge.pending, of an invoice                        debit handed in, verdict later
struct StripeEventMapper: Sendable {
    let client: StripeClient

    func map(_ event: StripeEvent) async -> StripeIntake {
        switch event.type {
        case "invoice.payment_failed", "invoice.payment_action_required":
            return await self.failed(event)
        case "invoice.paid", "invoice.payment_succeeded":
            return self.ofInvoice(event) { invoice in
                .paymentSucceeded(
                    PaymentSucceeded(obligation: invoice.id, chargeID: invoice.charge))
            }
        case "invoice.voided", "invoice.marked_uncollectible", "invoice.deleted":
            return self.ofInvoice(event) { .obligationVoided(obligation: $0.id) }
        case "customer.created", "customer.updated": return await self.customer(event)
        case "customer.subscription.updated": return await self.subscriptionUpdated(event)
        case "customer.subscription.deleted": return self.subscriptionDeleted(event)
        case "payment_method.attached", "payment_method.updated",
            "payment_method.automatically_updated", "payment_method.card_automatically_updated",
            "customer.source.created", "customer.source.updated":
            return self.method(event)
        case "payment_method.detached", "customer.source.deleted":
            return self.methodRemoved(event)
        case "charge.failed": return self.chargeFailed(event)
        case "charge.refunded": return self.refunded(event)
        case "charge.dispute.created", "charge.dispute.closed": return await self.disputed(event)
        case "charge.pending": return self.chargePending(event)
        default:
            return StripeIntake(events: [], type: event.label, ignoredType: event.label)
        }
    }

    // MARK: Invoices

    private func failed(_ event: StripeEvent) async -> StripeIntake {
        guard let invoice = StripeInvoice(event.object) else {
            return self.strange(event, "the invoice has no id")
        }
        let report = StripeInvoiceReport(client: self.client)
        let asksAuthentication = event.type == "invoice.payment_action_required"
        let failure = await report.failure(
            of: invoice, eventID: event.id, occurredSeconds: event.createdSeconds,
            fallbackCode: asksAuthentication ? StripeCodes.authenticationRequired : "")
        switch failure {
        case .success(let found):
            return StripeIntake(
                events: found.events, type: event.label, problems: found.problems)
        case .failure(let problem): return self.strange(event, problem.sentence)
        }
    }

    private func ofInvoice(
        _ event: StripeEvent, _ fact: (StripeInvoice) -> IntakeFacts.Fact
    ) -> StripeIntake {
        guard let invoice = StripeInvoice(event.object), let key = self.key(invoice.customer) else {
            return self.strange(event, "the invoice names no customer")
        }
        return self.one(event, key, fact(invoice))
    }

    private func chargeFailed(_ event: StripeEvent) -> StripeIntake {
        guard let charge = StripeCharge(event.object), let key = self.key(charge.customer) else {
            // A charge of nobody concerns no account.
            return StripeIntake(events: [], type: event.label)
        }
        // An invoice's own event brings its failures; a charge that may be of one is left to it.
        guard charge.namesInvoice, charge.invoice.isEmpty, charge.amountMinor > 0,
            let currency = charge.currency
        else { return StripeIntake(events: [], type: event.label) }
        let name = charge.paymentIntent.isEmpty ? charge.id : charge.paymentIntent
        let failed = PaymentFailed(
            obligation: Obligation(
                id: name, amountMinor: charge.amountMinor, currency: currency),
            codes: charge.codes, chargeID: charge.id, methodToken: charge.method?.token ?? "")
        return self.one(event, key, .externalAttempt(failed))
    }

    /// A bank debit that Stripe took: invoices' own events tell what becomes of it.
    private func chargePending(_ event: StripeEvent) -> StripeIntake {
        guard let charge = StripeCharge(event.object), let key = self.key(charge.customer),
            !charge.invoice.isEmpty
        else { return StripeIntake(events: [], type: event.label) }
        let pending = PaymentPending(
            obligation: charge.invoice,
            amountMinor: charge.amountMinor > 0 ? charge.amountMinor : nil, chargeID: charge.id,
            methodToken: charge.method?.token ?? "")
        return self.one(event, key, .paymentPending(pending))
    }

    // MARK: Customers

    private func customer(_ event: StripeEvent) async -> StripeIntake {
        let names = self.client.settings.attributeNames
        guard var customer = StripeCustomer(event.object, attributeNames: names),
            let key = self.key(customer.id)
        else { return self.strange(event, "the customer has no id") }
        var facts = IntakeFacts(
            eventID: event.id, occurredAt: Timestamp(seconds: event.createdSeconds),
            fact: .profileUpdated, profile: customer.profile)
        var problems: [String] = []
        let mayHaveChanged =
            event.mayHaveChanged("invoice_settings") || event.mayHaveChanged("default_source")
        if mayHaveChanged, let present = await self.client.customer(customer.id) {
            // Two changes of one second bear the same time and may arrive in any order: what is
            // the default now is the one that counts.
            customer.defaultMethod = present.defaultMethod
        }
        if !customer.defaultMethod.isEmpty, mayHaveChanged {
            let read = await self.client.paymentMethod(customer.defaultMethod)
            if read == nil { problems.append("the customer's new default could not be read") }
            let method =
                read.flatMap { StripeMethod.method($0) }
                ?? PaymentMethod(token: customer.defaultMethod)
            facts.fact = .paymentMethodUpdated
            facts.method = MethodChange(method: method)
        }
        let intake = IntakeEvent(key: key, facts: facts, personal: customer.personal)
        return StripeIntake(events: [intake], type: event.label, problems: problems)
    }

    private func subscriptionUpdated(_ event: StripeEvent) async -> StripeIntake {
        guard let key = self.key(event.object["customer"]?.reference ?? "") else {
            return self.strange(event, "the subscription names no customer")
        }
        // Subscriptions change often; only a new payment method of their own matters here.
        guard let previous = event.previous, previous["default_payment_method"] != nil,
            let token = event.object["default_payment_method"]?.reference
        else { return StripeIntake(events: [], type: event.label) }
        let read = await self.client.paymentMethod(token)
        let method = read.flatMap { StripeMethod.method($0) } ?? PaymentMethod(token: token)
        return self.one(
            event, key, .paymentMethodUpdated, method: MethodChange(method: method))
    }

    private func subscriptionDeleted(_ event: StripeEvent) -> StripeIntake {
        guard let key = self.key(event.object["customer"]?.reference ?? ""),
            let subscription = event.object["id"]?.text
        else { return self.strange(event, "the subscription names no customer") }
        return self.one(event, key, .subscriptionCanceled(subscription: subscription))
    }

    // MARK: Payment methods

    private func method(_ event: StripeEvent) -> StripeIntake {
        guard let method = StripeMethod.method(event.object) else {
            return self.strange(event, "the payment method has no id")
        }
        guard let key = self.key(event.object["customer"]?.reference ?? "") else {
            // Not attached to anybody yet: it concerns no account.
            return StripeIntake(events: [], type: event.label)
        }
        let isNew =
            event.type == "payment_method.attached" || event.type == "customer.source.created"
        // Whatever else is said of the same second came after the attachment.
        return self.one(
            event, key, .paymentMethodUpdated,
            method: MethodChange(
                method: method,
                makeDefault: isNew && self.client.settings.attachedBecomesDefault),
            earlierByMs: isNew ? 1 : 0)
    }

    private func methodRemoved(_ event: StripeEvent) -> StripeIntake {
        let customer =
            event.object["customer"]?.reference ?? event.previous?["customer"]?.reference ?? ""
        guard let key = self.key(customer), let token = event.object["id"]?.text else {
            return self.strange(event, "the payment method names no customer")
        }
        return self.one(event, key, .paymentMethodRemoved(token: token))
    }

    // MARK: Parts

    func key(_ customer: String) -> EntityKey? {
        self.client.settings.accountKey(customer)
    }

    func one(
        _ event: StripeEvent, _ key: EntityKey, _ fact: IntakeFacts.Fact,
        method: MethodChange? = nil, earlierByMs: Int64 = 0
    ) -> StripeIntake {
        let facts = IntakeFacts(
            eventID: event.id,
            occurredAt: Timestamp(seconds: event.createdSeconds).advanced(byMs: -earlierByMs),
            fact: fact, method: method)
        return StripeIntake(events: [IntakeEvent(key: key, facts: facts)], type: event.label)
    }

    func strange(_ event: StripeEvent, _ problem: String) -> StripeIntake {
        StripeIntake(events: [], type: event.label, problems: [problem])
    }
}

extension StripeSettings {
    /// The account of a customer; `nil` for an id that no account can have.
    func accountKey(_ customer: String) -> EntityKey? {
        guard !customer.isEmpty, customer.utf8.count <= EntityKey.keyBytesMax else { return nil }
        return EntityKey(tenant: self.tenant, key: customer)
    }
}
