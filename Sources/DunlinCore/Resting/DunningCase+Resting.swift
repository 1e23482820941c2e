extension DunningCase {
    /// No fewer bytes than the resting case takes.
    var restingBytesMax: Int {
        400 + self.policy.utf8.count + self.obligation.id.utf8.count
            + self.obligation.subscription.utf8.count + self.obligation.link.utf8.count
            + self.decline.code.utf8.count + self.decline.networkCode.utf8.count
            + self.decline.adviceCode.utf8.count + (self.particulars.first?.restingBytesMax ?? 0)
    }

    /// Beside the phase: particulars follow.
    private static let hasParticulars: UInt8 = 0x80

    mutating func rest(
        to out: inout OutputSpan<UInt8>, _ base: Int64, _ lexicon: inout Lexicon
    ) {
        out.rest(self.number)
        out.append(self.phase.rawValue | (self.particulars.isEmpty ? 0 : Self.hasParticulars))
        out.append(self.flags.rawValue)
        if let known = lexicon.number(of: self.bundle) {
            out.rest(count: known + 1)
        } else {
            out.rest(count: 0)
            out.restWhole(self.bundle.rawValue)
        }
        out.rest(word: self.policy, &lexicon)
        self.obligation.rest(to: &out)
        out.rest(self.openedAt, from: base)
        out.rest(self.anchor, from: base)
        self.decline.rest(to: &out, &lexicon)
        self.plan.rest(to: &out, base)
        // Most of the following is zero in most cases: a bit says what is not.
        let rare = self.rareParts
        out.append(UInt8(truncatingIfNeeded: rare))
        out.append(UInt8(truncatingIfNeeded: rare >> 8))
        if rare & Rare.closedAt != 0 { out.rest(self.closedAt, from: base) }
        if rare & Rare.collected != 0 { out.rest(self.obligation.collectedMinor) }
        if rare & Rare.dueAt != 0 { out.rest(self.obligation.dueAt, from: base) }
        if rare & Rare.link != 0 { out.rest(self.obligation.link) }
        if rare & Rare.minimumDelay != 0 { out.rest(self.decline.minimumDelayMs) }
        if rare & Rare.furtherTries != 0 { out.rest(self.decline.furtherTriesMax) }
        if rare & Rare.attempts != 0 { out.rest(self.attempts) }
        if rare & Rare.rung != 0 { out.rest(self.rung) }
        if rare & Rare.declines != 0 { out.rest(self.declines) }
        if rare & Rare.technicalTries != 0 { out.rest(self.technicalTries) }
        if rare & Rare.lastAttempt != 0 { out.rest(self.lastAttempt) }
        if rare & Rare.stepsDone != 0 { out.rest(self.stepsDone) }
        if rare & Rare.touches != 0 { out.rest(self.touches) }
        if rare & Rare.toldAt != 0 { out.rest(self.toldAt, from: base) }
        if rare & Rare.accessSteps != 0 { out.rest(self.accessSteps) }
        if let inFlight = self.inFlight { inFlight.rest(to: &out, base) }
        if !self.particulars.isEmpty { self.particulars[0].rest(to: &out, base, &lexicon) }
    }

    /// A bit for each part that is often zero.
    private enum Rare {
        static let closedAt: UInt16 = 1
        static let collected: UInt16 = 1 << 1
        static let dueAt: UInt16 = 1 << 2
        static let link: UInt16 = 1 << 3
        static let minimumDelay: UInt16 = 1 << 4
        static let furtherTries: UInt16 = 1 << 5
        static let attempts: UInt16 = 1 << 6
        static let rung: UInt16 = 1 << 7
        static let declines: UInt16 = 1 << 8
        static let technicalTries: UInt16 = 1 << 9
        static let lastAttempt: UInt16 = 1 << 10
        static let stepsDone: UInt16 = 1 << 11
        static let touches: UInt16 = 1 << 12
        static let toldAt: UInt16 = 1 << 13
        static let accessSteps: UInt16 = 1 << 14
        static let inFlight: UInt16 = 1 << 15
    }

    private var rareParts: UInt16 {
        var parts: UInt16 = 0
        if self.closedAt.ms != 0 { parts |= Rare.closedAt }
        if self.obligation.collectedMinor != 0 { parts |= Rare.collected }
        if self.obligation.dueAt.ms != 0 { parts |= Rare.dueAt }
        if !self.obligation.link.isEmpty { parts |= Rare.link }
        if self.decline.minimumDelayMs != 0 { parts |= Rare.minimumDelay }
        if self.decline.furtherTriesMax != 0 { parts |= Rare.furtherTries }
        if self.attempts != 0 { parts |= Rare.attempts }
        if self.rung != 0 { parts |= Rare.rung }
        if self.declines != 1 { parts |= Rare.declines }
        if self.technicalTries != 0 { parts |= Rare.technicalTries }
        if self.lastAttempt != 0 { parts |= Rare.lastAttempt }
        if self.stepsDone != 0 { parts |= Rare.stepsDone }
        if self.touches != 0 { parts |= Rare.touches }
        if self.toldAt.ms != 0 { parts |= Rare.toldAt }
        if self.accessSteps != 0 { parts |= Rare.accessSteps }
        if self.inFlight != nil { parts |= Rare.inFlight }
        return parts
    }

    /// Reads in the place of whatever this case holds.
    mutating func read(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        self.number = try reader.uint32()
        let phase = try reader.byte()
        guard let stand = CasePhase(rawValue: phase & ~Self.hasParticulars) else {
            throw .malformed
        }
        self.phase = stand
        self.flags = Flags(rawValue: try reader.byte())
        let known = Int(truncatingIfNeeded: try reader.uint64())
        if known == 0 {
            self.bundle = BundleID(try reader.whole())
        } else {
            guard let bundle = lexicon.bundle(known &- 1) else { throw .malformed }
            self.bundle = bundle
        }
        self.policy = try reader.word(lexicon)
        try self.obligation.read(from: &reader)
        self.openedAt = try reader.timestamp()
        self.anchor = try reader.timestamp()
        try self.decline.read(from: &reader, lexicon)
        try self.plan.read(from: &reader)
        let rare = UInt16(try reader.byte()) | UInt16(try reader.byte()) << 8
        let unset = Timestamp(ms: 0)
        self.closedAt = rare & Rare.closedAt != 0 ? try reader.timestamp() : unset
        self.obligation.collectedMinor = rare & Rare.collected != 0 ? try reader.int64() : 0
        self.obligation.dueAt = rare & Rare.dueAt != 0 ? try reader.timestamp() : unset
        self.obligation.link = rare & Rare.link != 0 ? try reader.text() : ""
        self.decline.minimumDelayMs = rare & Rare.minimumDelay != 0 ? try reader.int64() : 0
        self.decline.furtherTriesMax = rare & Rare.furtherTries != 0 ? try reader.uint32() : 0
        self.attempts = rare & Rare.attempts != 0 ? try reader.uint32() : 0
        self.rung = rare & Rare.rung != 0 ? try reader.uint32() : 0
        self.declines = rare & Rare.declines != 0 ? try reader.uint32() : 1
        self.technicalTries = rare & Rare.technicalTries != 0 ? try reader.uint32() : 0
        self.lastAttempt = rare & Rare.lastAttempt != 0 ? try reader.uint32() : 0
        self.stepsDone = rare & Rare.stepsDone != 0 ? try reader.uint64() : 0
        self.touches = rare & Rare.touches != 0 ? try reader.uint32() : 0
        self.toldAt = rare & Rare.toldAt != 0 ? try reader.timestamp() : unset
        self.accessSteps = rare & Rare.accessSteps != 0 ? try reader.uint32() : 0
        self.inFlight = rare & Rare.inFlight != 0 ? try InFlightAttempt(from: &reader) : nil
        self.particulars.clear()
        if phase & Self.hasParticulars != 0 {
            self.particulars.append(try CaseParticulars(from: &reader, lexicon))
        }
    }
}

extension Obligation {
    fileprivate func rest(to out: inout OutputSpan<UInt8>) {
        out.rest(id: self.id)
        out.rest(id: self.subscription)
        out.rest(self.amountMinor)
        out.rest(self.currency)
    }

    fileprivate mutating func read(from reader: inout RestingReader) throws(RecordError) {
        self.id = try reader.id()
        self.subscription = try reader.id()
        self.amountMinor = try reader.int64()
        self.currency = try reader.currency()
    }
}

extension Decline {
    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ lexicon: inout Lexicon) {
        out.rest(self.declineClass)
        out.rest(self.advice)
        out.rest(word: self.code, &lexicon)
        out.rest(word: self.networkCode, &lexicon)
        out.rest(word: self.adviceCode, &lexicon)
    }

    fileprivate mutating func read(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        self.declineClass = try reader.choice()
        self.advice = try reader.choice()
        self.code = try reader.word(lexicon)
        self.networkCode = try reader.word(lexicon)
        self.adviceCode = try reader.word(lexicon)
    }
}

extension CasePlan {
    /// Beside the reason: when and for which method the customer is told follows.
    private static let hasNotice: UInt8 = 0x80

    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(self.attemptAt, from: base)
        let isAnnounced =
            self.noticeAt.ms != 0 || self.noticeMethod != 0 || self.noticeState != .stated
            || self.noticeTries != 0
        out.append(self.attemptReason.rawValue | (isAnnounced ? Self.hasNotice : 0))
        if isAnnounced {
            out.rest(self.noticeAt, from: base)
            out.rest(self.noticeMethod)
            out.append(self.noticeState.rawValue)
            out.append(self.noticeTries)
        }
        out.rest(self.messageAt, from: base)
        out.rest(self.messageStep)
        out.rest(self.accessAt, from: base)
        out.rest(self.endAt, from: base)
    }

    fileprivate mutating func read(from reader: inout RestingReader) throws(RecordError) {
        self.attemptAt = try reader.timestamp()
        let reason = try reader.byte()
        guard let known = PlanReason(rawValue: reason & ~Self.hasNotice) else { throw .malformed }
        self.attemptReason = known
        let isAnnounced = reason & Self.hasNotice != 0
        self.noticeAt = isAnnounced ? try reader.timestamp() : Timestamp(ms: 0)
        self.noticeMethod = isAnnounced ? try reader.uint32() : 0
        self.noticeState = isAnnounced ? try reader.choice() : .stated
        self.noticeTries = isAnnounced ? try reader.byte() : 0
        self.messageAt = try reader.timestamp()
        self.messageStep = try reader.uint32()
        self.accessAt = try reader.timestamp()
        self.endAt = try reader.timestamp()
    }
}

extension InFlightAttempt {
    private static let hasCharge: UInt8 = 1
    private static let hasFloor: UInt8 = 2

    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(self.number)
        out.restWhole(self.key.high)
        out.restWhole(self.key.low)
        out.rest(self.method)
        out.rest(self.amountMinor)
        out.rest(self.currency)
        out.rest(self.intendedAt, from: base)
        out.rest(self.realAt, from: base)
        out.rest(self.phase)
        out.rest(self.lookUps)
        out.rest(self.nextLookUpAt, from: base)
        let hasCharge = self.chargeHash != 0
        let hasFloor = self.floorMinor != 0
        out.append((hasCharge ? Self.hasCharge : 0) | (hasFloor ? Self.hasFloor : 0))
        if hasCharge { out.restWhole(self.chargeHash) }
        if hasFloor { out.rest(self.floorMinor) }
    }

    fileprivate init(from reader: inout RestingReader) throws(RecordError) {
        self.init(
            number: try reader.uint32(),
            key: GatewayKey(high: try reader.whole(), low: try reader.whole()),
            method: try reader.uint32(), amountMinor: try reader.int64(),
            currency: try reader.currency(), intendedAt: try reader.timestamp(),
            realAt: try reader.timestamp(), phase: try reader.choice(),
            lookUps: try reader.uint32(), nextLookUpAt: try reader.timestamp())
        let parts = try reader.byte()
        if parts & Self.hasCharge != 0 { self.chargeHash = try reader.whole() }
        if parts & Self.hasFloor != 0 { self.floorMinor = try reader.int64() }
    }
}
