import DunlinCore
import DunlinPorts

/// What a template may name, filled from a message's facts.
struct TemplateValues {
    /// Always present, in every message template.
    static let constantKeys: Set<String> = [
        "merchant", "amount", "card", "reason", "ask", "next_step", "access_note", "how_to_stop",
        "signature", "invoice", "lang", "button_style", "button_pay", "button_update",
        "button_confirm", "button_keep", "button_cancel", "cancel_choice", "choice_note",
        "merchant_line",
    ]
    /// Present only when known: use them as sections too.
    static let conditionalKeys: Set<String> = [
        "link", "support", "support_line", "next_attempt_date", "access_date", "due_date",
        "last_four", "brand", "cancel_link", "expiry_date", "backup_note",
    ]
    /// Only in phrases that make up dates and amounts.
    static let formatKeys: Set<String> = ["month", "day", "year", "symbol", "number", "code"]
    /// Only in the layout.
    static let layoutKeys: Set<String> = ["subject", "content"]

    static let valueCharactersMax = 500

    private static let buttonStyle =
        "display:inline-block;padding:0.75rem 1.5rem;border-radius:0.375rem;background:#14532d;"
        + "color:#ffffff;font-weight:600;text-decoration:none;"

    private(set) var values: [String: String]

    init(facts: MessageFacts, merchant: MerchantIdentity, phrases: Phrases, language: String) {
        self.values = [:]
        self.set("lang", language)
        self.set("merchant", merchant.name)
        self.set("support", merchant.support)
        self.set("amount", phrases.amount(facts.amount))
        self.set("invoice", facts.obligation)
        self.set("last_four", facts.lastFour)
        self.set("brand", Self.brand(facts.network))
        self.values["link"] = Self.safeLink(facts.link)
        self.values["cancel_link"] = Self.safeLink(facts.cancelLink)
        if facts.expiryMonth > 0 { self.set("expiry_date", phrases.month(facts.expiryMonth)) }
        let dates = [
            ("due_date", facts.dueAt), ("next_attempt_date", facts.nextAttemptAt),
            ("access_date", facts.nextAccessAt),
        ]
        for (key, instant) in dates where instant.ms > 0 {
            self.set(key, phrases.date(instant, zone: facts.zone))
        }
        self.set("button_style", Self.buttonStyle)
        let group = ReasonGroup(facts.declineClass).rawValue
        self.say("card", phrases, self.cardPhrase)
        self.say("reason", phrases, "reason.\(group)")
        self.say("ask", phrases, "ask.\(group)")
        self.say("next_step", phrases, "next_step")
        self.say("access_note", phrases, self.accessPhrase(facts.nextAccess))
        self.say("how_to_stop", phrases, "how_to_stop")
        self.say("support_line", phrases, "support_line", when: self.values["support"] != nil)
        self.say("signature", phrases, "signature")
        self.say("merchant_line", phrases, "merchant_line")
        self.say("cancel_choice", phrases, "cancel_choice")
        let choice = self.accessPhrase(facts.nextAccess).replacing("access.", with: "choice.")
        self.say("choice_note", phrases, choice)
        self.say("backup_note", phrases, "backup_note", when: facts.isBackup)
        for button in ["pay", "update", "confirm", "keep", "cancel"] {
            self.say("button_\(button)", phrases, "button.\(button)")
        }
    }

    mutating func set(_ key: String, _ value: String) {
        guard !value.isEmpty else { return }
        self.values[key] = Self.oneLine(value)
    }

    private mutating func say(
        _ key: String, _ phrases: Phrases, _ phrase: String, when condition: Bool = true
    ) {
        guard condition else { return }
        self.values[key] = phrases(phrase, self.values)
    }

    private var cardPhrase: String {
        guard self.values["last_four"] != nil else { return "card.unknown" }
        return self.values["brand"] == nil ? "card.last_four" : "card.known"
    }

    private func accessPhrase(_ state: AccessState?) -> String {
        guard self.values["access_date"] != nil else { return "access.none" }
        switch state {
        case .limited: return "access.limited"
        case .suspended: return "access.suspended"
        case .terminated: return "access.terminated"
        case .full, .warned, nil: return "access.none"
        }
    }

    private static func brand(_ network: PaymentNetwork) -> String {
        switch network {
        case .unknown: ""
        case .visa: "Visa"
        case .mastercard: "Mastercard"
        case .amex: "American Express"
        case .discover: "Discover"
        case .diners: "Diners Club"
        case .jcb: "JCB"
        case .unionpay: "UnionPay"
        case .elo: "Elo"
        case .ach: "ACH"
        case .sepa: "SEPA"
        case .bacs: "Bacs"
        }
    }

    /// Only web addresses become a button; anything else becomes none.
    private static func safeLink(_ link: String) -> String? {
        let lowered = link.lowercased()
        guard lowered.hasPrefix("https://") || lowered.hasPrefix("http://"),
            link.utf8.count <= 2048, link.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        return link
    }

    /// A value never brings a line of its own, nor more text than a value has.
    private static func oneLine(_ value: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: text.append(Unicode.Scalar(0x20))
            default: text.append(scalar)
            }
        }
        return String(String(text).prefix(Self.valueCharactersMax))
    }
}
