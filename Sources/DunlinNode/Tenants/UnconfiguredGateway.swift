import DunlinCore
import DunlinPorts

/// Stands for the gateway of a tenant that is no longer configured: nothing is sent, and what was
/// sent before is not guessed at.
struct UnconfiguredGateway: PaymentGateway {
    var traits: GatewayTraits {
        GatewayTraits(name: "unconfigured", keyRetentionMs: 0, concurrencyMax: 1)
    }

    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] {
        orders.map { _ in .notSent(.gatewayUnreachable) }
    }

    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] {
        orders.map { _ in .unknown }
    }
}
