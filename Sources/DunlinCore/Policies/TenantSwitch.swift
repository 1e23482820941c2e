/// A durable change of a tenant's switches; `nil` leaves a switch as it is.
package struct TenantSwitch: Sendable, Equatable {
    package var tenant: String
    package var mode: TenantSettings.Mode?
    package var chargesPaused: Bool?
    package var messagesPaused: Bool?

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
