/// Why each message that a case still has goes when it goes, on that channel, or not at all.
struct MessageReasons {
    /// One rule about a message that can be taken away.
    private enum Lift: Hashable {
        case hours(UInt32)
        case stepWindow
        case channelWindow(Channel)
        case cap(Int)
        case given
        case silence
        case sequence
        case flags
        case consent(Channel)
        case suppression(Channel)
        case contact(Channel)
        case provider(Channel)
        case refusal(Channel)
        /// What other accounts have learnt of the address.
        case shared(Channel)

        /// The channel that the rule closes whole; `nil` for rules about time.
        var closes: Channel? {
            switch self {
            case .consent(let channel), .suppression(let channel), .contact(let channel),
                .provider(let channel), .refusal(let channel), .shared(let channel):
                channel
            default: nil
            }
        }
    }

    /// A step with what it is asked under.
    private struct World {
        var base: LiftedCase
        var context: DecisionContext
        let number: Int
        let whereabouts: Whereabouts
        /// Neither a snooze nor a promise holds it.
        var isGiven = false

        var step: MessageStep { self.base.policy.messages[self.number] }

        private var turn: AccountTurn {
            AccountTurn(
                asking: self.base.state, account: self.base.account, context: self.context,
                at: self.base.now)
        }

        /// When the policy wants it; `nil` while nothing says so.
        var wanted: Timestamp? {
            self.turn.instant(
                of: self.step.trigger, self.base.dunningCase, policy: self.base.pinned)
        }

        var applies: Bool {
            self.turn.applies(
                MessageStep.Timing(self.step, number: self.number), to: self.base.dunningCase,
                self.base.pinned)
        }

        var heldUntil: Timestamp {
            self.isGiven ? Timestamp(ms: 0) : self.base.dunningCase.holdsUntil
        }

        /// The way of the message from `from` on; `nil` while the step is not meant.
        func choice(from: Timestamp) -> AccountTurn.TouchChoice? {
            guard self.applies, !self.base.state.flags.stopMessages else { return nil }
            let wish = AccountTurn.TouchWish(
                step: self.step, number: UInt32(self.number),
                caseNumber: self.base.dunningCase.number, from: max(from, self.heldUntil))
            return self.turn.choose(
                wish, self.base.policy.sending, self.base.bundle, whereabouts: self.whereabouts)
        }
    }

    private let base: LiftedCase

    init(_ base: LiftedCase) {
        self.base = base
    }

    var slots: [PlannedSlot] {
        let turn = self.base.turn
        let whereabouts = turn.whereabouts(self.base.bundle)
        return self.base.policy.messages.indices.compactMap { number in
            guard self.base.dunningCase.stepsDone & 1 << UInt64(number) == 0 else { return nil }
            let world = World(
                base: self.base, context: self.base.context, number: number,
                whereabouts: whereabouts)
            return self.slot(world)
        }
    }

    private func slot(_ world: World) -> PlannedSlot? {
        let step = world.step
        let declineClass = self.base.dunningCase.decline.declineClass
        guard !step.isAhead, step.onlyFor.isEmpty || step.onlyFor.contains(declineClass),
            let wanted = world.wanted
        else { return nil }
        let from = max(wanted, self.base.now)
        let choice = world.choice(from: from)
        var at = choice?.at ?? Timestamp(ms: 0)
        var reasons: [SlotReason] = []
        if let shared = self.sharedReason(number: world.number, at: at) {
            at = max(at, shared.freesAt)
            reasons.append(shared)
        }
        if wanted > self.base.now {
            reasons.append(
                SlotReason(
                    rule: .trigger, name: "messages.\(step.name)",
                    version: self.base.policyVersion,
                    words: "the policy wants it at \(wanted)", freesAt: wanted,
                    withoutAt: world.choice(from: self.base.now)?.at ?? Timestamp(ms: 0)))
        }
        reasons += self.base.switches(pausing: \.messagesPaused, "pause messages", at: at)
        for lift in self.lifts(world, choice) {
            if let reason = self.reason(lift, world, from: from, at: choice?.at ?? at) {
                reasons.append(reason)
            }
        }
        return PlannedSlot(
            kind: .message, caseNumber: self.base.dunningCase.number, name: step.name, at: at,
            words: self.words(choice, step), reasons: reasons)
    }

    private func words(_ choice: AccountTurn.TouchChoice?, _ step: MessageStep) -> String {
        switch choice {
        case .send(let channel, _, _): "by \(channel.name)"
        case .nobody(let reason, _): reason.words
        case nil: "it is not meant for the case as it stands"
        }
    }

    // MARK: Rules

    private func lifts(_ world: World, _ choice: AccountTurn.TouchChoice?) -> [Lift] {
        var lifts: [Lift] = []
        let sending = self.base.policy.sending
        if self.base.state.flags.stopMessages { lifts.append(.flags) }
        if world.heldUntil > self.base.now { lifts.append(.given) }
        if sending.silentTries > 0 { lifts.append(.silence) }
        if sending.oneSequence { lifts.append(.sequence) }
        for channel in self.asked(world, choice) {
            lifts += [
                .provider(channel), .contact(channel), .suppression(channel), .consent(channel),
                .refusal(channel),
            ]
            if self.sharePlace(channel) != nil { lifts.append(.shared(channel)) }
            if sending.windows[channel] != nil { lifts.append(.channelWindow(channel)) }
            for row in self.base.bundle.hours.rows(
                for: channel, at: self.base.now, in: world.whereabouts)
            where !lifts.contains(.hours(row.number)) { lifts.append(.hours(row.number)) }
        }
        lifts.append(.stepWindow)
        lifts += sending.caps.indices.map { Lift.cap($0) }
        return lifts
    }

    /// The channels that were asked: up to the one that is used.
    private func asked(_ world: World, _ choice: AccountTurn.TouchChoice?) -> [Channel] {
        guard case .send(let channel, _, _) = choice,
            let index = world.step.channels.firstIndex(of: channel)
        else { return world.step.channels }
        return Array(world.step.channels[...index])
    }

    private func reason(
        _ lift: Lift, _ world: World, from: Timestamp, at: Timestamp
    ) -> SlotReason? {
        let without = self.lifted(world, lift)
        let choice = without.choice(from: max(without.wanted ?? from, self.base.now))
        let withoutAt = choice?.at ?? Timestamp(ms: 0)
        var isDecisive = withoutAt != at
        if case .send(let channel, _, _) = choice,
            case .send(let chosen, _, _) = world.choice(from: from), channel != chosen
        {
            isDecisive = true
        }
        var alone = world
        for other in self.lifts(world, nil) where other != lift {
            alone = self.lifted(alone, other)
        }
        if let channel = lift.closes {
            alone.base.policy.messages[alone.number].channels = [channel]
        }
        let first = alone.choice(from: from)?.at
        guard isDecisive || first == nil || first.map({ $0 > from }) == true else { return nil }
        // What is no time but a state is a reason only where it is so.
        guard first != from || isDecisive else { return nil }
        var reason = self.words(lift, world)
        reason.freesAt = first.map { $0 > from ? $0 : at } ?? Timestamp(ms: 0)
        reason.withoutAt = withoutAt
        reason.isDecisive = isDecisive
        return reason
    }

    private func lifted(_ world: World, _ lift: Lift) -> World {
        var world = world
        switch lift {
        case .hours(let number): world.base.bundle.hours.rows.removeAll { $0.number == number }
        case .stepWindow: world.base.policy.messages[world.number].windowMinutes = 0..<1440
        case .channelWindow(let channel): world.base.policy.sending.windows[channel] = nil
        case .cap(let index):
            // A cap that nothing reaches keeps the others' places.
            world.base.policy.sending.caps[index].touchesMax = .max
        case .given: world.isGiven = true
        case .silence: world.base.policy.sending.silentTries = 0
        case .sequence: world.base.policy.sending.oneSequence = false
        case .flags: world.base.state.liftFlags()
        case .consent(let channel):
            world.base.state.allow(channel, world.step.purpose, at: self.base.now)
        case .suppression(let channel): world.base.state.reach(channel)
        case .shared(let channel):
            if let place = self.sharePlace(channel) {
                world.base.state.shares[place].bar = CredentialStanding()
            }
        case .contact(let channel): world.base.state.know(channel)
        case .provider(let channel):
            var tenant = world.context.tenant
            tenant.channels.insert(ChannelSet([channel]))
            world.context = DecisionContext(
                current: world.context.current, bundles: world.context.bundles, tenant: tenant,
                origin: world.context.origin)
        case .refusal(let channel):
            let number = UInt32(world.number)
            world.base.state.forgetRefusals(on: channel, step: number)
        }
        return world
    }

    // MARK: Other accounts of the person

    /// The place of the address in what the account shares, where others forbid it.
    private func sharePlace(_ channel: Channel) -> Int? {
        guard let contact = self.base.state.profile.contact(for: channel), !contact.hash.isEmpty,
            let place = self.base.state.sharePlace(.contact, contact.hash),
            self.base.state.shares[place].bar.blockedBy != nil
        else { return nil }
        return place
    }

    /// The person's limit is used by other accounts, too; of the message that is planned next.
    private func sharedReason(number: Int, at: Timestamp) -> SlotReason? {
        let plan = self.base.dunningCase.plan
        guard at.ms != 0, plan.messageAt.ms != 0, Int(plan.messageStep) == number,
            let share = self.base.share(of: .contact),
            let permit = share.permit(self.base.dunningCase.number)
        else { return nil }
        guard permit.grantedAt.ms != 0 else {
            return SlotReason(
                rule: .sharedContact, name: "an address of several accounts",
                words: "other accounts may have the address: what its limit has left is being "
                    + "asked",
                withoutAt: at)
        }
        guard permit.grantedAt > max(permit.wantedAt, at) else { return nil }
        return SlotReason(
            rule: .sharedContact, name: "an address of several accounts",
            words: "\(share.holders) accounts have the address, and their messages count "
                + "together: until then it has no room",
            freesAt: permit.grantedAt, withoutAt: at)
    }

    // MARK: Words

    private func words(_ lift: Lift, _ world: World) -> SlotReason {
        let sending = self.base.policy.sending
        func policy(_ rule: SlotRule, _ name: String, _ words: String) -> SlotReason {
            SlotReason(rule: rule, name: name, version: self.base.policyVersion, words: words)
        }
        switch lift {
        case .hours(let number): return self.hours(number, world)
        case .stepWindow:
            return policy(
                .sendWindow, "messages.\(world.step.name).window",
                "the step is sent \(Self.text(world.step.windowMinutes)) by the customer's clock")
        case .channelWindow(let channel):
            let window = sending.windows[channel].map(Self.text) ?? ""
            return policy(
                .sendWindow, "sending.windows.\(channel.name)",
                "\(channel.name) is sent \(window) by the customer's clock")
        case .cap(let index):
            let cap = sending.caps[index]
            return policy(
                .frequencyCap, "sending.caps[\(index)]",
                "at most \(cap.touchesMax) within \(SpanText.words(ms: cap.withinMs)), over all "
                    + "cases and channels of the customer")
        case .given:
            return SlotReason(
                rule: .snooze, name: "the customer's time",
                words: "the customer was given time until \(world.heldUntil)")
        case .silence:
            return policy(
                .silentFirst, "sending.silent_tries",
                "nothing is said before \(sending.silentTries) tries of ours have failed")
        case .sequence:
            return policy(
                .oneSequence, "sending.one_sequence",
                "reminders go out for the oldest open case only")
        case .flags:
            let names = self.base.state.flags.each.map(\.name).joined(separator: ", ")
            return SlotReason(
                rule: .accountFlag, name: names,
                words: "the account is flagged \(names), which stops its messages")
        case .consent(let channel):
            let consent = self.base.state.outreach.first?.consent(channel, world.step.purpose)
            let said =
                consent.map { "refused at \($0.at), known by \($0.source)" }
                ?? "never given, and offers need it"
            return SlotReason(
                rule: .consent, name: "\(channel.name) \(world.step.purpose.name)",
                words: "consent to \(channel.name) was \(said)")
        case .suppression(let channel):
            return SlotReason(
                rule: .suppression, name: channel.name,
                words: "the address for \(channel.name) bounced, or its owner complained")
        case .shared(let channel):
            return SlotReason(
                rule: .sharedContact, name: "\(channel.name) of several accounts",
                words: "another account of the same person learnt that nothing may be sent to the "
                    + "address")
        case .contact(let channel):
            return SlotReason(
                rule: .noContact, name: channel.name,
                words: "no address for \(channel.name) is known")
        case .provider(let channel):
            return SlotReason(
                rule: .noProvider, name: channel.name,
                words: "no provider for \(channel.name) is configured")
        case .refusal(let channel):
            return SlotReason(
                rule: .refusedByProvider, name: channel.name,
                words: "the provider of \(channel.name) refused this message")
        }
    }

    private func hours(_ number: UInt32, _ world: World) -> SlotReason {
        let hours = self.base.bundle.hours
        let row = hours.rows.first { $0.number == number }
        let week = row?.week ?? .always
        let clocks = world.whereabouts.zones.joined(separator: ", ")
        return SlotReason(
            rule: .contactHours, name: row?.name ?? "", number: number,
            version: "hours \(hours.version)", source: row?.source ?? "",
            words: "allowed \(Self.text(week.weekday)) on weekdays, "
                + "\(Self.text(week.saturday)) on Saturdays, \(Self.text(week.sunday)) on "
                + "Sundays, on every clock that may be the customer's (\(clocks))")
    }

    /// `08:00-20:00`, `never`.
    private static func text(_ range: Range<Int64>) -> String {
        func clock(_ minute: Int64) -> String {
            func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(two(minute / 60)):\(two(minute % 60))"
        }
        return range.isEmpty
            ? "never" : "\(clock(range.lowerBound))-\(clock(range.upperBound))"
    }
}

extension AccountState {
    fileprivate mutating func allow(
        _ channel: Channel, _ purpose: MessagePurpose, at instant: Timestamp
    ) {
        guard !self.outreach.isEmpty || purpose == .marketing else { return }
        self.changeOutreach { outreach in
            outreach.consents.removeAll { $0.channel == channel && $0.purpose == purpose }
            outreach.consents.append(
                Consent(
                    channel: channel, purpose: purpose, isGranted: true, at: instant, source: ""))
        }
    }

    fileprivate mutating func reach(_ channel: Channel) {
        for index in self.profile.contacts.indices
        where self.profile.contacts[index].channel == channel {
            self.profile.contacts[index].isReachable = true
        }
    }

    fileprivate mutating func know(_ channel: Channel) {
        guard !self.profile.contacts.contains(where: { $0.channel == channel }) else { return }
        self.profile.contacts.append(SealedContact(channel: channel, sealed: []))
    }

    fileprivate mutating func forgetRefusals(on channel: Channel, step: UInt32) {
        guard !self.outreach.isEmpty else { return }
        self.outreach[0].touches.removeAll {
            $0.channel == channel && $0.step == step && $0.outcome == .refused
        }
    }
}
