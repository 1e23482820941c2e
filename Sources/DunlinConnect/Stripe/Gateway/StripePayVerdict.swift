import DunlinCore

/// What an answer to "pay this invoice" says about the money. Decides; does no I/O.
///
///     status          says
///     200 paid        approved
///     200 open        declined, pending or in need of authentication: the charge tells
///     400 paid        somebody's payment came first
///     400 same key,   unknown: an earlier request with this key may have charged
///         other form
///     400 no method   declined, without reaching a network
///     401, 403        technical: an operator must mend the key
///     402             declined, with its codes
///     404             technical
///     409             unknown: the same key is being worked on
///     429             surely not sent
///     5xx, other      unknown
enum StripePayVerdict: Sendable, Equatable {
    case settled(AttemptOutcome)
    /// The charge knows more; `otherwise` when it cannot be read.
    case readCharge(id: String, otherwise: AttemptOutcome)
    /// The payment intent knows more.
    case readIntent(id: String)
    /// The invoice was paid before this attempt could.
    case alreadyPaid

    /// Codes that this adapter gives to refusals for which Stripe has no decline code.
    enum Code {
        static let unauthorized = "api_key_invalid"
        static let noMethod = "no_payment_method"
        static let invalidRequest = "invalid_request"
    }

    init(_ answer: StripeAnswer, invoice: String) {
        switch answer.status {
        case 200..<300: self = Self.success(answer.body, invoice: invoice)
        case 402: self = Self.refusal(answer)
        case 401, 403:
            self = .settled(.technicalFailure(DeclineCodes(code: Code.unauthorized)))
        case 429: self = .settled(.notSent(.rateLimited))
        case 400, 404: self = Self.badRequest(answer)
        default: self = .settled(.unknown)
        }
    }

    // MARK: Success

    private static func success(_ body: StripeJSON, invoice id: String) -> StripePayVerdict {
        guard let invoice = StripeInvoice(body), invoice.id == id else { return .settled(.unknown) }
        switch invoice.status {
        case .paid: return .settled(.approved(chargeID: invoice.charge))
        case .open, .uncollectible: return self.unpaid(invoice)
        case .draft, .void, .other: return .settled(.unknown)
        }
    }

    private static func unpaid(_ invoice: StripeInvoice) -> StripePayVerdict {
        if let charge = invoice.chargeJSON.flatMap({ StripeCharge($0) }) {
            return .settled(self.outcome(of: charge))
        }
        if !invoice.charge.isEmpty { return .readCharge(id: invoice.charge, otherwise: .unknown) }
        if let intent = invoice.paymentIntentJSON {
            return .settled(self.outcome(ofIntent: intent))
        }
        if !invoice.paymentIntent.isEmpty { return .readIntent(id: invoice.paymentIntent) }
        return .settled(.unknown)
    }

    static func outcome(of charge: StripeCharge) -> AttemptOutcome {
        switch charge.status {
        case .succeeded: .approved(chargeID: charge.id)
        case .pending: .pending(chargeID: charge.id)
        case .failed: .declined(charge.codes, chargeID: charge.id)
        case .other: .unknown
        }
    }

    static func outcome(ofIntent intent: StripeJSON) -> AttemptOutcome {
        if let charge = intent["latest_charge"].flatMap({ StripeCharge($0) }) {
            return self.outcome(of: charge)
        }
        let charge = intent["latest_charge"]?.reference ?? ""
        switch intent["status"]?.text {
        case "succeeded": return .approved(chargeID: charge)
        case "processing": return .pending(chargeID: charge)
        case "requires_action", "requires_source_action":
            let codes = DeclineCodes(code: StripeCodes.authenticationRequired)
            return .declined(codes, chargeID: charge)
        default: break
        }
        guard let error = intent["last_payment_error"], error.members != nil else {
            return .unknown
        }
        let named = error["charge"]?.reference ?? charge
        return .declined(StripeCodes.codes(ofError: error), chargeID: named)
    }

    // MARK: Refusal

    private static func refusal(_ answer: StripeAnswer) -> StripePayVerdict {
        let error = answer.error
        let codes = StripeCodes.codes(ofError: error)
        let intent = error["payment_intent"] ?? .null
        let charge = error["charge"]?.reference ?? intent["latest_charge"]?.reference ?? ""
        let declined = AttemptOutcome.declined(codes, chargeID: charge)
        // Network codes prove that it reached the network. Without them only the charge knows.
        guard !charge.isEmpty, codes.networkCode.isEmpty else { return .settled(declined) }
        return .readCharge(id: charge, otherwise: declined)
    }

    private static func badRequest(_ answer: StripeAnswer) -> StripePayVerdict {
        let code = answer.errorCode
        let message = answer.errorMessage
        if message.contains("already paid") || code == "invoice_already_paid" {
            return .alreadyPaid
        }
        if answer.errorType == "idempotency_error" || code.hasPrefix("idempotency_") {
            return .settled(.unknown)
        }
        if StripeCodes.asksForAuthentication(code) {
            let codes = DeclineCodes(code: StripeCodes.authenticationRequired)
            return .settled(.declined(codes, chargeID: ""))
        }
        if self.isWithoutMethod(answer) {
            let codes = DeclineCodes(code: Code.noMethod, notSentToNetwork: true)
            return .settled(.declined(codes, chargeID: ""))
        }
        let codes = StripeCodes.codes(ofError: answer.error)
        let named = codes.code.isEmpty ? DeclineCodes(code: Code.invalidRequest) : codes
        return .settled(.technicalFailure(named))
    }

    /// Nothing to charge: no method at all, or the named one is gone.
    private static func isWithoutMethod(_ answer: StripeAnswer) -> Bool {
        if answer.error["param"]?.text == "payment_method" { return true }
        let phrases = [
            "no payment method", "no attached payment source", "no active card",
            "default payment method", "default_payment_method",
        ]
        return answer.errorCode == "missing"
            || phrases.contains { answer.errorMessage.contains($0) }
    }
}
