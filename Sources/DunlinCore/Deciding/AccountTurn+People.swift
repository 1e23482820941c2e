// What is heard of and from the people behind an account.

extension AccountTurn {
    mutating func takePeople(
        _ fact: IntakeFacts.Fact, of facts: IntakeFacts
    ) -> CommandAnswer {
        let answer: CommandAnswer =
            switch fact {
            case .consentChanged(let change): self.change(consent: change, at: facts.occurredAt)
            case .messageReplied(let channel, let meaning):
                self.replied(on: channel, meaning, at: facts.occurredAt)
            case .messageReceipt(let receipt): self.received(receipt, at: facts.occurredAt)
            case .upcomingCharge(let charge): self.announced(charge)
            case .upcomingChargeCanceled(let id): self.calledOff(id)
            case .accountFlagged(let change): self.flag(change)
            case .paymentFailed, .paymentSucceeded, .paymentMethodUpdated, .paymentMethodRemoved,
                .subscriptionCanceled, .obligationVoided, .externalAttempt, .profileUpdated,
                .paymentPending, .noticed:
                .ignored(.older)
            }
        return answer
    }

    // MARK: Consent

    private mutating func change(
        consent change: ConsentChange, at occurredAt: Timestamp
    ) -> CommandAnswer {
        let known = self.state.outreach.first?.consent(change.channel, change.purpose)
        if let known, known.at > occurredAt { return .ignored(.older) }
        if let known, known.at == occurredAt, known.isGranted == change.isGranted {
            return .repeated
        }
        self.record(change, at: occurredAt, isByReply: false)
        self.replanReach()
        return .accepted
    }

    private mutating func record(
        _ change: ConsentChange, at occurredAt: Timestamp, isByReply: Bool
    ) {
        self.emit(
            .consentChanged(
                ConsentChanged(
                    consent: Consent(
                        channel: change.channel, purpose: change.purpose,
                        isGranted: change.isGranted, at: occurredAt, source: change.source),
                    isByReply: isByReply)))
    }

    /// A telephone number is one: who stops the texts stops the calls, too.
    private static func channels(with channel: Channel) -> [Channel] {
        channel.isTelephone ? [.sms, .voice] : [channel]
    }

    private mutating func replied(
        on channel: Channel, _ meaning: ReplyMeaning, at occurredAt: Timestamp
    ) -> CommandAnswer {
        self.emit(.replyNoted(ReplyNoted(channel: channel, meaning: meaning)))
        if meaning.revokes {
            let wasWanted =
                self.state.outreach.first?.consent(channel, .transactional)?.isGranted != false
            for revoked in Self.channels(with: channel) {
                for purpose in MessagePurpose.allCases {
                    self.answer(revoked, purpose, isGranted: false, at: occurredAt)
                }
            }
            if wasWanted { self.confirmStop(on: channel) }
        } else if meaning == .start {
            self.answer(channel, .transactional, isGranted: true, at: occurredAt)
        }
        if meaning.asksToCancel, !self.state.flags.contains(.wantsToCancel) {
            _ = self.flag(
                FlagChange(
                    flag: .wantsToCancel, isSet: true, reason: "reply by \(channel.name)"))
        }
        self.replanReach()
        return .accepted
    }

    private mutating func answer(
        _ channel: Channel, _ purpose: MessagePurpose, isGranted: Bool, at occurredAt: Timestamp
    ) {
        let known = self.state.outreach.first?.consent(channel, purpose)
        if let known, known.at > occurredAt || known.isGranted == isGranted { return }
        self.record(
            ConsentChange(
                channel: channel, purpose: purpose, isGranted: isGranted, source: "reply"),
            at: occurredAt, isByReply: true)
    }

    /// One text that says that no more will come, while the hours allow it; never a second one.
    private mutating func confirmStop(on channel: Channel) {
        guard channel == .sms, !self.isObserving, !self.state.flags.stopMessages,
            !self.context.tenant.messagesPaused,
            self.context.tenant.channels.contains(channel),
            self.state.profile.contact(for: channel) != nil
        else { return }
        let bundle = self.context.current
        let whereabouts = bundle.hours.whereabouts(
            of: self.state.profile, tenantZone: self.context.tenant.zone, bundle.zones)
        let (hours, rules) = bundle.hours.sendHours(
            for: channel, at: self.now, in: whereabouts, bundle.zones)
        guard hours.first(from: self.now) == self.now else { return }
        self.emit(
            .noticeIntended(
                NoticeIntended(
                    subject: NoticeSubject(kind: .optOut), step: 0, name: "opt-out-confirmed",
                    template: Self.optOutTemplate, channel: channel,
                    permit: SendPermit(
                        version: bundle.hours.version, rules: rules, zones: whereabouts.zones),
                    stepsDone: 0,
                    nextAt: self.state.outreach.first?.noticeAt ?? Timestamp(ms: 0))))
    }

    /// The template that confirms a STOP.
    static let optOutTemplate = "opt_out_confirmed"

    // MARK: Receipts

    private mutating func received(
        _ receipt: MessageReceipt, at occurredAt: Timestamp
    ) -> CommandAnswer {
        let hash = receipt.reference.isEmpty ? 0 : FNV1a64.hash(receipt.reference)
        let touch = self.state.outreach.first?.touches.last {
            $0.channel == receipt.channel && (hash == 0 || $0.referenceHash == hash)
                && $0.outcome != .refused
        }
        switch receipt.kind {
        case .opened, .clicked:
            guard let touch else { return .ignored(.older) }
            guard touch.seenAt.ms == 0 else { return .repeated }
        case .bounced, .complained:
            let isDead = self.state.profile.contacts.contains {
                $0.channel == receipt.channel && !$0.isReachable
            }
            // Of several messages to a dead address each may still come back.
            let isAnother = hash != 0 && touch?.outcome == .accepted && receipt.kind == .bounced
            if isDead, !isAnother { return .repeated }
        case .softBounced: break
        }
        self.emit(
            .receiptNoted(
                ReceiptNoted(
                    kind: receipt.kind, channel: receipt.channel, effect: touch?.effect ?? .none,
                    occurredAt: occurredAt)))
        if receipt.kind == .bounced, let touch { self.debitNoticeBounced(touch) }
        self.replanReach()
        return .accepted
    }

    /// Who can be reached, or where, changed: messages and losses are planned anew.
    mutating func replanReach() {
        for dunningCase in self.state.cases where dunningCase.isOpen {
            if dunningCase.plan.attemptReason == .untold {
                self.planUntoldDebit(ofCase: dunningCase)
                continue
            }
            guard self.context.pinned(dunningCase)?.messages.isEmpty == false else { continue }
            self.replanTouches(dunningCase.number)
        }
        if self.context.currentPolicy?.looksAhead == true { self.planAhead() }
    }

    // MARK: Flags

    private mutating func flag(_ change: FlagChange) -> CommandAnswer {
        guard self.state.flags.contains(change.flag) != change.isSet else { return .repeated }
        self.emit(
            .accountFlagged(
                AccountFlagged(flag: change.flag, isSet: change.isSet, reason: change.reason)),
            announced: change.flag.needsOperator)
        let isListed = self.state.flags.needOperator
        for dunningCase in self.state.cases where dunningCase.isOpen {
            var changed = dunningCase
            if isListed { changed.flags.insert(.flagged) } else { changed.flags.remove(.flagged) }
            let update =
                change.flag == .wantsToCancel
                ? self.update(of: changed)
                : self.replanned(&changed, .ladder(fromRung: changed.rung))
            self.emit(.caseUpdated(CaseUpdated(update: update, reason: .flagged)))
            if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
        }
        if self.context.currentPolicy?.looksAhead == true { self.planAhead() }
        return .accepted
    }
}
