package import DunlinCore

extension Timeline {
    package var json: JSONValue {
        [
            "starts_after": self.startsAfter.map { .string("\($0.op)/\($0.index)") },
            "entries": .array(self.entries.map(\.json)),
        ]
    }
}

extension TimelineEntry {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "at", value: .string(self.record.at.description)),
            .init(name: "event", value: .string(self.record.event.kind.name)),
        ]
        if let number = self.record.event.caseNumber {
            members.append(.init(name: "case", value: .integer(number)))
        }
        if case .object(let details) = self.record.event.details { members += details }
        if let update = self.record.event.update {
            members.append(.init(name: "after", value: update.json))
        }
        members.append(
            .init(name: "position", value: .string("\(self.position.op)/\(self.position.index)")))
        return .object(members)
    }
}

extension CaseUpdate {
    package var json: JSONValue {
        [
            "phase": .string(self.phase.name), "rung": .integer(self.rung),
            "plan": self.plan.json, "flags": .flags(self.flags),
            "particulars": self.amendment.first?.particulars.json,
        ]
    }
}

extension AccountEvent {
    /// What is particular to this kind of event, beside the case and its plan.
    fileprivate var details: JSONValue {
        switch self {
        case .caseOpened(let event): event.details
        case .attemptIntended(let event): event.details
        case .attemptSettled(let event): event.details
        case .attemptReported(let event): event.details
        case .paymentRecorded(let event): event.details
        case .attemptWithheld: [:]
        case .lookUpIntended(let event): ["attempt": .integer(event.attempt)]
        case .debitPending(let event):
            [
                "amount_minor": .integer(event.amountMinor),
                "currency": .string(event.currency.code),
                "submitted_at": .instant(event.submittedAt),
            ]
        case .caseUpdated(let event): ["reason": .string(event.reason.name)]
        case .caseClosed(let event): ["reason": .string(event.reason.name)]
        case .methodRecorded(let method): ["payment_method": method.json]
        case .methodRemoved(let number): ["payment_method": ["number": .integer(number)]]
        case .profileChanged(let profile): ["profile": profile.json]
        case .messageIntended(let event): event.details
        case .messageSettled(let event): event.details
        case .messageSkipped(let event):
            [
                "step": .string(event.name), "reason": .string(event.reason.name),
                "passed": .passed(event.passed),
            ]
        case .accessChanged(let event):
            [
                "subscription_id": .text(event.subscription), "access": .string(event.state.name),
                "reason": .string(event.reason.name),
            ]
        case .endActionIntended(let event):
            [
                "action": .string(event.action.name), "withheld": .bool(event.isWithheld),
                "plan": .text(event.plan),
            ]
        case .effectSettled(let event):
            [
                "effect": .string(event.kind.name), "verdict": .string("\(event.verdict)"),
                "reference": .text(event.reference),
            ]
        case .keyCreated, .keyDestroyed: [:]
        case .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped:
            self.peopleDetails
        case .budgetReportPosted(let event): event.details
        case .budgetHeard(let event): event.word.details
        case .intakeNoted(let event):
            ["reason": .string(event.reason.name), "invoice_id": .text(event.obligation)]
        }
    }
}

extension CaseOpened {
    fileprivate var details: JSONValue {
        [
            "invoice_id": .string(self.obligation.id),
            "subscription_id": .text(self.obligation.subscription),
            "amount_minor": .integer(self.obligation.amountMinor),
            "currency": .string(self.obligation.currency.code),
            "policy": .string(self.policy), "bundle": .string(self.bundle.description),
            "decline": self.decline.json, "attempts_before": .integer(self.marks.count),
            "returned": .bool(self.isReturn),
        ]
    }
}

extension AttemptIntended {
    fileprivate var details: JSONValue {
        [
            "attempt": .integer(self.attempt), "method": .integer(self.method),
            "backup": .text(self.backup),
            "amount_minor": .integer(self.amountMinor),
            "currency": .string(self.currency.code), "reason": .string(self.reason.name),
            "gateway_key": .string(self.key.description),
            "rules_version": .integer(self.permit.rulesVersion),
            "permit": .array(
                self.permit.lines.map {
                    [
                        "rule": .integer($0.rule), "used": .integer($0.used),
                        "cap": .integer($0.cap),
                    ]
                }),
        ]
    }
}

extension AttemptSettled {
    fileprivate var details: JSONValue {
        [
            "attempt": .integer(self.attempt), "verdict": .string("\(self.verdict)"),
            "collected_minor": self.verdict == .approved ? .integer(self.collectedMinor) : nil,
            "charge_id": .text(self.chargeID), "decline": self.decline?.json,
            "not_sent_reason": self.notSentReason.map { .string("\($0)") },
            "standing": self.standing?.json, "next_look_up_at": .instant(self.nextLookUpAt),
        ]
    }
}

extension AttemptReported {
    fileprivate var details: JSONValue {
        [
            "occurred_at": .instant(self.mark.at), "amount_minor": .integer(self.mark.amountMinor),
            "currency": .string(self.mark.currency.code),
            "approved": .bool(self.mark.flags.contains(.approved)),
            "decline": self.decline?.json, "standing": self.standing?.json,
            "warns_of_foreign_retries": .bool(self.warnsOfForeignRetries),
        ]
    }
}

extension PaymentRecorded {
    fileprivate var details: JSONValue {
        [
            "invoice_id": .string(self.obligation),
            "collected_minor": .integer(self.collectedMinor),
            "occurred_at": .instant(self.occurredAt),
        ]
    }
}

extension MessageIntended {
    fileprivate var details: JSONValue {
        [
            "step": .string(self.name), "template": .string(self.template),
            "channel": .string(self.channel.name), "permit": self.permit.json,
        ]
    }
}

extension MessageSettled {
    fileprivate var details: JSONValue {
        [
            "step_number": .integer(self.step), "accepted": .bool(self.wasAccepted),
            "reference": .text(self.reference), "contact_is_dead": .bool(self.contactIsDead),
        ]
    }
}
