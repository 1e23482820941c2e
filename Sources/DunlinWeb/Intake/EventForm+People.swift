import DunlinCore

extension EventForm {
    /// Facts about the people behind the account: consent, replies, receipts, what lies ahead,
    /// flags.
    mutating func peopleFact(_ kind: EventJSON.Kind) -> IntakeFacts.Fact? {
        switch kind {
        case .consentChanged: self.consent().map { .consentChanged($0) }
        case .messageReplied: self.reply()
        case .messageOpened: self.receipt(.opened).map { .messageReceipt($0) }
        case .messageClicked: self.receipt(.clicked).map { .messageReceipt($0) }
        case .messageBounced:
            self.receipt(self.fields.flag("hard") ?? true ? .bounced : .softBounced)
                .map { .messageReceipt($0) }
        case .messageComplained: self.receipt(.complained).map { .messageReceipt($0) }
        case .upcomingCharge: self.upcomingCharge().map { .upcomingCharge($0) }
        case .upcomingChargeCanceled:
            self.fields.id("upcoming_id", required: true).map { .upcomingChargeCanceled(id: $0) }
        case .accountFlagged: self.flagChange().map { .accountFlagged($0) }
        case .paymentFailed, .paymentSucceeded, .paymentMethodUpdated, .paymentMethodRemoved,
            .subscriptionCanceled, .obligationVoided, .externalAttempt, .profileUpdated,
            .paymentPending,
            .fundsAvailable, .paymentRefunded, .paymentDisputed, .disputeWon, .disputeLost,
            .paymentReturned, .promiseMade, .snoozed:
            nil
        }
    }

    /// One of a set of named values; `nil` after a problem when it is none.
    private mutating func choice<Value>(
        _ name: String, of names: [String], required: Bool, _ read: (String) -> Value?
    ) -> Value? {
        guard let text = self.fields.text(name, bytesMax: 64, required: required) else {
            return nil
        }
        if let value = read(text) { return value }
        self.fields.refuse(
            name, .malformed, "\(name) is one of \(names.joined(separator: ", ")).")
        return nil
    }

    private mutating func channel(required: Bool) -> Channel? {
        self.choice(
            "channel", of: Channel.allCases.map(\.name), required: required, Channel.init(name:))
    }

    private mutating func consent() -> ConsentChange? {
        let channel = self.channel(required: true)
        let problems = self.fields.problems.count
        let purpose =
            self.choice(
                "purpose", of: MessagePurpose.allCases.map(\.name), required: false,
                MessagePurpose.init(name:)) ?? .transactional
        let granted = self.fields.flag("granted")
        if granted == nil, self.fields.problems.count == problems {
            self.fields.isMissing("granted")
        }
        let source = self.fields.text("source", bytesMax: Consent.sourceBytesMax) ?? ""
        guard let channel, let granted else { return nil }
        return ConsentChange(
            channel: channel, purpose: purpose, isGranted: granted,
            source: self.fields.masked(source, "source"))
    }

    /// The text is read for its meaning and then forgotten.
    private mutating func reply() -> IntakeFacts.Fact? {
        let channel = self.channel(required: true)
        let text = self.fields.text("text", bytesMax: EventLimits.replyBytesMax, required: true)
        guard let channel, let text else { return nil }
        return .messageReplied(channel, ReplyMeaning(text: text))
    }

    private mutating func receipt(_ kind: MessageReceipt.Kind) -> MessageReceipt? {
        let channel = self.channel(required: false) ?? .email
        let reference = self.fields.id("message_id") ?? ""
        return MessageReceipt(kind: kind, channel: channel, reference: reference)
    }

    private mutating func upcomingCharge() -> UpcomingCharge? {
        let id = self.fields.id("upcoming_id", required: true)
        let subscription = self.fields.id("subscription_id") ?? ""
        let amount = self.amount(required: true)
        let currency = self.currency()
        let dueAt = self.fields.instant("due_at", required: true)
        guard let id, let amount, let currency, let dueAt else { return nil }
        return UpcomingCharge(
            id: id, subscription: subscription, amountMinor: amount, currency: currency,
            dueAt: dueAt)
    }

    private mutating func flagChange() -> FlagChange? {
        let flag = self.choice(
            "flag", of: AccountFlag.allCases.map(\.name), required: true, AccountFlag.init(name:))
        let isSet = self.fields.flag("set") ?? true
        let reason = self.fields.text("reason", bytesMax: FlagChange.reasonBytesMax) ?? ""
        return flag.map {
            FlagChange(flag: $0, isSet: isSet, reason: self.fields.masked(reason, "reason"))
        }
    }
}
