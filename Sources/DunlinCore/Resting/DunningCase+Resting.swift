extension DunningCase {
    /// No fewer bytes than the resting case takes.
    var restingBytesMax: Int {
        400 + self.policy.utf8.count + self.obligation.id.utf8.count
            + self.obligation.subscription.utf8.count + self.obligation.link.utf8.count
            + self.decline.code.utf8.count + self.decline.networkCode.utf8.count
            + self.decline.adviceCode.utf8.count
    }

    func rest(to out: inout OutputSpan<UInt8>, _ base: Int64, _ lexicon: inout Lexicon) {
        out.rest(self.number)
        out.rest(self.phase)
        out.append(self.flags.rawValue)
        if let known = lexicon.number(of: self.bundle) {
            out.rest(count: known + 1)
        } else {
            out.rest(count: 0)
            out.restWhole(self.bundle.rawValue)
        }
        out.rest(word: self.policy, &lexicon)
        self.obligation.rest(to: &out, base)
        out.rest(self.openedAt, from: base)
        out.rest(self.anchor, from: base)
        out.rest(self.closedAt, from: base)
        self.decline.rest(to: &out, &lexicon)
        out.rest(self.attempts)
        out.rest(self.rung)
        out.rest(self.declines)
        out.rest(self.technicalTries)
        out.rest(self.lastAttempt)
        out.rest(self.stepsDone)
        out.rest(self.touches)
        out.rest(self.toldAt, from: base)
        out.rest(self.accessSteps)
        self.plan.rest(to: &out, base)
        if let inFlight = self.inFlight {
            out.append(1)
            inFlight.rest(to: &out, base)
        } else {
            out.append(0)
        }
    }

    /// Reads in the place of whatever this case holds.
    mutating func read(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        self.number = try reader.uint32()
        self.phase = try reader.choice()
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
        self.closedAt = try reader.timestamp()
        try self.decline.read(from: &reader, lexicon)
        self.attempts = try reader.uint32()
        self.rung = try reader.uint32()
        self.declines = try reader.uint32()
        self.technicalTries = try reader.uint32()
        self.lastAttempt = try reader.uint32()
        self.stepsDone = try reader.uint64()
        self.touches = try reader.uint32()
        self.toldAt = try reader.timestamp()
        self.accessSteps = try reader.uint32()
        try self.plan.read(from: &reader)
        self.inFlight = try reader.byte() != 0 ? try InFlightAttempt(from: &reader) : nil
    }
}

extension Obligation {
    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(self.id)
        out.rest(self.subscription)
        out.rest(self.amountMinor)
        out.rest(self.collectedMinor)
        out.rest(self.currency)
        out.rest(self.dueAt, from: base)
        out.rest(self.link)
    }

    fileprivate mutating func read(from reader: inout RestingReader) throws(RecordError) {
        self.id = try reader.text()
        self.subscription = try reader.text()
        self.amountMinor = try reader.int64()
        self.collectedMinor = try reader.int64()
        self.currency = try reader.currency()
        self.dueAt = try reader.timestamp()
        self.link = try reader.text()
    }
}

extension Decline {
    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ lexicon: inout Lexicon) {
        out.rest(self.declineClass)
        out.rest(self.advice)
        out.rest(self.minimumDelayMs)
        out.rest(self.furtherTriesMax)
        out.rest(word: self.code, &lexicon)
        out.rest(word: self.networkCode, &lexicon)
        out.rest(word: self.adviceCode, &lexicon)
    }

    fileprivate mutating func read(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        self.declineClass = try reader.choice()
        self.advice = try reader.choice()
        self.minimumDelayMs = try reader.int64()
        self.furtherTriesMax = try reader.uint32()
        self.code = try reader.word(lexicon)
        self.networkCode = try reader.word(lexicon)
        self.adviceCode = try reader.word(lexicon)
    }
}

extension CasePlan {
    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(self.attemptAt, from: base)
        out.rest(self.attemptReason)
        out.rest(self.messageAt, from: base)
        out.rest(self.messageStep)
        out.rest(self.accessAt, from: base)
        out.rest(self.endAt, from: base)
    }

    fileprivate mutating func read(from reader: inout RestingReader) throws(RecordError) {
        self.attemptAt = try reader.timestamp()
        self.attemptReason = try reader.choice()
        self.messageAt = try reader.timestamp()
        self.messageStep = try reader.uint32()
        self.accessAt = try reader.timestamp()
        self.endAt = try reader.timestamp()
    }
}

extension InFlightAttempt {
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
    }

    fileprivate init(from reader: inout RestingReader) throws(RecordError) {
        self.init(
            number: try reader.uint32(),
            key: GatewayKey(high: try reader.whole(), low: try reader.whole()),
            method: try reader.uint32(), amountMinor: try reader.int64(),
            currency: try reader.currency(), intendedAt: try reader.timestamp(),
            realAt: try reader.timestamp(), phase: try reader.choice(),
            lookUps: try reader.uint32(), nextLookUpAt: try reader.timestamp())
    }
}
