/// What a journal record says, without its details. Raw values are in records and never change.
///
/// 1…63 are of accounts, 64…79 of tenants, 80…95 of what accounts share, 96…127 of the shard
/// itself.
package enum EventKind: UInt8, Sendable, CaseIterable {
    case caseOpened = 1
    case attemptIntended = 2
    case attemptSettled = 3
    case attemptWithheld = 4
    case lookUpIntended = 5
    case attemptReported = 6
    case paymentRecorded = 7
    case caseUpdated = 8
    case caseClosed = 9
    case methodRecorded = 10
    case methodRemoved = 11
    case profileChanged = 12
    case messageIntended = 13
    case messageSettled = 14
    case messageSkipped = 15
    case accessChanged = 16
    case endActionIntended = 17
    case effectSettled = 18
    case keyCreated = 19
    case keyDestroyed = 20
    case intakeNoted = 21
    case debitPending = 40
    case consentChanged = 41
    case accountFlagged = 42
    case receiptNoted = 43
    case replyNoted = 44
    case upcomingChargeNoted = 45
    case noticePlanned = 46
    case noticeIntended = 47
    case noticeSkipped = 48
    case budgetReportPosted = 60
    case budgetHeard = 61
    case tenantSwitched = 64
    case budgetReportTaken = 80
    case budgetWordTaken = 81
    case bundleActivated = 96
    case levelRaised = 97
    case epochBegan = 98

    /// For the timeline, JSON and metrics: `caseOpened`.
    package var name: String { "\(self)" }
}

extension AccountEvent {
    package var kind: EventKind {
        switch self {
        case .caseOpened: .caseOpened
        case .attemptIntended: .attemptIntended
        case .attemptSettled: .attemptSettled
        case .attemptWithheld: .attemptWithheld
        case .lookUpIntended: .lookUpIntended
        case .attemptReported: .attemptReported
        case .paymentRecorded: .paymentRecorded
        case .caseUpdated: .caseUpdated
        case .caseClosed: .caseClosed
        case .methodRecorded: .methodRecorded
        case .methodRemoved: .methodRemoved
        case .profileChanged: .profileChanged
        case .messageIntended: .messageIntended
        case .messageSettled: .messageSettled
        case .messageSkipped: .messageSkipped
        case .accessChanged: .accessChanged
        case .endActionIntended: .endActionIntended
        case .effectSettled: .effectSettled
        case .keyCreated: .keyCreated
        case .keyDestroyed: .keyDestroyed
        case .intakeNoted: .intakeNoted
        case .debitPending: .debitPending
        case .consentChanged: .consentChanged
        case .accountFlagged: .accountFlagged
        case .receiptNoted: .receiptNoted
        case .replyNoted: .replyNoted
        case .upcomingChargeNoted: .upcomingChargeNoted
        case .noticePlanned: .noticePlanned
        case .noticeIntended: .noticeIntended
        case .noticeSkipped: .noticeSkipped
        case .budgetReportPosted: .budgetReportPosted
        case .budgetHeard: .budgetHeard
        }
    }
}
