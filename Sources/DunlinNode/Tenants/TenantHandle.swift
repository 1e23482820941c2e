import DunlinCore
import DunlinPorts

/// A tenant as the node knows it, one object for all its accounts.
final class TenantHandle: Sendable {
    let name: String
    let parts: TenantParts

    init(parts: TenantParts) {
        self.name = parts.settings.name
        self.parts = parts
    }
}
