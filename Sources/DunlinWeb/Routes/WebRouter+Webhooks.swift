import DunlinCore
import DunlinPorts
import Hummingbird
import Metrics

extension WebRouter {
    /// `POST /webhooks/{source}` and `/webhooks/{source}/{tenant}`.
    func webhookAnswer(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let source = context.parameters.get("source"), let intake = self.webhooks[source]
        else { throw Problem.notFound }
        let tenant =
            context.parameters.get("tenant") == nil
            ? EntityKey.mainTenant : try context.id("tenant")
        let body = try await Self.body(
            of: request, bytesMax: self.settings.limits.webhookBytesMax)
        let delivery = WebhookDelivery(
            tenant: tenant,
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }, body: body)
        let outcome = try await intake.receive(delivery)
        Counter(
            label: "dunlin_webhooks_total",
            dimensions: [("source", source), ("outcome", outcome.label)]
        ).increment()
        switch outcome {
        case .taken: return Self.json(.ok, ["status": "taken"])
        case .ignored: return Self.json(.ok, ["status": "ignored"])
        case .badSignature(let detail):
            throw Problem(
                .badRequest, "bad-signature", title: "Signature not accepted", detail: detail)
        case .malformed(let detail):
            throw Problem(.badRequest, "malformed", title: "Not understood", detail: detail)
        case .unknownTenant: throw Problem.notFound
        case .retry(let detail):
            throw Problem(
                .serviceUnavailable, "retry", title: "Not taken this time", detail: detail,
                retryAfter: 5)
        }
    }
}

extension WebhookOutcome {
    /// A metric label.
    fileprivate var label: String {
        switch self {
        case .taken: "taken"
        case .ignored: "ignored"
        case .badSignature: "bad_signature"
        case .malformed: "malformed"
        case .unknownTenant: "unknown_tenant"
        case .retry: "retry"
        }
    }
}
