import DunlinCore
import DunlinPorts

/// A tenant as the node knows it, one object for all its accounts.
final class TenantHandle: Sendable {
    let name: String
    let parts: TenantParts
    /// The gateway where it answers at once, as the simulated one does.
    let immediate: (any ImmediateGateway)?

    init(parts: TenantParts) {
        self.name = parts.settings.name
        self.parts = parts
        self.immediate = parts.gateway as? any ImmediateGateway
    }
}
