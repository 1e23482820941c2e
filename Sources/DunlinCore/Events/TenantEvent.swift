/// What happened to a tenant's own switches.
package enum TenantEvent: Hashable, Sendable {
    case switched(TenantSwitched)

    package var kind: EventKind {
        switch self {
        case .switched: .tenantSwitched
        }
    }
}

/// Switches that were set; `nil` leaves a switch as it is.
package struct TenantSwitched: Hashable, Sendable {
    package var mode: TenantSettings.Mode?
    package var chargesPaused: Bool?
    package var messagesPaused: Bool?

    package init(
        mode: TenantSettings.Mode? = nil, chargesPaused: Bool? = nil, messagesPaused: Bool? = nil
    ) {
        self.mode = mode
        self.chargesPaused = chargesPaused
        self.messagesPaused = messagesPaused
    }
}
