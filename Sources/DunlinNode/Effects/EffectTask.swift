import DunlinCore
import DunlinPorts

/// An effect that a turn listed, ready to be performed after its commit.
enum EffectTask: Sendable {
    /// `turn` is ``Account/turns`` of the intent; tells whether anything happened since.
    case charge(caseNumber: UInt32, attempt: UInt32, turn: UInt32)
    /// A charge of before a restart: it may have been sent, so it is asked about first.
    case resumedCharge(PendingEffect)
    case lookUp(PendingEffect)
    case message(PendingEffect)
    case announcement(PendingEffect)
    case endAction(PendingEffect)
    case cardLookUp(PendingEffect)
    /// A message that needs no case.
    case notice(PendingEffect)
    case budgetReport(PendingEffect)
}

/// Whether a charge that was decided may leave, looked at right before the call.
enum Departure: Sendable {
    case leaves(ChargeOrder)
    case stays(AttemptOutcome.NotSentReason)
}

/// An effect of an account that waits for its commit.
struct OpenEffect: Sendable {
    let account: Account
    let task: EffectTask
}
