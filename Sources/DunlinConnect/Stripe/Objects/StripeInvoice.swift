import DunlinCore
import DunlinPorts

/// An invoice as Stripe tells it, in the shapes of versions before and after 2025-03-31, which
/// moved subscription, charge and payment intent elsewhere.
struct StripeInvoice: Sendable, Equatable {
    enum Status: String, Sendable {
        case draft
        case open
        case paid
        case uncollectible
        case void
        /// A word that we do not know.
        case other
    }

    var id: String
    var customer: String
    /// The customer where it came expanded.
    var customerJSON: StripeJSON?
    /// Empty when it has none.
    var customerEmail: String
    var status: Status
    /// What a charge would take now, in minor units.
    var openMinor: Int64
    var currency: Currency?
    /// Empty when it belongs to none.
    var subscription: String
    /// The latest charge's id; empty when there is none or it is not named.
    var charge: String
    /// The latest charge where it came expanded.
    var chargeJSON: StripeJSON?
    var paymentIntent: String
    var paymentIntentJSON: StripeJSON?
    var attemptCount: Int64
    var isAttempted: Bool
    var isChargedAutomatically: Bool
    /// Seconds since 1970; 0 when not known.
    var dueAt: Int64
    /// Seconds since 1970; 0 when not known.
    var created: Int64
    /// Seconds since 1970; 0 when not paid or not known.
    var paidAt: Int64
    /// Seconds since 1970; 0 when Stripe will not try by itself.
    var nextPaymentAttempt: Int64
    /// Empty when there is none.
    var hostedURL: String
    var billingReason: String
    /// How the subscription is billed, and when next; unknown and 0 where no line says so.
    var renewal: StripeRenewal
    /// Our own notes about attempts, by their name in the metadata.
    var marks: [String: StripeAttemptMark]

    init?(_ json: StripeJSON) {
        guard let id = json["id"]?.text, json["object"]?.text ?? "invoice" == "invoice" else {
            return nil
        }
        self.id = id
        self.customer = json["customer"]?.reference ?? ""
        self.customerJSON = json["customer"]?.members == nil ? nil : json["customer"]
        self.customerEmail = json["customer_email"]?.text ?? ""
        self.status = json["status"]?.text.map { Status(rawValue: $0) ?? .other } ?? .other
        self.currency = json["currency"]?.text.flatMap { Currency($0) }
        let due = json["amount_due"]?.integer ?? json["total"]?.integer ?? 0
        let paid = json["amount_paid"]?.integer ?? 0
        self.openMinor = json["amount_remaining"]?.integer ?? max(0, due - paid)
        let parent = json["parent", "subscription_details", "subscription"]
        self.subscription = json["subscription"]?.reference ?? parent?.reference ?? ""
        let payment = Self.latestPayment(json)
        self.chargeJSON = json["charge"]?.members == nil ? nil : json["charge"]
        self.charge = json["charge"]?.reference ?? payment?["charge"]?.reference ?? ""
        let intent = json["payment_intent"] ?? payment?["payment_intent"]
        self.paymentIntent = intent?.reference ?? ""
        self.paymentIntentJSON = intent?.members == nil ? nil : intent
        if self.charge.isEmpty, let latest = self.paymentIntentJSON?["latest_charge"] {
            self.charge = latest.reference ?? ""
            self.chargeJSON = latest.members == nil ? nil : latest
        }
        self.attemptCount = json["attempt_count"]?.integer ?? 0
        self.isAttempted = json["attempted"]?.bool ?? (self.attemptCount > 0)
        self.isChargedAutomatically =
            json["collection_method"]?.text ?? "charge_automatically" == "charge_automatically"
        let transitions = json["status_transitions"] ?? .null
        self.created = json["created"]?.integer ?? json["date"]?.integer ?? 0
        self.dueAt =
            json["due_date"]?.integer ?? transitions["finalized_at"]?.integer ?? self.created
        self.paidAt = transitions["paid_at"]?.integer ?? 0
        self.nextPaymentAttempt = json["next_payment_attempt"]?.integer ?? 0
        self.hostedURL = Self.link(json["hosted_invoice_url"]?.text ?? "")
        self.billingReason = json["billing_reason"]?.text ?? ""
        self.renewal = StripeRenewal(lines: json["lines", "data"]?.items ?? [])
        self.marks = StripeAttemptMark.all(in: json["metadata"])
    }

    /// Changes whenever an attempt left a trace: the latest charge, else the payment intent.
    var progress: String {
        if !self.charge.isEmpty { return self.charge }
        return self.paymentIntent.isEmpty ? StripeAttemptMark.nothing : self.paymentIntent
    }

    /// The note of this very attempt; `nil` when it was not begun.
    func mark(of order: ChargeOrder) -> StripeAttemptMark? {
        let mark = self.marks[StripeAttemptMark.name(order)]
        return mark?.key == order.key.description ? mark : nil
    }

    /// Names the latest attempt where no charge is known, alike in every event that tells of it.
    var attemptName: String {
        guard self.charge.isEmpty else { return self.charge }
        guard !self.paymentIntent.isEmpty else { return "" }
        return "\(self.paymentIntent)#\(self.attemptCount)"
    }

    /// The newest of `payments`, which replaced `charge` and `payment_intent` in 2025.
    private static func latestPayment(_ json: StripeJSON) -> StripeJSON? {
        let payments = json["payments", "data"]?.items ?? []
        let newest = payments.max {
            ($0["created"]?.integer ?? 0) < ($1["created"]?.integer ?? 0)
        }
        return newest?["payment"]
    }

    /// Only a link that a browser may be sent to, and no longer than one can bear.
    private static func link(_ text: String) -> String {
        let isWeb = text.hasPrefix("https://") || text.hasPrefix("http://")
        return isWeb && text.utf8.count <= 2048 ? text : ""
    }
}
