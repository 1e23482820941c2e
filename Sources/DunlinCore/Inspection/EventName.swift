extension AccountEvent {
    /// The event's name as JSON and metrics spell it: `case_opened`. Never changes its meaning.
    package var name: String {
        switch self {
        case .caseOpened: "case_opened"
        case .attemptIntended: "attempt_intended"
        case .attemptSettled: "attempt_settled"
        case .attemptWithheld: "attempt_withheld"
        case .lookUpIntended: "look_up_intended"
        case .attemptReported: "attempt_reported"
        case .paymentRecorded: "payment_recorded"
        case .caseUpdated: "case_updated"
        case .caseClosed: "case_closed"
        case .methodRecorded: "method_recorded"
        case .methodRemoved: "method_removed"
        case .profileChanged: "profile_changed"
        case .messageIntended: "message_intended"
        case .messageSettled: "message_settled"
        case .messageSkipped: "message_skipped"
        case .accessChanged: "access_changed"
        case .endActionIntended: "end_action_intended"
        case .effectSettled: "effect_settled"
        case .keyCreated: "key_created"
        case .keyDestroyed: "key_destroyed"
        case .intakeNoted: "intake_noted"
        }
    }

    /// The case's phase, plan and flags after the event; `nil` when it touches none or changes none.
    package var update: CaseUpdate? {
        switch self {
        case .caseOpened(let event): event.update
        case .attemptSettled(let event): event.update
        case .attemptWithheld(let update): update
        case .attemptReported(let event): event.update
        case .paymentRecorded(let event): event.update
        case .caseUpdated(let event): event.update
        case .caseClosed(let event): event.update
        case .messageIntended(let event): event.update
        case .messageSettled(let event): event.update
        case .messageSkipped(let event): event.update
        case .accessChanged(let event): event.update
        case .attemptIntended, .lookUpIntended, .methodRecorded, .methodRemoved, .profileChanged,
            .endActionIntended, .effectSettled, .keyCreated, .keyDestroyed, .intakeNoted:
            nil
        }
    }

    /// The case that the event belongs to; `nil` when it belongs to none.
    package var caseNumber: UInt32? {
        switch self {
        case .attemptIntended(let event): event.caseNumber
        case .lookUpIntended(let event): event.caseNumber
        case .endActionIntended(let event): event.caseNumber
        default: self.update?.caseNumber
        }
    }
}
