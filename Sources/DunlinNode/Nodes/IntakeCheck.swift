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
        let numericAllowed = tenant.parts.settings.idsAreNumeric
        for (field, id) in self.ids(of: event) {
            if id.utf8.count > self.idBytesMax {
                return .refused(
                    code: "idTooLong", message: "\(field) is longer than \(self.idBytesMax) bytes")
            }
            if !numericAllowed, CardNumberScan.contains(id) {
                return .refused(
                    code: "cardNumber",
                    message: "\(field) looks like a card number: send a token instead, or promise"
                        + " `ids: numeric` for this tenant in the configuration")
            }
        }
        guard !event.key.key.isEmpty else {
            return .refused(code: "idMissing", message: "account_id is empty")
        }
        return nil
    }

    private static func ids(of event: IntakeEvent) -> [(String, String)] {
        var ids = [("account_id", event.key.key), ("event_id", event.facts.eventID)]
        if let token = event.facts.method?.method.token { ids.append(("token", token)) }
        if let print = event.facts.method?.method.fingerprint { ids.append(("fingerprint", print)) }
        switch event.facts.fact {
        case .paymentFailed(let failed), .externalAttempt(let failed):
            ids.append(("invoice_id", failed.obligation.id))
            ids.append(("subscription_id", failed.obligation.subscription))
            ids.append(("charge_id", failed.chargeID))
            ids.append(("token", failed.methodToken))
        case .paymentSucceeded(let paid):
            ids.append(("invoice_id", paid.obligation))
            ids.append(("charge_id", paid.chargeID))
        case .paymentMethodRemoved(let token): ids.append(("token", token))
        case .subscriptionCanceled(let id): ids.append(("subscription_id", id))
        case .obligationVoided(let id): ids.append(("invoice_id", id))
        case .paymentMethodUpdated, .profileUpdated: break
        }
        return ids
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
        guard case .paymentFailed(var failed) = event.facts.fact,
            CardNumberScan.contains(failed.obligation.link)
                || CardNumberScan.contains(failed.codes.code)
        else { return }
        failed.obligation.link = CardNumberScan.masked(failed.obligation.link)
        failed.codes.code = CardNumberScan.masked(failed.codes.code)
        event.facts.fact = .paymentFailed(failed)
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
        }
    }
}
