import DunlinCore

/// One message that left.
struct SentMessage: Equatable {
    var at: Timestamp
    var channel: Channel
    var name: String
    var template: String
    var caseNumber: UInt32
}

extension AccountBench {
    /// A bench with every channel, a customer who can be reached on each, and no access timeline.
    static func messaging(
        _ steps: [MessageStep], sending: SendingRules = SendingRules(), ladder: [Int64] = [1, 3, 5]
    ) -> AccountBench {
        var bench = AccountBench()
        bench.policy = Self.ladder(ladder)
        bench.policy.name = "talking"
        bench.policy.messages = steps
        bench.policy.sending = sending
        bench.policy.ending = Ending(afterMs: 28 * Milliseconds.day)
        bench.channels = ChannelSet(Channel.allCases)
        bench.now = Self.start.advanced(byMs: 10 * Milliseconds.hour)
        return bench
    }

    static let reachable = ProfileChange(
        contacts: [Channel.email, .sms, .voice, .push, .postal].map {
            SealedContact(channel: $0, sealed: [1, 2, 3])
        })

    /// Every message in the order in which they were intended.
    var sent: [SentMessage] {
        self.log.compactMap { record in
            switch record.event {
            case .messageIntended(let message):
                SentMessage(
                    at: record.at, channel: message.channel, name: message.name,
                    template: message.template, caseNumber: message.update.caseNumber)
            case .noticeIntended(let notice):
                SentMessage(
                    at: record.at, channel: notice.channel, name: notice.name,
                    template: notice.template, caseNumber: 0)
            default: nil
            }
        }
    }

    var skipped: [(name: String, reason: MessageSkipped.Reason)] {
        self.log.compactMap { record in
            switch record.event {
            case .messageSkipped(let message): (message.name, message.reason)
            case .noticeSkipped(let notice): (notice.name, notice.reason)
            default: nil
            }
        }
    }

    /// Answers every message on its way.
    mutating func answerMessages(
        _ outcome: (Touch?) -> EffectOutcome = { _ in .done(reference: "m") }
    ) {
        for effect in self.state.effects where effect.kind == .message || effect.kind == .notice {
            let touch = self.state.touch(of: effect.id)
            self.give(.effectAnswered(id: effect.id, outcome: outcome(touch)))
        }
    }

    /// Moves the clock from due instant to due instant; messages are accepted, charges declined.
    mutating func live(
        days: Int64, charges: AttemptOutcome? = Self.declined, acceptsMessages: Bool = true
    ) {
        let end = self.now.advanced(byMs: days * Milliseconds.day)
        var turns = 0
        while let due = self.state.dueAt, due <= end, turns < 2000 {
            turns += 1
            self.now = max(self.now, due)
            let before = self.state
            self.give(.timer(realNow: self.now))
            if let charges { self.settle(charges) }
            if acceptsMessages { self.answerMessages() }
            guard self.state != before else { break }
        }
        self.now = end
    }

    @discardableResult
    mutating func hear(
        _ fact: IntakeFacts.Fact, event: String = "", profile: ProfileChange? = nil,
        method: MethodChange? = nil
    ) -> CommandAnswer {
        self.give(
            .intake(
                IntakeFacts(
                    eventID: event, occurredAt: self.now, fact: fact, profile: profile,
                    method: method)))
    }

    /// When, counted from the bench's first instant, in hours.
    func hours(_ instant: Timestamp) -> Int64 {
        (instant.ms - Self.start.ms) / Milliseconds.hour
    }
}

extension MessageStep {
    static func step(
        _ name: String, _ trigger: Trigger, channels: [Channel] = [.email],
        onlyFor: [DeclineClass] = [], purpose: MessagePurpose = .transactional,
        window: Range<Int64> = 0..<1440
    ) -> MessageStep {
        MessageStep(
            name: name, channels: channels, template: "template_\(name)", trigger: trigger,
            onlyFor: onlyFor, windowMinutes: window, purpose: purpose)
    }
}

extension MessageStep.Trigger {
    static func days(_ days: Int64) -> MessageStep.Trigger {
        .afterOpen(ms: days * Milliseconds.day)
    }
}
