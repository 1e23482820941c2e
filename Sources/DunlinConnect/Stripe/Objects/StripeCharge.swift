import DunlinCore

/// A charge as Stripe tells it.
struct StripeCharge: Sendable, Equatable {
    enum Status: Sendable, Equatable {
        case succeeded
        case pending
        case failed
        /// A word that we do not know: nothing may be concluded from it.
        case other
    }

    var id: String
    var status: Status
    var amountMinor: Int64
    var currency: Currency?
    /// Seconds since 1970 by Stripe's clock.
    var created: Int64
    /// Empty when it belongs to none, or when this version of Stripe does not say.
    var invoice: String
    /// Whether the object says at all which invoice it belongs to.
    var namesInvoice: Bool
    var paymentIntent: String
    var customer: String
    var codes: DeclineCodes
    var method: PaymentMethod?

    init?(_ json: StripeJSON) {
        guard let id = json["id"]?.text, json["object"]?.text ?? "charge" == "charge" else {
            return nil
        }
        self.id = id
        switch json["status"]?.text {
        case "succeeded": self.status = .succeeded
        case "pending": self.status = .pending
        case "failed": self.status = .failed
        default: self.status = .other
        }
        self.amountMinor = json["amount"]?.integer ?? 0
        self.currency = json["currency"]?.text.flatMap { Currency($0) }
        self.created = json["created"]?.integer ?? 0
        self.namesInvoice = json["invoice"] != nil
        self.invoice = json["invoice"]?.reference ?? ""
        self.paymentIntent = json["payment_intent"]?.reference ?? ""
        self.customer = json["customer"]?.reference ?? ""
        self.codes = StripeCodes.codes(ofCharge: json)
        self.method = StripeMethod.method(ofCharge: json)
    }
}

/// Reads the codes of a refusal out of the several places where Stripe puts them.
enum StripeCodes {
    /// For a refusal in which the customer has to prove who they are.
    static let authenticationRequired = "authentication_required"

    static func codes(ofCharge json: StripeJSON) -> DeclineCodes {
        let failure = json["failure_code"]?.text ?? ""
        let reason = json["outcome", "reason"]?.text ?? ""
        let isUnsent = json["outcome", "network_status"]?.text == "not_sent_to_network"
        let outcome = json["outcome"] ?? .null
        return cut(
            DeclineCodes(
                code: reason.isEmpty ? failure : reason,
                networkCode: outcome["network_decline_code"]?.text ?? "",
                adviceCode: outcome["network_advice_code"]?.text
                    ?? outcome["advice_code"]?.text ?? "",
                notSentToNetwork: isUnsent))
    }

    /// Of `error` in an answer, or of `last_payment_error` in a payment intent.
    static func codes(ofError json: StripeJSON) -> DeclineCodes {
        let code = json["code"]?.text ?? ""
        var codes = DeclineCodes(
            code: json["decline_code"]?.text ?? code,
            networkCode: json["network_decline_code"]?.text ?? "",
            adviceCode: json["network_advice_code"]?.text ?? json["advice_code"]?.text ?? "")
        if Self.asksForAuthentication(code) { codes.code = Self.authenticationRequired }
        return cut(codes)
    }

    static func asksForAuthentication(_ code: String) -> Bool {
        switch code {
        case "invoice_payment_intent_requires_action", "authentication_required",
            "payment_intent_authentication_failure", "subscription_payment_intent_requires_action":
            true
        default: false
        }
    }

    /// The codes of `first`, with what it leaves out taken from `second`.
    static func joined(_ first: DeclineCodes, _ second: DeclineCodes) -> DeclineCodes {
        DeclineCodes(
            code: first.code.isEmpty ? second.code : first.code,
            networkCode: first.networkCode.isEmpty ? second.networkCode : first.networkCode,
            adviceCode: first.adviceCode.isEmpty ? second.adviceCode : first.adviceCode,
            notSentToNetwork: first.notSentToNetwork || second.notSentToNetwork)
    }

    private static func cut(_ codes: DeclineCodes) -> DeclineCodes {
        DeclineCodes(
            code: short(codes.code), networkCode: short(codes.networkCode),
            adviceCode: short(codes.adviceCode), notSentToNetwork: codes.notSentToNetwork)
    }

    private static func short(_ text: String) -> String {
        guard text.utf8.count > DeclineCodes.codeBytesMax else { return text }
        return String(decoding: text.utf8.prefix(DeclineCodes.codeBytesMax), as: UTF8.self)
    }
}
