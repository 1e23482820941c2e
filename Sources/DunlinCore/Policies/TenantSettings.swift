/// What a decision needs to know about the account's tenant.
package struct TenantSettings: Hashable, Sendable {
    package enum Mode: UInt8, Sendable {
        /// Decides and journals what it would do; charges and sends nothing. The default.
        case observe = 0
        case live = 1
    }

    package var name: String
    package var mode: Mode
    /// A webhook endpoint of the merchant's app is configured.
    package var announces: Bool
    /// The zone of customers whose own is not known. IANA name.
    package var zone: String
    /// A failure older than this starts its ladder now instead of when it happened. Milliseconds.
    package var lateMaxMs: Int64
    /// An operator stopped charges: nothing is charged, and nobody loses access meanwhile.
    package var chargesPaused = false
    /// An operator stopped messages.
    package var messagesPaused = false
    /// The gateway can be asked whether an issuer renewed a card.
    package var readsCards = false
    /// The gateway charges less than an invoice's whole amount.
    package var takesParts = true
    /// The gateway is in test mode, where all customers pay with a few cards: who has the same one
    /// is not the same person, and nothing is shared between accounts.
    package var usesTestCards = false
    /// Ids of this tenant may be long digits (Law 10).
    package var idsAreNumeric: Bool
    /// The kind of gateway that charges for it (`stripe`), for decline maps; empty when not known.
    package var gateway = ""
    /// Channels that have a provider.
    package var channels: ChannelSet = .email

    package init(
        name: String, mode: Mode = .observe, announces: Bool = false, zone: String = "UTC",
        lateMaxMs: Int64 = 24 * Milliseconds.hour, idsAreNumeric: Bool = false
    ) {
        self.name = name
        self.mode = mode
        self.announces = announces
        self.zone = zone
        self.lateMaxMs = lateMaxMs
        self.idsAreNumeric = idsAreNumeric
    }
}
