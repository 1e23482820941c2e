import DunlinCore
import DunlinTesting
import Testing

/// Random lives with messages. A checker that knows nothing of the engine reads the events alone:
/// no message outside consent, hours and caps; no loss of access without a notice before it.
@Suite struct PeopleLawTests {
    private static let noticeMs = 48 * Milliseconds.hour
    private static let caps = [
        FrequencyCap(touchesMax: 2, withinMs: Milliseconds.day),
        FrequencyCap(touchesMax: 4, withinMs: 7 * Milliseconds.day),
    ]
    private static let windows: [Channel: Range<Int64>] = [.email: 480..<1200, .sms: 540..<1140]
    private static let zones: [String: ZoneTable] = [
        // The clocks of the United States change on 8 March and 1 November 2026.
        "East": Self.zone("East", standardHours: -5), "West": Self.zone("West", standardHours: -8),
    ]
    private static let hours = ContactHours(
        version: 1,
        rows: [
            .init(
                number: 1, name: "country", channels: ChannelSet([.sms, .voice]), country: "US",
                week: WeekHours(daily: 480..<1260), source: "test"),
            .init(
                number: 2, name: "region", channels: ChannelSet([.sms, .voice]), country: "US",
                region: "US-FL",
                week: WeekHours(weekday: 540..<1080, saturday: 600..<1020, sunday: 0..<0),
                source: "test"),
        ],
        places: [
            .init(country: "US", region: "US-FL", zones: ["East"]),
            .init(country: "US", region: "US-CA", zones: ["West"]),
        ])

    private static func zone(_ name: String, standardHours: Int64) -> ZoneTable {
        let standard = standardHours * Milliseconds.hour
        let summer = standard + Milliseconds.hour
        return ZoneTable(
            name: name, initialOffsetMs: standard,
            transitions: [
                .init(
                    at: CivilTime(year: 2026, month: 3, day: 8, hour: 2).utc
                        .advanced(byMs: -standard), offsetMs: summer),
                .init(
                    at: CivilTime(year: 2026, month: 11, day: 1, hour: 2).utc
                        .advanced(byMs: -summer), offsetMs: standard),
            ])
    }

    private static func bench(_ random: inout SeededRandom) -> AccountBench {
        var bench = AccountBench.messaging(
            [
                .step("first", .afterOpen(ms: 0), channels: [.email, .sms]),
                .step("tried", .afterAttempt(number: 1, ms: 0), channels: [.sms, .email]),
                .step("reminder", .days(4), channels: [.voice, .sms, .email]),
                .step("offer", .days(5), purpose: .marketing),
                .step("unopened", .unopened(step: 0, ms: Milliseconds.day), channels: [.sms]),
                .step("notice", .beforeAccess(state: .suspended, ms: 4 * Milliseconds.day)),
                .step("end", .beforeEnd(ms: 3 * Milliseconds.day), channels: [.inApp, .email]),
                .step("thanks", .onRecovered),
                .step("expiry", .beforeExpiry(ms: 30 * Milliseconds.day)),
                .step("debit", .beforeCharge(ms: 5 * Milliseconds.day), channels: [.sms, .email]),
            ],
            sending: SendingRules(
                caps: Self.caps, oneSequence: random.oneIn(2),
                silentTries: UInt32(random.next() % 2), windows: Self.windows))
        bench.zones = ZoneCatalog(zones: Self.zones)
        bench.hours = Self.hours
        bench.zone = "East"
        bench.now = CivilTime(year: 2026, month: random.oneIn(2) ? 3 : 10, day: 1).utc
        bench.policy.access = AccessTimeline(
            steps: [
                .init(state: .limited, afterMs: 6 * Milliseconds.day),
                .init(state: .suspended, afterMs: 10 * Milliseconds.day),
            ], noticeMinMs: Self.noticeMs)
        bench.policy.ending = Ending(
            afterMs: 16 * Milliseconds.day, actions: [.cancelSubscription], access: .terminated)
        return bench
    }

    @Test(arguments: LawSeeds.of(300))
    func `no message outside consent, hours and caps, and no loss without notice`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bench = Self.bench(&random)
        for step in 0..<150 {
            Self.act(&bench, &random, step)
        }
        var checker = Checker(caps: Self.caps, windows: Self.windows, noticeMs: Self.noticeMs)
        for record in bench.log { checker.read(record) }
        #expect(checker.breaches == [])
    }

    /// The property means something: in such lives messages leave, on several channels, and access
    /// is lost.
    @Test func `such lives have messages, refusals and losses`() {
        var sent: Set<Channel> = []
        var losses = 0
        var skipped = 0
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var bench = Self.bench(&random)
            for step in 0..<150 { Self.act(&bench, &random, step) }
            sent.formUnion(bench.sent.map(\.channel))
            skipped += bench.skipped.count
            losses += bench.count {
                if case .accessChanged(let change) = $0 { change.state.isLoss } else { false }
            }
        }
        #expect(sent.isSuperset(of: [.email, .sms, .voice, .inApp]))
        #expect(losses > 20)
        #expect(skipped > 20)
    }

    private static func act(_ bench: inout AccountBench, _ random: inout SeededRandom, _ step: Int)
    {
        let invoice = "in_\(random.next() % 3)"
        switch random.next() % 22 {
        case 0, 1, 2:
            _ = bench.fail(
                invoice: invoice, event: "e\(step)", charge: "ch\(step)",
                profile: random.oneIn(2) ? Self.profile(&random) : nil)
        case 3: if random.oneIn(4) { _ = bench.pay(invoice: invoice, event: "p\(step)") }
        case 4: bench.hear(.profileUpdated, event: "u\(step)", profile: Self.profile(&random))
        case 5:
            bench.hear(
                .consentChanged(
                    ConsentChange(
                        channel: Self.one(&random),
                        purpose: random.oneIn(2) ? .transactional : .marketing,
                        isGranted: !random.oneIn(3), source: "test")))
        case 6:
            if random.oneIn(4) { bench.hear(.messageReplied(Self.one(&random), Self.one(&random))) }
        case 7:
            if random.oneIn(3) {
                bench.hear(
                    .messageReceipt(
                        MessageReceipt(
                            kind: Self.one(&random), channel: Self.one(&random), reference: "")))
            }
        case 8:
            bench.hear(
                .accountFlagged(
                    FlagChange(flag: Self.one(&random), isSet: random.oneIn(4), reason: "")))
        case 9:
            bench.give(.operate(OperatorRequest(verb: random.oneIn(3) ? .pause : .resume)))
        case 10:
            bench.hear(
                .upcomingCharge(
                    UpcomingCharge(
                        id: "up_\(random.next() % 2)", amountMinor: 100, currency: .eur,
                        dueAt: bench.now.advanced(
                            byMs: Int64(random.next() % 20) * Milliseconds.day))))
        case 11: bench.now = bench.now.advanced(byMs: Int64(random.next() % 12) * Milliseconds.day)
        default:
            bench.now = bench.now.advanced(byMs: Int64(random.next() % UInt64(Milliseconds.day)))
            for _ in 0..<6 {
                guard let due = bench.state.dueAt, due <= bench.now else { break }
                bench.give(.timer(realNow: bench.now))
                bench.settle(AccountBench.declined)
                Self.answer(&bench, &random)
            }
        }
    }

    private static func answer(_ bench: inout AccountBench, _ random: inout SeededRandom) {
        for effect in bench.state.effects where effect.kind == .message || effect.kind == .notice {
            let outcomes: [EffectOutcome] = [
                .done(reference: "m"), .done(reference: "n"), .done(reference: ""),
                .refused(reason: "no"), .failed(reason: "gone"),
                .refused(reason: EffectOutcome.notNow), .refused(reason: "dead:550"),
            ]
            let which = Int(random.next() % 16)
            bench.give(
                .effectAnswered(id: effect.id, outcome: outcomes[which < 7 ? which : 0]))
        }
    }

    private static func profile(_ random: inout SeededRandom) -> ProfileChange {
        let florida = ContactHours.Place(country: "US", region: "US-FL", zones: ["East"])
        let number: ContactHours.Place = random.oneIn(2) ? florida : .unknown
        return ProfileChange(
            contacts: [.email, .sms, .voice].filter { _ in !random.oneIn(4) }.map {
                SealedContact(
                    channel: $0, sealed: [UInt8(truncatingIfNeeded: random.next())],
                    place: $0 == .email ? .unknown : number)
            },
            zone: ["", "East", "West"][Int(random.next() % 3)])
    }

    private static func one<Choice: CaseIterable>(_ random: inout SeededRandom) -> Choice
    where Choice.AllCases == [Choice] {
        Choice.allCases[Int(random.next() % UInt64(Choice.allCases.count))]
    }
}

/// Reads events one by one and says what must not have been. It shares no code with the engine
/// but for the types of events and the clocks' offsets.
private struct Checker {
    struct Told {
        var caseNumber: UInt32
        var effect: RecordPosition
        var at: Timestamp
    }

    struct Left {
        var at: Timestamp
        var caseNumber: UInt32
        var step: UInt32
        var channel: Channel
        /// Once it was accepted.
        var effect: RecordPosition?
    }

    let caps: [FrequencyCap]
    let windows: [Channel: Range<Int64>]
    let noticeMs: Int64
    var breaches: [String] = []
    var profile = Profile()
    var dead: Set<Channel> = []
    var consents: [String: Bool] = [:]
    var flags: Set<AccountFlag> = []
    var left: [Left] = []
    var told: [Told] = []
    var paused: Set<UInt32> = []
    var closing: UInt32 = 0

    init(caps: [FrequencyCap], windows: [Channel: Range<Int64>], noticeMs: Int64) {
        self.caps = caps
        self.windows = windows
        self.noticeMs = noticeMs
    }

    mutating func read(_ record: RecordedEvent) {
        let at = record.at
        switch record.event {
        case .profileChanged(let profile):
            self.profile = profile
            self.dead = Set(profile.contacts.filter { !$0.isReachable }.map(\.channel))
        case .consentChanged(let event):
            self.consents["\(event.consent.channel) \(event.consent.purpose)"] =
                event.consent.isGranted
        case .accountFlagged(let event):
            if event.isSet { self.flags.insert(event.flag) } else { self.flags.remove(event.flag) }
        case .receiptNoted(let event):
            if event.kind == .bounced || event.kind == .complained {
                self.dead.insert(event.channel)
            }
            // What bounced reached nobody.
            if event.kind == .bounced {
                self.told.removeAll { $0.effect == event.effect }
                self.left.removeAll { $0.effect == event.effect }
            }
        case .messageIntended(let event):
            let isOffer = event.name == "offer"
            self.leaves(
                event.channel, offer: isOffer, at, event.update.caseNumber, event.step)
            if self.paused.contains(event.update.caseNumber) { self.breach("while paused", at) }
        case .noticeIntended(let event):
            if event.subject.kind == .optOut {
                self.checkHours(event.channel, at, hasWindow: false)
                self.left.append(
                    Left(at: at, caseNumber: 0, step: event.step, channel: event.channel))
            } else {
                self.leaves(event.channel, offer: false, at, 0, event.step)
            }
        case .messageSettled(let event): self.settle(event, at)
        case .effectSettled(let event) where event.kind == .notice:
            guard
                let index = self.left.firstIndex(where: { $0.caseNumber == 0 && $0.effect == nil })
            else { break }
            self.left[index].effect = event.effect
            if event.verdict != .done { self.left.remove(at: index) }
        case .caseUpdated(let event):
            if event.update.flags.contains(.paused) {
                self.paused.insert(event.update.caseNumber)
            } else {
                self.paused.remove(event.update.caseNumber)
            }
        case .caseClosed(let event): self.closing = event.update.caseNumber
        case .accessChanged(let event) where event.state.isLoss:
            let number = event.update?.caseNumber ?? self.closing
            let isTold = self.told.contains {
                $0.caseNumber == number && $0.at.ms + self.noticeMs <= at.ms
            }
            if !isTold { self.breach("\(event.state.name) without notice", at) }
            let stops: Set<AccountFlag> = [
                .neverDun, .deceased, .bankrupt, .vulnerable, .overdueEnforcementOff,
            ]
            if !self.flags.isDisjoint(with: stops) { self.breach("loss though flagged", at) }
        case .attemptIntended:
            let stops: Set<AccountFlag> = [.neverDun, .deceased, .bankrupt, .vulnerable, .noRetry]
            if !self.flags.isDisjoint(with: stops) { self.breach("attempt though flagged", at) }
        default: break
        }
    }

    private mutating func settle(_ event: MessageSettled, _ at: Timestamp) {
        let number = event.update.caseNumber
        let index = self.left.lastIndex {
            $0.caseNumber == number && $0.step == event.step && $0.channel == event.channel
        }
        if let index { self.left[index].effect = event.effect }
        if event.wasAccepted {
            self.told.append(Told(caseNumber: number, effect: event.effect, at: at))
        } else if let index {
            self.left.remove(at: index)
        }
        if event.contactIsDead { self.dead.insert(event.channel) }
    }

    private mutating func leaves(
        _ channel: Channel, offer: Bool, _ at: Timestamp, _ number: UInt32, _ step: UInt32
    ) {
        let consent = self.consents["\(channel) \(offer ? "marketing" : "transactional")"]
        if offer ? consent != true : consent == false { self.breach("without consent", at) }
        let stops: Set<AccountFlag> = [.neverDun, .deceased, .bankrupt, .vulnerable, .noMessages]
        if !self.flags.isDisjoint(with: stops) { self.breach("message though flagged", at) }
        if channel != .inApp {
            if !self.profile.contacts.contains(where: { $0.channel == channel }) {
                self.breach("no address", at)
            }
            if self.dead.contains(channel) { self.breach("dead address", at) }
        }
        self.checkHours(channel, at, hasWindow: true)
        self.left.append(Left(at: at, caseNumber: number, step: step, channel: channel))
        for cap in self.caps {
            let recent = self.left.count { $0.at.ms > at.ms - cap.withinMs }
            if recent > Int(cap.touchesMax) { self.breach("\(recent) messages in a cap", at) }
        }
    }

    /// Every rule on every clock, minute by minute of the two zones' own offsets.
    private mutating func checkHours(_ channel: Channel, _ at: Timestamp, hasWindow: Bool) {
        let isTelephone = channel == .sms || channel == .voice
        let florida = self.profile.contacts.contains { $0.place.region == "US-FL" }
        var clocks: Set<String> = florida ? ["East"] : []
        if !self.profile.zone.isEmpty { clocks.insert(self.profile.zone) }
        if clocks.isEmpty { clocks = ["East"] }
        let isSummer =
            at >= CivilTime(year: 2026, month: 3, day: 8, hour: 10).utc
            && at < CivilTime(year: 2026, month: 11, day: 1, hour: 6).utc
        for clock in clocks {
            let hours: Int64 = (clock == "East" ? -5 : -8) + (isSummer ? 1 : 0)
            let local = CivilTime(utc: at.advanced(byMs: hours * Milliseconds.hour))
            let minute = local.hour * 60 + local.minute
            if hasWindow, let window = self.windows[channel], !window.contains(minute) {
                self.breach("\(channel) outside the window at \(minute)", at)
            }
            guard isTelephone else { continue }
            if florida || !self.profile.zone.isEmpty, !(480..<1260).contains(minute) {
                self.breach("\(channel) outside the country's hours", at)
            }
            let days = at.advanced(byMs: hours * Milliseconds.hour).ms
                .flooredDivision(by: Milliseconds.day)
            let weekday = (days + 4) % 7
            let isFlorida = florida || self.profile.zone == "East"
            guard isFlorida else { continue }
            let allowed: Range<Int64> =
                weekday == 0 ? 0..<0 : weekday == 6 ? 600..<1020 : 540..<1080
            if !allowed.contains(minute) { self.breach("\(channel) outside the region's", at) }
        }
    }

    private mutating func breach(_ what: String, _ at: Timestamp) {
        self.breaches.append("\(at): \(what)")
    }
}
