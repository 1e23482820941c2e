/// A durable change of a tenant's switches; `nil` leaves a switch as it is.
package struct TenantSwitch: Sendable, Equatable {
    package var tenant: String
    package var mode: TenantSettings.Mode?
    package var chargesPaused: Bool?
    package var messagesPaused: Bool?

    /// It asks for nothing: the answer says how the tenant stands.
    package var isEmpty: Bool {
        self.mode == nil && self.chargesPaused == nil && self.messagesPaused == nil
    }

    package init(
        tenant: String, mode: TenantSettings.Mode? = nil, chargesPaused: Bool? = nil,
        messagesPaused: Bool? = nil
    ) {
        self.tenant = tenant
        self.mode = mode
        self.chargesPaused = chargesPaused
        self.messagesPaused = messagesPaused
    }
}
