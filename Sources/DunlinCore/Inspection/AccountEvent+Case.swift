extension AccountEvent {
    /// The case's phase, plan and flags after the event; `nil` when it touches none or changes none.
    package var update: CaseUpdate? {
        switch self {
        case .caseOpened(let event): event.update
        case .attemptSettled(let event): event.update
        case .attemptWithheld(let update): update
        case .attemptReported(let event): event.update
        case .paymentRecorded(let event): event.update
        case .debitPending(let event): event.update
        case .caseUpdated(let event): event.update
        case .caseClosed(let event): event.update
        case .messageIntended(let event): event.update
        case .messageSettled(let event): event.update
        case .messageSkipped(let event): event.update
        case .accessChanged(let event): event.update
        case .attemptIntended, .lookUpIntended, .methodRecorded, .methodRemoved, .profileChanged,
            .endActionIntended, .effectSettled, .keyCreated, .keyDestroyed, .intakeNoted,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted, .upcomingChargeNoted,
            .noticePlanned, .noticeIntended, .noticeSkipped, .budgetReportPosted, .budgetHeard:
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

extension AccountEvent {
    /// A refusal whose code no decline map knows: somebody should look it up.
    var bringsUnmappedDecline: Bool {
        switch self {
        case .caseOpened(let event): event.decline.declineClass == .unmapped
        case .attemptSettled(let event): event.decline?.declineClass == .unmapped
        case .attemptReported(let event): event.decline?.declineClass == .unmapped
        default: false
        }
    }
}
