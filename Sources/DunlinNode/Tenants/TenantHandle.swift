import DunlinCore
import DunlinPorts

/// A tenant as the node knows it, one object for all its accounts.
final class TenantHandle: Sendable {
    let name: String
    let parts: TenantParts
    /// The gateway where it answers at once, as the simulated one does.
    let immediate: (any ImmediateGateway)?
    /// All of the tenant's channels answer at once, as the counting sink does.
    let sendsAtOnce: Bool
    /// Set where the gateway takes only so many requests in a second: they go through a runner.
    let pace: GatewayPace?

    init(parts: TenantParts, runtime: any NodeRuntime) {
        self.name = parts.settings.name
        self.parts = parts
        self.sendsAtOnce =
            !parts.senders.isEmpty && parts.senders.values.allSatisfy { $0 is any ImmediateSender }
        let limit = parts.requestsPerSecondMax
        self.pace = limit > 0 ? GatewayPace(limitPerSecond: limit, runtime: runtime) : nil
        self.immediate = limit > 0 ? nil : parts.gateway as? any ImmediateGateway
    }
}
