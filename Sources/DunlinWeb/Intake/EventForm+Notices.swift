import DunlinCore

// Words about the money of a case, and about the time that a customer asks for.

extension EventForm {
    mutating func notice(_ kind: EventJSON.Kind) -> CaseNotice? {
        guard let what = kind.notice else { return nil }
        var notice = CaseNotice(kind: what)
        let mayBeForAll = [.fundsAvailable, .promised, .snoozed].contains(what)
        let invoice = self.fields.id("invoice_id", required: !mayBeForAll)
        if !mayBeForAll, invoice == nil { return nil }
        notice.obligation = invoice ?? ""
        switch what {
        case .fundsAvailable, .disputed, .disputeWon: break
        case .refunded, .disputeLost: notice.amountMinor = self.optionalAmount("amount_minor")
        case .returned:
            notice.amountMinor = self.optionalAmount("amount_minor")
            notice.codes = DeclineCodes(
                code: self.fields.code("decline_code"),
                networkCode: self.fields.code("network_code"))
        case .snoozed:
            guard let until = self.fields.instant("until", required: true) else { return nil }
            notice.until = until
        case .promised:
            guard let parts = self.promise() else { return nil }
            notice.parts = parts
        }
        return notice
    }

    mutating func interval() -> BillingInterval {
        guard let name = self.fields.text("billing_interval", bytesMax: 64) else {
            return .unknown
        }
        if let interval = BillingInterval(name: name) { return interval }
        let names = BillingInterval.allCases.dropFirst().map(\.name).joined(separator: ", ")
        self.fields.refuse("billing_interval", .malformed, "billing_interval is one of \(names).")
        return .unknown
    }

    private mutating func optionalAmount(_ name: String) -> Int64? {
        self.fields.integer(
            name, in: 1...EventLimits.amountMinorMax, example: "4200 for 42.00 EUR")
    }

    /// `pay_at` with an optional `amount_minor`, or `parts` with both for each.
    private mutating func promise() -> [AgreedPart]? {
        guard let value = self.fields.value("parts") else {
            let amount = self.optionalAmount("amount_minor") ?? 0
            guard let at = self.fields.instant("pay_at", required: true) else { return nil }
            return [AgreedPart(at: at, amountMinor: amount)]
        }
        guard case .array(let elements) = value,
            (1...CaseParticulars.partsMax).contains(elements.count)
        else {
            self.fields.refuse(
                "parts", .wrongKind,
                "parts is a list of 1 to \(CaseParticulars.partsMax) objects with pay_at and "
                    + "amount_minor.")
            return nil
        }
        var parts: [AgreedPart] = []
        for element in elements {
            guard case .string(let text)? = element["pay_at"],
                let at = self.fields.instant(text, "parts"),
                case .number(let digits)? = element["amount_minor"], let amount = Int64(digits),
                (1...EventLimits.amountMinorMax).contains(amount)
            else {
                self.fields.refuse(
                    "parts", .malformed,
                    "each part has pay_at, a time, and amount_minor, a whole number above 0.")
                return nil
            }
            parts.append(AgreedPart(at: at, amountMinor: amount))
        }
        return parts
    }
}

extension EventJSON.Kind {
    /// The notice that it is; `nil` for other events.
    fileprivate var notice: CaseNotice.Kind? {
        switch self {
        case .fundsAvailable: .fundsAvailable
        case .paymentRefunded: .refunded
        case .paymentDisputed: .disputed
        case .disputeWon: .disputeWon
        case .disputeLost: .disputeLost
        case .paymentReturned: .returned
        case .promiseMade: .promised
        case .snoozed: .snoozed
        default: nil
        }
    }
}
