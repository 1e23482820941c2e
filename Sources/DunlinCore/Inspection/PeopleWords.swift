// What the events around messages mean, for operators. Never parsed, free to change.

extension SendPermit {
    /// After the channel: which hours were kept, on which clocks, and what was passed over.
    package var words: String {
        var parts: [String] = []
        if !self.zones.isEmpty {
            let rules =
                self.rules.isEmpty
                ? "" : " by rules \(self.rules.map { "\($0)" }.joined(separator: ", "))"
            parts.append("allowed\(rules) on the clocks of \(self.zones.joined(separator: ", "))")
        }
        if self.capMax > 0 { parts.append("\(self.capUsed) of \(self.capMax) sent before") }
        parts += self.passed.map { "not by \($0.channel.name): \($0.reason.words)" }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }
}

extension AccountFlag {
    package var words: String {
        switch self {
        case .neverDun: "never dun: nothing is done"
        case .noRetry: "no retry: nothing is charged"
        case .noMessages: "no messages"
        case .overdueEnforcementOff: "access is not reduced and nothing ends"
        case .deceased: "deceased: everything stops"
        case .bankrupt: "bankrupt: everything stops"
        case .vulnerable: "vulnerable: everything stops"
        case .wantsToCancel: "a reply asked to cancel: a person must look"
        }
    }
}

extension MessageReceipt.Kind {
    package var words: String {
        switch self {
        case .opened: "opened"
        case .clicked: "clicked"
        case .bounced: "bounced: nothing goes to that address again"
        case .softBounced: "not delivered this time"
        case .complained: "called unwanted: nothing goes to that address again"
        }
    }
}

extension ReplyMeaning {
    package var words: String {
        switch self {
        case .other: "a reply that a person may read"
        case .stop: "a reply that says stop"
        case .start: "a reply that says start"
        case .cancel: "a reply that asks to cancel"
        case .stopAndCancel: "a reply that says cancel"
        }
    }
}

extension NoticeSubject {
    package var words: String {
        switch self.kind {
        case .expiry:
            "the card's expiry, \(self.expiryMonth / 12)-\(Self.twoDigits(self.expiryMonth % 12 + 1))"
        case .charge:
            self.charge.map { charge in
                "the charge of \(Money(minor: charge.amountMinor, currency: charge.currency)) on "
                    + "\(charge.dueAt)"
            } ?? "a charge"
        case .optOut: "the end of messages on this channel"
        }
    }

    private static func twoDigits(_ number: UInt32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

extension AccountEvent {
    /// Of the events around messages; empty for others.
    var peopleWords: String {
        switch self {
        case .consentChanged(let event):
            let consent = event.consent
            let verb = consent.isGranted ? "granted" : "revoked"
            let source = consent.source.isEmpty ? "" : ", known from \(consent.source)"
            return "consent \(verb): \(consent.purpose.name) messages by \(consent.channel.name)"
                + source
        case .accountFlagged(let event):
            let reason = event.reason.isEmpty ? "" : ": \(event.reason)"
            return event.isSet
                ? "flag set, \(event.flag.words)\(reason)"
                : "flag \(event.flag.name) cleared\(reason)"
        case .receiptNoted(let event): return "message by \(event.channel.name) \(event.kind.words)"
        case .replyNoted(let event): return "\(event.meaning.words), by \(event.channel.name)"
        case .upcomingChargeNoted(let event):
            let subject = NoticeSubject(kind: .charge, charge: event.charge)
            return "\(event.isCanceled ? "called off" : "announced"): \(subject.words)"
        case .noticePlanned(let event):
            return event.at.ms == 0
                ? "no message about what lies ahead is planned"
                : "next message about what lies ahead \(event.at)"
        case .noticeIntended(let event):
            return "message \(event.name) about \(event.subject.words) by \(event.channel.name)"
                + event.permit.words
        case .noticeSkipped(let event):
            return "message \(event.name) about \(event.subject.words) not sent: "
                + event.reason.words
        default: return ""
        }
    }
}
