import Foundation

/// localstripe, by itself or behind the proxy, with one plan to subscribe to.
final class StripeSide {
    /// Where the node under test finds Stripe.
    let base: String
    /// The proxy's controls; `nil` when localstripe is used directly.
    let proxy: PythonServer?
    private let localstripe: PythonServer

    static let apiKey = "sk_test_process"
    static let webhookSecret = "whsec_process"
    static let amountMinor: Int64 = 4200
    /// Can be attached, and is declined when it is charged.
    static let failingCard = "4000000000000341"
    static let workingCard = "4242424242424242"

    private init(base: String, proxy: PythonServer?, localstripe: PythonServer) {
        self.base = base
        self.proxy = proxy
        self.localstripe = localstripe
    }

    /// Runs localstripe, and the proxy before it when `proxied`, around `body`.
    static func with<Result>(
        proxied: Bool, scratch: Scratch, _ body: (StripeSide) async throws -> Result
    ) async throws -> Result {
        try await PythonServer.with("localstripe_server.py", scratch: scratch) { localstripe in
            guard proxied else {
                let side = StripeSide(base: localstripe.base, proxy: nil, localstripe: localstripe)
                try await side.makePlan()
                return try await body(side)
            }
            return try await PythonServer.with(
                "stripe_proxy.py", ["--upstream", localstripe.base], scratch: scratch
            ) { proxy in
                let side = StripeSide(base: proxy.base, proxy: proxy, localstripe: localstripe)
                try await side.makePlan()
                return try await body(side)
            }
        }
    }

    // MARK: What a merchant and a customer do

    private func makePlan() async throws {
        _ = try await self.post(
            "/v1/plans",
            [
                ("id", "monthly"), ("amount", "\(Self.amountMinor)"), ("currency", "eur"),
                ("interval", "month"), ("product[name]", "Birds"),
            ])
    }

    /// A customer whose first month was paid and whose renewal has just failed.
    func customerWithFailedRenewal(email: String) async throws -> StripeCustomer {
        let customer =
            try await self.post(
                "/v1/customers", [("email", email), ("preferred_locales[0]", "en")])["id"].string
            ?? ""
        try await self.giveCard(Self.workingCard, to: customer)
        let subscription = try await self.post(
            "/v1/subscriptions", [("customer", customer), ("items[0][plan]", "monthly")])
        let subscriptionID = subscription["id"].string ?? ""
        try await self.giveCard(Self.failingCard, to: customer)
        let invoice = try await self.renew(subscriptionID, customer: customer)
        return StripeCustomer(id: customer, subscription: subscriptionID, invoice: invoice)
    }

    /// The next period's invoice and its first attempt, which Stripe makes by itself.
    private func renew(_ subscription: String, customer: String) async throws -> String {
        if let proxy = self.proxy {
            let renewed = try await proxy.control("renew", #"{"subscription":"\#(subscription)"}"#)
            return renewed["invoice"]["id"].string ?? ""
        }
        let invoice = try await self.post(
            "/v1/invoices", [("customer", customer), ("subscription", subscription)])
        let id = invoice["id"].string ?? ""
        _ = try await self.post("/v1/invoices/\(id)/pay", [])
        return id
    }

    /// Attaches a new card and makes it the default; answers the payment method's id.
    @discardableResult
    func giveCard(_ number: String, to customer: String) async throws -> String {
        let method =
            try await self.post(
                "/v1/payment_methods",
                [
                    ("type", "card"), ("card[number]", number), ("card[exp_month]", "12"),
                    ("card[exp_year]", "2031"), ("card[cvc]", "123"),
                ])["id"].string ?? ""
        _ = try await self.post(
            "/v1/payment_methods/\(method)/attach", [("customer", customer)])
        _ = try await self.post(
            "/v1/customers/\(customer)", [("invoice_settings[default_payment_method]", method)])
        return method
    }

    // MARK: What Stripe knows

    func invoiceStatus(_ invoice: String) async throws -> String {
        try await self.get("/v1/invoices/\(invoice)")["status"].string ?? ""
    }

    func subscriptionStatus(_ subscription: String) async throws -> String {
        try await self.get("/v1/subscriptions/\(subscription)")["status"].string ?? ""
    }

    /// Charges of one customer as localstripe has them, oldest first: no one's own count.
    func charges(of customer: String) async throws -> [JSON] {
        let url = "\(self.localstripe.base)/v1/charges?customer=\(customer)&limit=1000"
        let answer = try await HTTPCall.get(url, headers: Self.authorization)
        guard answer.status == 200 else {
            throw ServerRefused(description: "charges: \(answer.status) \(answer.body)")
        }
        return answer.json["data"].array
    }

    /// Charges after the month that was paid and the renewal's own first attempt: those of ours.
    func attemptsMade(_ customer: StripeCustomer) async throws -> Int {
        try await self.charges(of: customer.id).count - 2
    }

    private static let authorization = [("Authorization", "Bearer \(StripeSide.apiKey)")]

    func post(_ path: String, _ form: [(String, String)]) async throws -> JSON {
        let answer = try await HTTPCall.post(
            self.base + path, form: form, headers: Self.authorization)
        guard answer.status == 200 else {
            throw ServerRefused(description: "\(path): \(answer.status) \(answer.body)")
        }
        return answer.json
    }

    func get(_ path: String) async throws -> JSON {
        let answer = try await HTTPCall.get(self.base + path, headers: Self.authorization)
        guard answer.status == 200 else {
            throw ServerRefused(description: "\(path): \(answer.status) \(answer.body)")
        }
        return answer.json
    }
}

/// A customer at the Stripe side.
struct StripeCustomer: Sendable {
    let id: String
    let subscription: String
    /// The renewal's, open.
    let invoice: String
}
