import DunlinCore
import DunlinPorts

/// An effect that a turn listed, ready to be performed after its commit.
enum EffectTask: Sendable {
    /// The order is built in the turn that intended it, while the state is at hand.
    /// `turn` tells whether anything happened to the account since.
    case charge(caseNumber: UInt32, attempt: UInt32, order: ChargeOrder, turn: UInt32)
    /// A charge of before a restart: it may have been sent, so it is asked about first.
    case resumedCharge(PendingEffect)
    case lookUp(PendingEffect)
    case message(PendingEffect)
    case announcement(PendingEffect)
    case endAction(PendingEffect)
}
