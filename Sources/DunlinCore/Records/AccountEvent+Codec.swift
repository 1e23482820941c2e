// Which field of `dunlin.v1.Record` belongs to which event.

extension AccountEvent {
    /// The record takes more than 127 bytes more often than not.
    var isUsuallyLong: Bool {
        switch self {
        case .caseOpened, .attemptSettled, .attemptReported, .methodRecorded, .profileChanged,
            .messageIntended, .messageSettled, .noticeIntended, .noticeSkipped,
            .budgetReportPosted, .budgetHeard:
            true
        default: false
        }
    }

    /// Writes the event's sub-message; two events have none.
    func write(to out: inout ProtoWriter) {
        switch self {
        case .caseOpened(let event): out.putMessage(10, event)
        case .attemptIntended(let event): out.putMessage(11, event)
        case .attemptSettled(let event): out.putMessage(12, event)
        case .caseUpdated(let event): out.putMessage(13, event)
        case .messageIntended(let event): out.putMessage(14, event)
        case .messageSettled(let event): out.putMessage(15, event)
        case .attemptWithheld(let update): out.putMessage(16, update)
        case .lookUpIntended(let event): out.putMessage(17, event)
        case .attemptReported(let event): out.putMessage(18, event)
        case .paymentRecorded(let event): out.putMessage(19, event)
        case .caseClosed(let event): out.putMessage(20, event)
        case .methodRecorded(let method): out.putMessage(21, method)
        case .methodRemoved(let number): out.putMessage(22, NumberPart(number: number))
        case .profileChanged(let profile): out.putMessage(23, profile)
        case .messageSkipped(let event): out.putMessage(24, event)
        case .accessChanged(let event): out.putMessage(25, event)
        case .endActionIntended(let event): out.putMessage(26, event)
        case .effectSettled(let event): out.putMessage(27, event)
        case .intakeNoted(let event): out.putMessage(28, event)
        case .consentChanged(let event): out.putMessage(41, event)
        case .accountFlagged(let event): out.putMessage(42, event)
        case .receiptNoted(let event): out.putMessage(43, event)
        case .replyNoted(let event): out.putMessage(44, event)
        case .upcomingChargeNoted(let event): out.putMessage(45, event)
        case .noticePlanned(let event): out.putMessage(46, event)
        case .noticeIntended(let event): out.putMessage(47, event)
        case .noticeSkipped(let event): out.putMessage(48, event)
        case .debitPending(let event): out.putMessage(50, event)
        case .budgetReportPosted(let event): out.putMessage(60, event)
        case .budgetHeard(let event): out.putMessage(61, event)
        case .keyCreated, .keyDestroyed: break
        }
    }

    /// Reads the sub-message that `field` is.
    ///
    /// Answers `nil`, with nothing read, for a field of a newer level.
    init?(field: UInt32, from reader: inout ProtoReader) throws(RecordError) {
        switch field {
        case 10: self = .caseOpened(try reader.message())
        case 11: self = .attemptIntended(try reader.message())
        case 12: self = .attemptSettled(try reader.message())
        case 13: self = .caseUpdated(try reader.message())
        case 14: self = .messageIntended(try reader.message())
        case 15: self = .messageSettled(try reader.message())
        case 16: self = .attemptWithheld(try reader.message())
        case 17: self = .lookUpIntended(try reader.message())
        case 18: self = .attemptReported(try reader.message())
        case 19: self = .paymentRecorded(try reader.message())
        case 20: self = .caseClosed(try reader.message())
        case 21: self = .methodRecorded(try reader.message())
        case 22:
            let part: NumberPart = try reader.message()
            self = .methodRemoved(number: part.number)
        case 23: self = .profileChanged(try reader.message())
        case 24: self = .messageSkipped(try reader.message())
        case 25: self = .accessChanged(try reader.message())
        case 26: self = .endActionIntended(try reader.message())
        case 27: self = .effectSettled(try reader.message())
        case 28: self = .intakeNoted(try reader.message())
        case 41: self = .consentChanged(try reader.message())
        case 42: self = .accountFlagged(try reader.message())
        case 43: self = .receiptNoted(try reader.message())
        case 44: self = .replyNoted(try reader.message())
        case 45: self = .upcomingChargeNoted(try reader.message())
        case 46: self = .noticePlanned(try reader.message())
        case 47: self = .noticeIntended(try reader.message())
        case 48: self = .noticeSkipped(try reader.message())
        case 50: self = .debitPending(try reader.message())
        case 60: self = .budgetReportPosted(try reader.message())
        case 61: self = .budgetHeard(try reader.message())
        default: return nil
        }
    }
}
