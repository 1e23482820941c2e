import DunlinConnect
import DunlinCore
import DunlinPorts
import DunlinWeb
import Logging
import Metrics

/// Hands Stripe's webhooks to the node: verified and read by the adapter, durable when answered.
struct StripeIntakeBridge: WebhookIntake {
    let readers: [String: StripeWebhook]
    let node: any NodeService
    private let log = Logger(label: "dunlin.stripe")

    init(readers: [String: StripeWebhook], node: any NodeService) {
        self.readers = readers
        self.node = node
    }

    func receive(_ delivery: WebhookDelivery) async throws(NodeError) -> WebhookOutcome {
        guard let reader = self.readers[delivery.tenant] else { return .unknownTenant }
        let intake: DunlinConnect.StripeIntake
        do {
            intake = try await reader.receive(
                body: delivery.body, signature: delivery.header("stripe-signature"))
        } catch {
            return switch error.code {
            case .malformed: .malformed("\(error)")
            default: .badSignature("\(error)")
            }
        }
        for problem in intake.problems {
            self.log.warning("a webhook was taken in part", metadata: ["why": "\(problem)"])
        }
        Counter(label: "dunlin_stripe_events", dimensions: [("type", intake.type)]).increment()
        guard !intake.events.isEmpty else { return .ignored }
        for result in try await self.node.intake(intake.events) {
            switch result {
            case .accepted, .repeated, .ignored: continue
            case .refused(let code, let message):
                self.log.warning(
                    "a webhook's event was refused",
                    metadata: ["code": "\(code)", "why": "\(message)"])
            case .retry(_, let message): return .retry(message)
            }
        }
        return .taken
    }
}
