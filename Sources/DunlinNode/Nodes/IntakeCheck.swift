import DunlinCore
import DunlinPorts

/// What is asked of every event before an account sees it, whichever way it came.
enum IntakeCheck {
    /// Longest account, invoice, subscription, charge or event id, in bytes.
    static let idBytesMax = EntityKey.keyBytesMax

    /// Answers `nil` when the event may be taken.
    static func refusal(of event: IntakeEvent, in tenant: TenantHandle?) -> IntakeResult? {
        guard let tenant else {
            return .refused(
                code: "unknownTenant",
                message: "no such tenant is configured on this node; add it to the configuration")
        }
        guard !event.key.key.isEmpty else {
            return .refused(code: "idMissing", message: "account_id is empty")
        }
        let ids = IDCheck(numericAllowed: tenant.parts.settings.idsAreNumeric)
        return ids.refusal("account_id", event.key.key)
            ?? ids.refusal("event_id", event.facts.eventID)
            ?? event.facts.method.flatMap { ids.refusal("token", $0.method.token) }
            ?? event.facts.method.flatMap { ids.refusal("fingerprint", $0.method.fingerprint) }
            ?? self.refusal(of: event.facts.fact, ids)
    }

    private static func refusal(of fact: IntakeFacts.Fact, _ ids: IDCheck) -> IntakeResult? {
        switch fact {
        case .paymentFailed(let failed), .externalAttempt(let failed):
            ids.refusal("invoice_id", failed.obligation.id)
                ?? ids.refusal("subscription_id", failed.obligation.subscription)
                ?? ids.refusal("charge_id", failed.chargeID)
                ?? ids.refusal("token", failed.methodToken)
        case .paymentSucceeded(let paid):
            ids.refusal("invoice_id", paid.obligation) ?? ids.refusal("charge_id", paid.chargeID)
        case .paymentPending(let pending):
            ids.refusal("invoice_id", pending.obligation)
                ?? ids.refusal("charge_id", pending.chargeID)
                ?? ids.refusal("token", pending.methodToken)
        case .paymentMethodRemoved(let token): ids.refusal("token", token)
        case .subscriptionCanceled(let id): ids.refusal("subscription_id", id)
        case .obligationVoided(let id): ids.refusal("invoice_id", id)
        case .noticed(let notice): ids.refusal("invoice_id", notice.obligation)
        case .messageReceipt(let receipt): ids.refusal("message_id", receipt.reference)
        case .upcomingCharge(let charge):
            ids.refusal("charge_id", charge.id)
                ?? ids.refusal("subscription_id", charge.subscription)
        case .upcomingChargeCanceled(let id): ids.refusal("charge_id", id)
        case .paymentMethodUpdated, .profileUpdated, .consentChanged, .messageReplied,
            .accountFlagged:
            nil
        }
    }

    /// What is asked of one id.
    private struct IDCheck {
        let numericAllowed: Bool

        func refusal(_ field: StaticString, _ id: String) -> IntakeResult? {
            guard !id.isEmpty else { return nil }
            if id.utf8.count > IntakeCheck.idBytesMax {
                return .refused(
                    code: "idTooLong",
                    message: "\(field) is longer than \(IntakeCheck.idBytesMax) bytes")
            }
            guard !self.numericAllowed, CardNumberScan.contains(id) else { return nil }
            return .refused(
                code: "cardNumber",
                message: "\(field) looks like a card number: send a token instead, or promise"
                    + " `ids: numeric` for this tenant in the configuration")
        }
    }

    /// Whether ``mask(_:)`` may find something: it copies the event, and is for these only.
    static func hasToMask(_ event: IntakeEvent) -> Bool {
        if let profile = event.facts.profile, !profile.attributes.isEmpty { return true }
        return switch event.facts.fact {
        case .consentChanged, .accountFlagged: true
        case .paymentFailed(let failed):
            CardNumberScan.contains(failed.obligation.link)
                || CardNumberScan.contains(failed.codes.code)
        default: false
        }
    }

    /// Masks card numbers in free text and codes; the event is taken.
    static func mask(_ event: inout IntakeEvent) {
        if var profile = event.facts.profile, !profile.attributes.isEmpty {
            for index in profile.attributes.indices {
                profile.attributes[index].value = CardNumberScan.masked(
                    profile.attributes[index].value)
            }
            event.facts.profile = profile
        }
        switch event.facts.fact {
        case .consentChanged(var change):
            change.source = CardNumberScan.masked(change.source)
            event.facts.fact = .consentChanged(change)
        case .accountFlagged(var change):
            change.reason = CardNumberScan.masked(change.reason)
            event.facts.fact = .accountFlagged(change)
        case .paymentFailed(var failed):
            failed.obligation.link = CardNumberScan.masked(failed.obligation.link)
            failed.codes.code = CardNumberScan.masked(failed.codes.code)
            event.facts.fact = .paymentFailed(failed)
        default: break
        }
    }

    /// What was wrong and what to do.
    static func sentence(for reason: CommandAnswer.RefusedReason) -> String {
        switch reason {
        case .amountNotPositive: "amount_minor must be greater than 0"
        case .tooManyOpenCases:
            "the account has \(AccountState.openCasesMax) open cases: close some first"
        case .tooManyMethods:
            "the account holds \(AccountState.methodsMax) payment methods: remove some first"
        case .noSuchCase: "the account has no such case"
        case .policyMissing: "no policy is in force for the tenant: apply one"
        case .currencyMismatch: "the invoice is known in another currency"
        case .tooManyEffects:
            "the account has \(AccountState.effectsMax) effects that wait to be performed"
        case .tooManySubscriptions:
            "the account has \(AccountState.subscriptionsMax) subscriptions"
        case .outsidePolicy:
            "its time is past, or it asks for more, later or longer than is allowed"
        case .attemptInFlight: "a charge is under way: ask again when its answer is there"
        case .noSuchPolicy: "no bundle at hand has that policy: apply it first"
        case .tooManyInvoices:
            "the case holds \(CaseParticulars.furtherMax + 1) invoices: settle some first"
        }
    }
}
