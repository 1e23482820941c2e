// `dunlin.v1.Outreach` and the messages of which it consists.

extension Outreach: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, UInt32(self.flags.rawValue))
        out.put(2, self.consents)
        out.put(3, self.touches)
        out.put(4, self.upcoming)
        if self.expiry != ExpiryNotices() { out.putMessage(5, self.expiry) }
        out.put(6, self.noticeAt)
    }

    static var blank: Outreach { Outreach() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1:
                self.flags = AccountFlags(rawValue: UInt16(truncatingIfNeeded: try reader.uint32()))
            case 2: try reader.message(into: &self.consents)
            case 3: try reader.message(into: &self.touches)
            case 4: try reader.message(into: &self.upcoming)
            case 5: self.expiry = try reader.message()
            case 6: self.noticeAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
    }
}

extension Consent: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.channel)
        out.put(2, self.purpose)
        out.put(3, self.isGranted)
        out.put(4, self.at)
        out.put(5, self.source)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var channel: Channel?
        var purpose: MessagePurpose?
        var isGranted = false
        var at = Timestamp(ms: 0)
        var source = ""
        while let field = try reader.next() {
            switch field {
            case 1: channel = try reader.choice()
            case 2: purpose = try reader.choice()
            case 3: isGranted = try reader.bool()
            case 4: at = try reader.timestamp()
            case 5: source = try reader.string()
            default: try reader.skip()
            }
        }
        guard let channel, let purpose else { throw .malformed }
        self.init(channel: channel, purpose: purpose, isGranted: isGranted, at: at, source: source)
    }
}

extension Touch: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.at)
        out.put(2, self.channel)
        out.put(3, self.caseNumber)
        out.put(4, self.step)
        out.put(5, self.effect.op)
        out.put(6, self.effect.index)
        out.put(7, self.outcome)
        out.putFixed(8, self.referenceHash)
        out.put(9, self.seenAt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var channel: Channel?
        self.init(
            at: Timestamp(ms: 0), channel: .email, caseNumber: 0, step: 0, effect: .none)
        while let field = try reader.next() {
            switch field {
            case 1: self.at = try reader.timestamp()
            case 2: channel = try reader.choice()
            case 3: self.caseNumber = try reader.uint32()
            case 4: self.step = try reader.uint32()
            case 5: self.effect.op = try reader.uint64()
            case 6: self.effect.index = try reader.uint32()
            case 7: self.outcome = try reader.choice()
            case 8: self.referenceHash = try reader.fixed64()
            case 9: self.seenAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
        guard let channel else { throw .malformed }
        self.channel = channel
    }
}

extension UpcomingCharge: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.id)
        out.put(2, self.subscription)
        out.put(3, self.amountMinor)
        out.put(4, self.currency.packed)
        out.put(5, self.dueAt)
        out.put(6, self.stepsDone)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var currency: Currency?
        self.init(id: "", amountMinor: 0, currency: .usd, dueAt: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: self.id = try reader.string()
            case 2: self.subscription = try reader.string()
            case 3: self.amountMinor = try reader.int64()
            case 4: currency = try reader.currency()
            case 5: self.dueAt = try reader.timestamp()
            case 6: self.stepsDone = try reader.uint64()
            default: try reader.skip()
            }
        }
        guard let currency else { throw .malformed }
        self.currency = currency
    }
}

extension ExpiryNotices: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.method)
        out.put(2, self.expiryMonth)
        out.put(3, self.stepsDone)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init()
        while let field = try reader.next() {
            switch field {
            case 1: self.method = try reader.uint32()
            case 2: self.expiryMonth = try reader.uint32()
            case 3: self.stepsDone = try reader.uint64()
            default: try reader.skip()
            }
        }
    }
}

extension ContactHours.Place: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.country)
        out.put(2, self.region)
        out.put(3, self.zones)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(country: "", zones: [])
        while let field = try reader.next() {
            switch field {
            case 1: self.country = try reader.string()
            case 2: self.region = try reader.string()
            case 3: try reader.strings(into: &self.zones)
            default: try reader.skip()
            }
        }
    }
}
