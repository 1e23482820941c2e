import DunlinCore
import DunlinPorts

/// What an announcement is about: the `type` that a merchant's app switches on.
enum WebhookType: String, CaseIterable {
    case caseOpened = "case.opened"
    case caseUpdated = "case.updated"
    case caseRecovered = "case.recovered"
    case casePartiallyRecovered = "case.partially_recovered"
    case caseExhausted = "case.exhausted"
    case caseCancelled = "case.cancelled"
    case caseWrittenOff = "case.written_off"
    case caseFrozen = "case.frozen"
    case attemptSettled = "attempt.settled"
    case attemptReported = "attempt.reported"
    case paymentRecorded = "payment.recorded"
    case foreignRetriesDetected = "foreign_retries.detected"
    case accessChanged = "access.changed"
    case messageSettled = "message.settled"
    case endActionDone = "end_action.done"
    case endActionRefused = "end_action.refused"
    case endActionFailed = "end_action.failed"
    /// The billing system has no such action: the merchant's app is to do it.
    case endActionRequested = "end_action.requested"
    /// Anything that has no name of its own yet.
    case accountUpdated = "account.updated"

    init(_ announcement: Announcement) {
        switch announcement.record.event {
        case .caseOpened: self = .caseOpened
        case .caseUpdated: self = .caseUpdated
        case .attemptSettled(let settled):
            self = Self.closing(settled.update.phase, announcement) ?? .attemptSettled
        case .attemptReported(let reported):
            let closing = reported.update.flatMap { Self.closing($0.phase, announcement) }
            self =
                reported.warnsOfForeignRetries
                ? .foreignRetriesDetected : closing ?? .attemptReported
        case .paymentRecorded(let payment):
            let closing = payment.update.flatMap { Self.closing($0.phase, announcement) }
            self = closing ?? .paymentRecorded
        case .caseClosed(let closed):
            self = Self.closed(closed.update.phase) ?? .caseUpdated
        case .accessChanged: self = .accessChanged
        case .messageSettled: self = .messageSettled
        case .effectSettled(let settled) where settled.kind == .endAction:
            switch settled.verdict {
            case .done:
                let isRequested = settled.reference == EndActionOrder.requested
                self = isRequested ? .endActionRequested : .endActionDone
            case .refused: self = .endActionRefused
            case .failed: self = .endActionFailed
            }
        case .debitPending: self = .caseUpdated
        case .effectSettled, .attemptIntended, .attemptWithheld, .lookUpIntended, .methodRecorded,
            .methodRemoved, .profileChanged, .messageIntended, .messageSkipped,
            .endActionIntended, .keyCreated, .keyDestroyed, .intakeNoted,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted,
            .upcomingChargeNoted, .noticePlanned, .noticeIntended, .noticeSkipped,
            .budgetReportPosted, .budgetHeard:
            self = .accountUpdated
        }
    }

    /// The type of the record that closed the case; `nil` for one that came after the closing.
    private static func closing(_ phase: CasePhase, _ announcement: Announcement) -> WebhookType? {
        if let closedAt = announcement.dunningCase?.closedAt, closedAt != announcement.record.at {
            return nil
        }
        return self.closed(phase)
    }

    private static func closed(_ phase: CasePhase) -> WebhookType? {
        switch phase {
        case .recovered: .caseRecovered
        case .partiallyRecovered: .casePartiallyRecovered
        case .exhausted: .caseExhausted
        case .cancelled: .caseCancelled
        case .writtenOff: .caseWrittenOff
        case .frozen: .caseFrozen
        case .retrying, .waitingCustomer, .waitingNetwork: nil
        }
    }
}
