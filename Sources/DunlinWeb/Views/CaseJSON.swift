package import DunlinCore

extension DunningCase {
    package var json: JSONValue {
        [
            "case": .integer(self.number), "phase": .string(self.phase.name),
            "invoice_id": .string(self.obligation.id),
            "subscription_id": .text(self.obligation.subscription),
            "amount_minor": .integer(self.obligation.amountMinor),
            "collected_minor": .integer(self.obligation.collectedMinor),
            "open_minor": .integer(self.openMinor),
            "currency": .string(self.obligation.currency.code),
            "due_at": .instant(self.obligation.dueAt), "link": .text(self.obligation.link),
            "policy": .string(self.policy), "bundle": .string(self.bundle.description),
            "opened_at": .instant(self.openedAt), "anchor": .instant(self.anchor),
            "closed_at": .instant(self.closedAt), "decline": self.decline.json,
            "attempts": .integer(self.attempts), "rung": .integer(self.rung),
            "declines": .integer(self.declines), "in_flight": self.inFlight?.json,
            "plan": self.plan.json, "messages_accepted": .integer(self.touches),
            "told_at": .instant(self.toldAt), "access_steps": .integer(self.accessSteps),
            "flags": .flags(self.flags), "particulars": self.particulars.first?.json,
        ]
    }
}

extension InFlightAttempt {
    package var json: JSONValue {
        [
            "attempt": .integer(self.number), "phase": .string("\(self.phase)"),
            "method": .integer(self.method), "amount_minor": .integer(self.amountMinor),
            "currency": .string(self.currency.code), "intended_at": .instant(self.intendedAt),
            "look_ups": .integer(self.lookUps), "next_look_up_at": .instant(self.nextLookUpAt),
        ]
    }
}

extension CaseRow {
    package var json: JSONValue {
        [
            "tenant": .string(self.key.tenant), "account_id": .string(self.key.key),
            "case": .integer(self.caseNumber), "phase": .string(self.phase.name),
            "invoice_id": .string(self.obligation), "amount_minor": .integer(self.amount.minor),
            "currency": .string(self.amount.currency.code),
            "decline_class": .string(self.declineClass.name),
            "opened_at": .instant(self.openedAt), "closed_at": .instant(self.closedAt),
            "next_attempt_at": .instant(self.nextAttemptAt), "attempts": .integer(self.attempts),
            "flags": .flags(self.flags),
        ]
    }
}

extension CasePage {
    /// `next` is set when there may be more: hand it back as `after`.
    package func json(limit: Int) -> JSONValue {
        let last = self.rows.count >= limit ? self.rows.last : nil
        let next = last.map {
            CaseQuery.Cursor(openedAt: $0.openedAt, key: $0.key, caseNumber: $0.caseNumber)
        }
        return [
            "cases": .array(self.rows.map(\.json)),
            "next": next.map { .string($0.text) },
            "missing_shards": .array(self.missingShards.map { .integer($0) }),
        ]
    }
}

extension CaseQuery.Cursor {
    /// The cursor as opaque text that fits into a query: hexadecimal only, with dots between.
    package var text: String {
        let tenant = hexDigits(self.key.tenant)
        let account = hexDigits(self.key.key)
        return "\(self.openedAt.ms).\(self.caseNumber).\(tenant).\(account)"
    }

    /// Answers `nil` for a text that ``text`` never made.
    package init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let openedMs = Int64(parts[0]), let number = UInt32(parts[1]),
            let tenant = hexText(parts[2]), let account = hexText(parts[3])
        else { return nil }
        self.init(
            openedAt: Timestamp(ms: openedMs),
            key: EntityKey(tenant: tenant, kind: .account, key: account), caseNumber: number)
    }
}

private func hexDigits(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func hexText(_ digits: Substring) -> String? {
    let values = digits.compactMap(\.hexDigitValue)
    guard values.count == digits.utf8.count, values.count.isMultiple(of: 2) else { return nil }
    let bytes = stride(from: 0, to: values.count, by: 2).map {
        UInt8(values[$0] << 4 | values[$0 + 1])
    }
    return String(validating: bytes, as: UTF8.self)
}
