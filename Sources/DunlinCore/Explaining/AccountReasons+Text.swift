extension AccountReasons {
    /// For people: how each case stands, then each thing planned with its reasons and what would
    /// change it.
    package var lines: [String] {
        var lines = self.standing
        for slot in self.slots {
            lines.append("")
            lines.append(self.head(slot))
            if slot.reasons.isEmpty { lines.append("  No rule holds it back.") }
            for reason in slot.reasons { lines += self.lines(reason, slot) }
        }
        return lines
    }

    private func head(_ slot: PlannedSlot) -> String {
        let what =
            switch slot.kind {
            case .attempt: "next attempt"
            case .message: "message \(slot.name)"
            case .access: "access \(slot.name)"
            case .end: slot.name.isEmpty ? "the end" : "the end (\(slot.name))"
            }
        let when = slot.at.ms == 0 ? "not planned" : self.when(slot.at)
        return "Case \(slot.caseNumber), \(what): \(when), \(slot.words)."
    }

    private func lines(_ reason: SlotReason, _ slot: PlannedSlot) -> [String] {
        let row = reason.number == 0 ? "" : " (\(reason.number))"
        let version = reason.version.isEmpty ? "" : ", \(reason.version)"
        let frees =
            reason.freesAt.ms == 0
            ? "It frees nothing by itself." : "It is free from \(self.when(reason.freesAt)) on."
        var lines = [
            "  \(reason.rule.label): \(reason.words).",
            "    \(reason.name)\(row)\(version). \(frees)",
        ]
        if !reason.source.isEmpty { lines.append("    Source: \(reason.source)") }
        let without =
            reason.withoutAt.ms == 0 ? "still not at all" : self.when(reason.withoutAt)
        lines.append(
            reason.isDecisive
                ? "    Without it: \(without)."
                : "    Without it nothing changes: another rule says the same.")
        return lines
    }

    private func when(_ instant: Timestamp) -> String {
        "\(instant) (\(SpanText.words(from: self.asOf, to: instant)))"
    }
}

extension SlotRule {
    /// At the beginning of a line.
    package var label: String {
        switch self {
        case .networkBudget: "Network's budget"
        case .softCap: "Our own cap"
        case .adviceDelay: "Asked delay"
        case .credential: "Credential"
        case .bankingDay: "Banking calendar"
        case .cutOff: "Cut-off"
        case .scheme: "Scheme"
        case .debitNotice: "Notice of the debit"
        case .customerOnly: "Customer only"
        case .contactHours: "Hours of the law"
        case .consent: "Consent"
        case .sharedCard: "Other accounts with the card"
        case .sharedContact: "Other accounts with the address"
        case .ladder: "Ladder"
        case .retryGap: "Gap"
        case .retryCalendar: "Policy's calendar"
        case .retryWindow: "Policy's window"
        case .renewal: "Next renewal"
        case .technicalWait: "Wait after a failure of the machinery"
        case .backup: "Backup"
        case .sendWindow: "Policy's hours"
        case .frequencyCap: "Frequency"
        case .silentFirst: "Silent tries first"
        case .oneSequence: "One sequence"
        case .trigger: "Its moment"
        case .timeline: "Timeline"
        case .noticeBeforeLoss: "Notice before a loss"
        case .inFlight: "Charge in flight"
        case .agreement: "Promise"
        case .snooze: "Time given"
        case .casePaused: "Pause of the case"
        case .accountFlag: "Flag"
        case .suppression: "Suppression"
        case .noContact: "No address"
        case .refusedByProvider: "Refused"
        case .noProvider: "No provider"
        case .tenantPause: "Pause of the tenant"
        case .observing: "Observing"
        case .holdout: "Holdout"
        case .experiment: "Experiment"
        case .backlog: "Backlog"
        case .costs: "Costs"
        }
    }
}
