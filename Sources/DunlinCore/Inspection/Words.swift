// What the domain's names mean, as parts of sentences for operators. Never parsed, free to change.

extension PlanReason {
    /// Whether it says why there is no attempt, rather than why one is when it is.
    package var isRefusal: Bool {
        switch self {
        case .none, .ladder, .window, .methodChanged, .advisedDelay, .budget, .technical,
            .operatorRequest, .gap, .bankingDay, .notice, .fundedNow, .calendar, .agreed,
            .backupMethod, .nextInvoice, .resumed:
            false
        case .credentialBlocked, .ladderSpent, .windowClosed, .paused, .needsOperator, .flagged,
            .untold, .notWorth, .schemeForbids, .needsCustomer, .calendarUnknown, .renewalNear,
            .backlog:
            true
        }
    }

    /// After "next attempt at …", or after "no further attempt: " for a refusal.
    package var words: String {
        switch self {
        case .none: "as it was asked for"
        case .ladder: "by the ladder"
        case .window: "by the policy's tries within its window"
        case .methodChanged: "because the payment method changed"
        case .advisedDelay: "after the delay that the network or the decline map asks for"
        case .budget: "as soon as the network's budget has room"
        case .technical: "to repeat what failed technically"
        case .operatorRequest: "because an operator asked for it"
        case .gap: "after the policy's smallest gap between attempts"
        case .credentialBlocked: "the credential may not be tried again until it changes"
        case .ladderSpent: "the ladder is used up"
        case .windowClosed: "the next legal slot lies beyond the policy's window"
        case .paused: "an operator paused the case"
        case .needsOperator: "an operator must mend the configuration first"
        case .fundedNow: "because a signal said that money is there now"
        case .renewalNear: "the subscription's next renewal is too near"
        case .calendar: "on the next day that the policy's calendar allows"
        case .agreed: "because the customer agreed to that day"
        case .backupMethod: "with the backup that the customer agreed to"
        case .nextInvoice: "because the invoice before it was just paid"
        case .resumed: "to make up once for what the pause left out"
        case .bankingDay: "on the next banking day of the scheme, before its cut-off"
        case .notice: "as soon as the customer has known of the debit for long enough"
        case .schemeForbids: "the scheme does not let this debit be presented again"
        case .needsCustomer: "only the customer may start a payment of this amount"
        case .calendarUnknown: "the scheme's holidays of that year are missing in the rule data"
        case .flagged: "a flag of the account forbids it"
        case .notWorth: "further attempts cost more than they are likely to bring"
        case .untold: "the customer must be told of the debit before, and cannot be"
        case .backlog: "it was old when it came in, and only messages are sent for it"
        }
    }
}

extension CasePlan {
    /// How far the word about a planned debit has come.
    package var noticeWords: String {
        switch self.noticeState {
        case .stated: "the customer is told of the debit since \(self.noticeAt)"
        case .planned: "the customer will be told of the debit at \(self.noticeAt)"
        case .sent: "the word about the debit is on its way since \(self.noticeAt)"
        case .accepted: "the customer was told of the debit at \(self.noticeAt)"
        }
    }
}

extension CasePhase {
    /// After "it is …".
    package var words: String {
        switch self {
        case .retrying: "retrying: an attempt is planned or on its way"
        case .waitingCustomer: "waiting for the customer: no attempt is planned until they act"
        case .waitingNetwork: "waiting for the network: an outcome must be known first"
        case .recovered: "recovered: all of it is paid"
        case .partiallyRecovered: "partly recovered: some of it is paid"
        case .exhausted: "exhausted: it ended without payment"
        case .cancelled: "cancelled"
        case .writtenOff: "written off"
        case .frozen: "frozen: nothing is charged, said or taken by itself"
        }
    }
}

extension RetryAdvice {
    /// After "the rules say: ".
    package var words: String {
        switch self {
        case .never: "never again with this credential"
        case .afterCredentialChange: "again only after the credential has changed"
        case .afterAuthentication: "again only after the customer has authenticated"
        case .wait: "again after a wait"
        case .once: "once more after a wait, then never with this credential"
        case .afterOperator: "again only after an operator has mended the configuration"
        case .afterLookUp: "first look whether it is paid already"
        case .backOff: "repeat soon, with growing waits; the ladder is not used"
        }
    }
}

extension InFlightAttempt.Phase {
    /// After "the attempt …".
    package var words: String {
        switch self {
        case .intended: "is on its way to the gateway; its answer is awaited"
        case .unknown: "has an unknown outcome: its answer was lost, so it is asked about"
        case .pending: "was taken by the gateway, which will tell the outcome later"
        case .lookingUp: "has an unknown outcome and is being asked about"
        case .parked:
            "has an unknown outcome that nobody could find out: a person must say confirm-charged "
                + "or confirm-not-charged"
        }
    }
}

extension AttemptOutcome.NotSentReason {
    /// After "not sent: ".
    package var words: String {
        switch self {
        case .superseded: "something else had happened meanwhile"
        case .paused: "charges are paused"
        case .tooLate: "it had waited too long"
        case .rateLimited: "the gateway's rate was used up"
        case .gatewayUnreachable: "the gateway could not be reached"
        case .notFound: "the gateway knows no such invoice or customer"
        case .observing: "the tenant only observes"
        }
    }
}

extension CaseUpdated.Reason {
    package var words: String {
        switch self {
        case .methodChanged: "the payment method changed"
        case .paused: "paused by an operator"
        case .resumed: "resumed by an operator"
        case .attemptRequested: "an operator asked for an attempt"
        case .replanned: "planned anew"
        case .unreachable: "the customer cannot be reached: on the operators' list"
        case .overcharged: "money moved twice, or for a closed case: an operator must look"
        case .wentLive: "the tenant went live: what was only observed is taken up"
        case .snoozed: "snoozed"
        case .agreed: "the customer promised to pay"
        case .agreementBroken: "the promise was not kept"
        case .fundsAvailable: "a signal said that money is there now"
        case .cardLookUp: "asking the gateway for newer facts of the card"
        case .returned: "the bank took the collected money back; it may be tried again"
        case .disputeWon: "the dispute was decided for us"
        case .disputeLost: "the dispute was decided for the customer: an operator must look"
        case .migrated: "moved to another policy by an operator"
        case .invoiceLeft: "an invoice of the case is no longer wanted"
        case .backupTried: "an agreed backup is tried"
        case .debitUntold:
            "nobody took the word about the planned debit: it is told anew, and the debit moves"
        case .flagged: "planned anew after a flag of the account changed"
        }
    }
}

extension CaseClosed.Reason {
    package var words: String {
        switch self {
        case .subscriptionCanceled: "the subscription was cancelled"
        case .obligationVoided: "the invoice was voided"
        case .endReached: "the end was reached without payment"
        case .operatorCancelled: "an operator cancelled it"
        case .operatorWroteOff: "an operator wrote it off"
        case .refunded: "the money was given back; nothing is charged again by itself"
        case .disputed: "the customer disputes the charge; nothing is charged again by itself"
        case .returned: "the bank took the money back for good; a person must look"
        }
    }
}

extension MessageSkipped.Reason {
    package var words: String {
        switch self {
        case .noContact: "no contact is reachable"
        case .observing: "the tenant only observes"
        case .classExcluded: "it is not meant for this kind of decline"
        case .stale: "its moment had passed"
        case .noConsent: "there is no consent"
        case .suppressed: "the address bounced, or its owner complained"
        case .notConfigured: "no provider is configured for it"
        case .noLegalHours: "no hour is allowed on all clocks that may be the customer's"
        case .flagged: "a flag of the account forbids it"
        case .refused: "the provider refused it"
        case .agreementEnded: "the customer ended the agreement and is not reminded"
        }
    }
}

extension AccessChanged.Reason {
    package var words: String {
        switch self {
        case .timeline: "by the policy's access timeline"
        case .recovered: "because the debt is paid"
        case .ended: "because the case ended"
        case .closed: "because the case was closed"
        case .unreachable:
            "though the customer could not be told, as the policy allows after its wait"
        case .observed: "only observed: nothing changed outside"
        }
    }
}

extension EndAction {
    package var words: String {
        switch self {
        case .keepOpen: "keep the invoice open"
        case .cancelSubscription: "cancel the subscription"
        case .pauseCollection: "pause the subscription's collection"
        case .markUncollectible: "mark the invoice uncollectible"
        case .voidInvoice: "void the invoice"
        case .markUnpaid: "mark the subscription unpaid"
        case .downgrade: "change to another plan"
        case .writeOff: "write the debt off"
        case .creditNote: "credit what is open"
        case .handToCollections: "hand the debt to collections"
        }
    }
}

extension EffectKind {
    package var words: String {
        switch self {
        case .charge: "charge"
        case .lookUp: "look-up"
        case .message: "message"
        case .announcement: "announcement to the merchant's app"
        case .endAction: "end action at the billing system"
        case .cardLookUp: "look-up of the card's newer facts"
        case .notice: "message without a case"
        case .budgetReport: "report to a card or address that others may share"
        }
    }
}

extension EffectSettled.Verdict {
    package var words: String {
        switch self {
        case .done: "done"
        case .refused: "refused"
        case .failed: "given up"
        }
    }
}

extension IntakeNoted.Reason {
    package var words: String {
        switch self {
        case .alreadySettled: "the invoice had been settled already"
        case .caseIsClosed: "its case is closed"
        case .subscriptionUnknown: "no open case has that subscription"
        }
    }
}

extension Decline {
    /// `insufficient_funds, network 51, advice 27 (softFunds)`.
    package var words: String {
        var parts: [String] = []
        if !self.code.isEmpty { parts.append(self.code) }
        if !self.networkCode.isEmpty { parts.append("network \(self.networkCode)") }
        if !self.adviceCode.isEmpty { parts.append("advice \(self.adviceCode)") }
        let said = parts.isEmpty ? "no code" : parts.joined(separator: ", ")
        return "\(said) (\(self.declineClass.name))"
    }
}

extension HeldMethod {
    /// `method 1, visa ending in 4242`.
    package var words: String {
        let brand = self.method.network == .unknown ? "" : ", \(self.method.network.name)"
        let digits = self.method.lastFour.isEmpty ? "" : " ending in \(self.method.lastFour)"
        return "method \(self.number)\(brand)\(digits)"
    }
}
