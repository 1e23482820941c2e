import DunlinCore

/// What a simulated world says to a charge: a pure function of the order.
///
/// The simulated gateway asks it where its behaviour is `world`; the machinery around the answer
/// (keys, ledger, lost answers) stays the gateway's.
package protocol ChargeOracle: Sendable {
    /// Answers `nil` for an order that is not of this world.
    func verdict(on order: ChargeOrder) -> ChargeVerdict?
}

/// The world's word on a charge.
package enum ChargeVerdict: Hashable, Sendable {
    case approved
    /// With the gateway's code.
    case declined(String)
}
