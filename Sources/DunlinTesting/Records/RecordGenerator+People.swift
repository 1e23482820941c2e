package import DunlinCore

extension RecordGenerator {
    package mutating func outreach() -> Outreach {
        var drawn = Outreach()
        drawn.flags = AccountFlags(rawValue: UInt16(truncatingIfNeeded: self.random.next()))
        drawn.consents = self.list(atMost: 4) { $0.consent() }
        drawn.touches = self.list(atMost: 5) { $0.touch() }
        drawn.upcoming = self.list(atMost: 3) { $0.upcomingCharge() }
        if self.flag() {
            drawn.expiry = ExpiryNotices(
                method: self.number(), expiryMonth: self.number(), stepsDone: self.wide())
        }
        drawn.noticeAt = self.instant()
        return drawn
    }

    package mutating func place() -> ContactHours.Place {
        guard self.flag() else { return .unknown }
        return ContactHours.Place(
            country: self.text(), region: self.text(), zones: self.list(atMost: 3) { $0.text() })
    }

    package mutating func consent() -> Consent {
        Consent(
            channel: self.one(of: Channel.self), purpose: self.one(of: MessagePurpose.self),
            isGranted: self.flag(), at: self.instant(), source: self.text())
    }

    package mutating func touch() -> Touch {
        Touch(
            at: self.instant(), channel: self.one(of: Channel.self), caseNumber: self.number(),
            step: self.number(), effect: self.position(), outcome: self.one(of: Touch.Outcome.self),
            referenceHash: self.wide(), seenAt: self.instant())
    }

    package mutating func upcomingCharge() -> UpcomingCharge {
        UpcomingCharge(
            id: self.text(), subscription: self.text(), amountMinor: self.amount(),
            currency: self.currency(), dueAt: self.instant(), stepsDone: self.wide())
    }

    package mutating func sendPermit() -> SendPermit {
        guard self.flag() else { return SendPermit() }
        return SendPermit(
            version: self.number(), rules: self.list(atMost: 4) { $0.number() },
            zones: self.list(atMost: 3) { $0.text() }, capUsed: self.number(),
            capMax: self.number(), hasConsent: self.flag(),
            passed: self.list(atMost: 3) { $0.passedChannel() })
    }

    package mutating func passedChannel() -> PassedChannel {
        PassedChannel(
            channel: self.one(of: Channel.self), reason: self.one(of: MessageSkipped.Reason.self))
    }

    package mutating func subject() -> NoticeSubject {
        NoticeSubject(
            kind: self.one(of: NoticeSubject.Kind.self), method: self.number(),
            expiryMonth: self.number(), charge: self.maybe { $0.upcomingCharge() })
    }

    /// An event around messages; `nil` for other kinds.
    mutating func peopleEvent(of kind: EventKind) -> AccountEvent? {
        switch kind {
        case .consentChanged:
            .consentChanged(ConsentChanged(consent: self.consent(), isByReply: self.flag()))
        case .accountFlagged:
            .accountFlagged(
                AccountFlagged(
                    flag: self.one(of: AccountFlag.self), isSet: self.flag(), reason: self.text()))
        case .receiptNoted:
            .receiptNoted(
                ReceiptNoted(
                    kind: self.one(of: MessageReceipt.Kind.self),
                    channel: self.one(of: Channel.self), effect: self.position(),
                    occurredAt: self.instant()))
        case .replyNoted:
            .replyNoted(
                ReplyNoted(
                    channel: self.one(of: Channel.self), meaning: self.one(of: ReplyMeaning.self)))
        case .upcomingChargeNoted:
            .upcomingChargeNoted(
                UpcomingChargeNoted(charge: self.upcomingCharge(), isCanceled: self.flag()))
        case .noticePlanned: .noticePlanned(NoticePlanned(at: self.instant()))
        case .noticeIntended:
            .noticeIntended(
                NoticeIntended(
                    subject: self.subject(), step: self.number(), name: self.text(),
                    template: self.text(), channel: self.one(of: Channel.self),
                    permit: self.sendPermit(), stepsDone: self.wide(), nextAt: self.instant()))
        case .noticeSkipped:
            .noticeSkipped(
                NoticeSkipped(
                    subject: self.subject(), step: self.number(), name: self.text(),
                    reason: self.one(of: MessageSkipped.Reason.self), stepsDone: self.wide(),
                    nextAt: self.instant()))
        default: nil
        }
    }
}
