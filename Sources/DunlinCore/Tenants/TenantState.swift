/// What the journal knows about a tenant. Only ``evolve(_:at:position:)`` changes it.
package struct TenantState: Hashable, Sendable {
    /// `nil` until it was switched: the configuration decides.
    package var mode: TenantSettings.Mode?
    package var chargesPaused: Bool
    package var messagesPaused: Bool
    /// Time of the last event.
    package var lastAt: Timestamp
    /// The tenant's newest record.
    package var lastRecord: RecordPosition

    package init(
        mode: TenantSettings.Mode? = nil, chargesPaused: Bool = false, messagesPaused: Bool = false,
        lastAt: Timestamp = Timestamp(ms: 0), lastRecord: RecordPosition = .none
    ) {
        self.mode = mode
        self.chargesPaused = chargesPaused
        self.messagesPaused = messagesPaused
        self.lastAt = lastAt
        self.lastRecord = lastRecord
    }

    /// Applies one recorded event. Total. Level 1.
    package mutating func evolve(
        _ event: TenantEvent, at instant: Timestamp, position: RecordPosition
    ) {
        if instant > self.lastAt { self.lastAt = instant }
        self.lastRecord = position
        switch event {
        case .switched(let switched):
            self.mode = switched.mode ?? self.mode
            self.chargesPaused = switched.chargesPaused ?? self.chargesPaused
            self.messagesPaused = switched.messagesPaused ?? self.messagesPaused
        }
    }
}
