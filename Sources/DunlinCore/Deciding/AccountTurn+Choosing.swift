// Where and when one message may go. Law 3: the plan chooses only within consent, hours and caps.

extension AccountTurn {
    /// The way of a message, or why it has none.
    enum TouchChoice {
        case send(Channel, at: Timestamp, permit: SendPermit)
        case nobody(MessageSkipped.Reason, passed: [PassedChannel])

        /// When it could leave; `nil` when it cannot.
        var at: Timestamp? {
            if case .send(_, let at, _) = self { at } else { nil }
        }
    }

    /// What a message wants.
    struct TouchWish {
        var step: MessageStep
        /// Index of the step in the policy.
        var number: UInt32
        /// 0 for a message that needs no case.
        var caseNumber: UInt32
        var from: Timestamp
        /// Channels that refused it before are tried again.
        var ignoresRefusals = false
    }

    /// The first channel of the step that has a provider, an address, consent, a legal hour and a
    /// place under the caps.
    ///
    /// The evidence is written out only with `proves`. `whereabouts`: the customer's, where they
    /// are known already.
    func choose(
        _ wish: TouchWish, _ sending: SendingRules, _ bundle: Bundle, proves: Bool = false,
        whereabouts known: Whereabouts? = nil
    ) -> TouchChoice {
        let outreach = self.state.outreach.first
        let whereabouts = known ?? self.whereabouts(bundle)
        let counted = outreach.map { outreach in
            outreach.touches.filter { $0.outcome != .refused && $0.channel.tellsCustomer }.map(\.at)
        }
        let from = max(wish.from, self.now)
        var passed: [PassedChannel] = []
        for channel in wish.step.channels {
            if let reason = self.obstacle(channel, wish, outreach) {
                passed.append(PassedChannel(channel: channel, reason: reason))
                continue
            }
            var window = WeekHours(daily: wish.step.windowMinutes)
            if let own = sending.windows[channel] {
                window = window.intersection(WeekHours(daily: own))
            }
            let (hours, rules) = bundle.hours.sendHours(
                for: channel, at: from, in: whereabouts, within: window, bundle.zones)
            let touches = channel.tellsCustomer ? counted ?? [] : []
            guard let at = Self.earliest(from, hours, touches, sending.caps) else {
                passed.append(PassedChannel(channel: channel, reason: .noLegalHours))
                continue
            }
            guard proves else { return .send(channel, at: at, permit: SendPermit()) }
            let tightest = sending.caps.min {
                Int64($0.touchesMax) - Int64($0.used(at: at, touches: touches))
                    < Int64($1.touchesMax) - Int64($1.used(at: at, touches: touches))
            }
            return .send(
                channel, at: at,
                permit: SendPermit(
                    version: bundle.hours.version, rules: rules, zones: whereabouts.zones,
                    capUsed: tightest.map { $0.used(at: at, touches: touches) } ?? 0,
                    capMax: tightest?.touchesMax ?? 0,
                    hasConsent: outreach?.consent(channel, wish.step.purpose)?.isGranted ?? false,
                    passed: passed))
        }
        return .nobody(passed.first?.reason ?? .notConfigured, passed: passed)
    }

    /// The clocks and laws that may be the customer's.
    func whereabouts(_ bundle: Bundle) -> Whereabouts {
        bundle.hours.whereabouts(
            of: self.state.profile, tenantZone: self.context.tenant.zone, bundle.zones)
    }

    /// Why a channel cannot be used at all; `nil` when it can.
    private func obstacle(
        _ channel: Channel, _ wish: TouchWish, _ outreach: Outreach?
    ) -> MessageSkipped.Reason? {
        guard self.context.tenant.channels.contains(channel) else { return .notConfigured }
        if channel.needsContact {
            var isKnown = false
            var isReachable = false
            for index in self.state.profile.contacts.indices
            where self.state.profile.contacts[index].channel == channel {
                isKnown = true
                guard self.state.profile.contacts[index].isReachable,
                    !self.isBarred(self.state.profile.contacts[index])
                else { continue }
                isReachable = true
                break
            }
            guard isKnown else { return .noContact }
            guard isReachable else { return .suppressed }
        }
        let consent = outreach?.consent(channel, wish.step.purpose)
        switch wish.step.purpose {
        case .transactional: if consent?.isGranted == false { return .noConsent }
        case .marketing: guard consent?.isGranted == true else { return .noConsent }
        }
        guard !wish.ignoresRefusals else { return nil }
        let wasRefused =
            outreach?.touches.contains {
                $0.caseNumber == wish.caseNumber && $0.step == wish.number
                    && $0.channel == channel && $0.outcome == .refused && wish.caseNumber != 0
            } ?? false
        return wasRefused ? .refused : nil
    }

    /// The first instant that hours and caps allow; `nil` when the hours allow none.
    private static func earliest(
        _ from: Timestamp, _ hours: SendHours, _ touches: [Timestamp], _ caps: [FrequencyCap]
    ) -> Timestamp? {
        var candidate = from
        // A cap moves it once for each touch at most.
        for _ in 0...touches.count + 1 {
            guard let open = hours.first(from: candidate) else { return nil }
            let free = FrequencyCap.first(from: open, touches: touches, caps: caps)
            if free == open { return open }
            candidate = free
        }
        return nil
    }
}

extension AccountState {
    /// Whether a message on its way may still leave on `channel`: asked right before it does.
    package func mayStillSend(on channel: Channel, _ purpose: MessagePurpose) -> Bool {
        guard let outreach = self.outreach.first else { return true }
        if outreach.flags.stopMessages { return false }
        let consent = outreach.consent(channel, purpose)
        switch purpose {
        case .transactional: return consent?.isGranted != false
        case .marketing: return consent?.isGranted == true
        }
    }

    /// The touch that an effect sends.
    package func touch(of effect: RecordPosition) -> Touch? {
        self.outreach.first?.touches.last { $0.effect == effect }
    }
}
