import DunlinCore
import DunlinPorts

/// An effect that a turn listed, ready to be performed after its commit.
enum EffectTask: Sendable {
    case charge(ChargeTask)
    /// A charge of before a restart: it may have been sent, so it is asked about first.
    case resumedCharge(PendingEffect)
    case lookUp(PendingEffect)
    case message(PendingEffect)
    case announcement(PendingEffect)
    case endAction(PendingEffect)
}

/// A charge that may leave after its commit. By reference, since it is handed on a lot.
final class ChargeTask: Sendable {
    let caseNumber: UInt32
    let attempt: UInt32
    /// Built in the turn that intended it, while the state is at hand.
    let order: ChargeOrder
    /// ``Account/turns`` of the intent; tells whether anything happened to the account since.
    let turn: UInt32

    init(caseNumber: UInt32, attempt: UInt32, order: ChargeOrder, turn: UInt32) {
        self.caseNumber = caseNumber
        self.attempt = attempt
        self.order = order
        self.turn = turn
    }
}

/// An effect of an account that waits for its commit.
struct OpenEffect: Sendable {
    let account: Account
    let task: EffectTask
}
