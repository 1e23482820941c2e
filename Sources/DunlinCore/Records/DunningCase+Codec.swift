// `dunlin.v1.DunningCase` and the messages of which it consists.

extension DunningCase: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.put(2, self.phase)
        out.putFixed(3, self.bundle.rawValue)
        out.put(4, self.policy)
        out.put(5, self.obligation)
        out.put(6, self.openedAt)
        out.put(7, self.anchor)
        out.put(8, self.decline)
        out.put(9, self.plan)
        out.put(10, self.attempts)
        out.put(11, self.rung)
        out.put(12, self.declines)
        out.put(13, self.lastAttempt)
        out.putIfSet(14, self.inFlight)
        out.put(15, self.stepsDone)
        out.put(16, self.technicalTries)
        out.put(17, self.touches)
        out.put(18, self.toldAt)
        out.put(19, self.accessSteps)
        out.put(20, UInt32(self.flags.rawValue))
        out.put(21, self.closedAt)
        if let terms = self.particulars.first { out.putMessage(40, terms) }
    }

    static var blank: DunningCase {
        var blank = DunningCase(
            number: 0, phase: .frozen, bundle: BundleID(0), policy: "", obligation: .blank,
            openedAt: Timestamp(ms: 0), anchor: Timestamp(ms: 0), decline: .blank, plan: .blank)
        blank.declines = 0
        return blank
    }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        var isPhaseSet = false
        var isObligationSet = false
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2:
                self.phase = try reader.choice()
                isPhaseSet = true
            case 3: self.bundle = BundleID(try reader.fixed64())
            case 4: self.policy = try reader.string()
            case 5:
                try reader.message(into: &self.obligation)
                isObligationSet = true
            case 6: self.openedAt = try reader.timestamp()
            case 7: self.anchor = try reader.timestamp()
            case 8: try reader.message(into: &self.decline)
            case 9: try reader.message(into: &self.plan)
            case 10: self.attempts = try reader.uint32()
            case 11: self.rung = try reader.uint32()
            case 12: self.declines = try reader.uint32()
            case 13: self.lastAttempt = try reader.uint32()
            case 14: self.inFlight = try reader.message() as InFlightAttempt
            case 15: self.stepsDone = try reader.uint64()
            case 16: self.technicalTries = try reader.uint32()
            case 17: self.touches = try reader.uint32()
            case 18: self.toldAt = try reader.timestamp()
            case 19: self.accessSteps = try reader.uint32()
            case 20: self.flags = Flags(rawValue: try reader.uint8())
            case 21: self.closedAt = try reader.timestamp()
            case 40: self.particulars = [try reader.message()]
            default: try reader.skip()
            }
        }
        guard isPhaseSet, isObligationSet else { throw .malformed }
    }
}

extension Obligation: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.id)
        out.put(2, self.subscription)
        out.put(3, self.amountMinor)
        out.put(4, self.collectedMinor)
        out.put(5, self.currency.packed)
        out.put(6, self.dueAt)
        out.put(7, self.link)
    }

    static var blank: Obligation { Obligation(id: "", amountMinor: 0, currency: .usd) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        var currency: Currency?
        while let field = try reader.next() {
            switch field {
            case 1: self.id = try reader.string()
            case 2: self.subscription = try reader.string()
            case 3: self.amountMinor = try reader.int64()
            case 4: self.collectedMinor = try reader.int64()
            case 5: currency = try reader.currency()
            case 6: self.dueAt = try reader.timestamp()
            case 7: self.link = try reader.string()
            default: try reader.skip()
            }
        }
        guard let currency else { throw .malformed }
        self.currency = currency
    }
}

extension Decline: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.declineClass)
        out.put(2, self.advice)
        out.put(3, self.minimumDelayMs)
        out.put(4, self.furtherTriesMax)
        out.put(5, self.code)
        out.put(6, self.networkCode)
        out.put(7, self.adviceCode)
    }

    static var blank: Decline { Decline(declineClass: .unmapped, advice: .never) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.declineClass = try reader.choice()
            case 2: self.advice = try reader.choice()
            case 3: self.minimumDelayMs = try reader.int64()
            case 4: self.furtherTriesMax = try reader.uint32()
            case 5: self.code = try reader.string()
            case 6: self.networkCode = try reader.string()
            case 7: self.adviceCode = try reader.string()
            default: try reader.skip()
            }
        }
    }
}

extension CasePlan: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.attemptAt)
        out.put(2, self.attemptReason)
        out.put(3, self.messageAt)
        out.put(4, self.messageStep)
        out.put(5, self.accessAt)
        out.put(6, self.endAt)
        out.put(7, self.noticeAt)
        out.put(8, self.noticeMethod)
        out.put(9, self.noticeState)
        out.put(10, UInt32(self.noticeTries))
    }

    static var blank: CasePlan { CasePlan() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.attemptAt = try reader.timestamp()
            case 2: self.attemptReason = try reader.choice()
            case 3: self.messageAt = try reader.timestamp()
            case 4: self.messageStep = try reader.uint32()
            case 5: self.accessAt = try reader.timestamp()
            case 6: self.endAt = try reader.timestamp()
            case 7: self.noticeAt = try reader.timestamp()
            case 8: self.noticeMethod = try reader.uint32()
            case 9: self.noticeState = try reader.choice()
            case 10: self.noticeTries = UInt8(clamping: try reader.uint32())
            default: try reader.skip()
            }
        }
    }
}

extension InFlightAttempt: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.putFixed(2, self.key.high)
        out.putFixed(3, self.key.low)
        out.put(4, self.method)
        out.put(5, self.amountMinor)
        out.put(6, self.currency.packed)
        out.put(7, self.intendedAt)
        out.put(8, self.phase)
        out.put(9, self.lookUps)
        out.put(10, self.nextLookUpAt)
        out.put(11, self.realAt)
        out.putFixed(12, self.chargeHash)
        out.put(13, self.floorMinor)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var currency: Currency?
        self.init(
            number: 0, key: GatewayKey(high: 0, low: 0), method: 0, amountMinor: 0, currency: .usd,
            intendedAt: Timestamp(ms: 0), realAt: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2: high = try reader.fixed64()
            case 3: low = try reader.fixed64()
            case 4: self.method = try reader.uint32()
            case 5: self.amountMinor = try reader.int64()
            case 6: currency = try reader.currency()
            case 7: self.intendedAt = try reader.timestamp()
            case 8: self.phase = try reader.choice()
            case 9: self.lookUps = try reader.uint32()
            case 10: self.nextLookUpAt = try reader.timestamp()
            case 11: self.realAt = try reader.timestamp()
            case 12: self.chargeHash = try reader.fixed64()
            case 13: self.floorMinor = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let currency else { throw .malformed }
        self.key = GatewayKey(high: high, low: low)
        self.currency = currency
    }
}
