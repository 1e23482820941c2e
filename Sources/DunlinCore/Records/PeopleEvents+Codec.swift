// Events about consent, flags, receipts, and messages that need no case.

extension SendPermit: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.version)
        for rule in self.rules { out.putAlways(2, rule) }
        out.put(3, self.zones)
        out.put(4, self.capUsed)
        out.put(5, self.capMax)
        out.put(6, self.hasConsent)
        out.put(7, self.passed)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init()
        var rules: [UInt32] = []
        while let field = try reader.next() {
            switch field {
            case 1: self.version = try reader.uint32()
            case 2:
                try reader.uint32s { rule throws(RecordError) in
                    guard rules.count < ProtoReader.listCountMax else { throw .limit }
                    rules.append(rule)
                }
            case 3: try reader.strings(into: &self.zones)
            case 4: self.capUsed = try reader.uint32()
            case 5: self.capMax = try reader.uint32()
            case 6: self.hasConsent = try reader.bool()
            case 7: try reader.message(into: &self.passed)
            default: try reader.skip()
            }
        }
        self.rules = rules
    }
}

extension PassedChannel: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.channel)
        out.put(2, self.reason)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var channel: Channel?
        var reason: MessageSkipped.Reason?
        while let field = try reader.next() {
            switch field {
            case 1: channel = try reader.choice()
            case 2: reason = try reader.choice()
            default: try reader.skip()
            }
        }
        guard let channel, let reason else { throw .malformed }
        self.init(channel: channel, reason: reason)
    }
}

extension ConsentChanged: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.consent)
        out.put(2, self.isByReply)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var consent: Consent?
        var isByReply = false
        while let field = try reader.next() {
            switch field {
            case 1: consent = try reader.message()
            case 2: isByReply = try reader.bool()
            default: try reader.skip()
            }
        }
        guard let consent else { throw .malformed }
        self.init(consent: consent, isByReply: isByReply)
    }
}

extension AccountFlagged: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.flag)
        out.put(2, self.isSet)
        out.put(3, self.reason)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var flag: AccountFlag?
        var isSet = false
        var reason = ""
        while let field = try reader.next() {
            switch field {
            case 1: flag = try reader.choice()
            case 2: isSet = try reader.bool()
            case 3: reason = try reader.string()
            default: try reader.skip()
            }
        }
        guard let flag else { throw .malformed }
        self.init(flag: flag, isSet: isSet, reason: reason)
    }
}

extension ReceiptNoted: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.kind)
        out.put(2, self.channel)
        out.put(3, self.effect.op)
        out.put(4, self.effect.index)
        out.put(5, self.occurredAt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var kind: MessageReceipt.Kind?
        var channel: Channel?
        var effect = RecordPosition.none
        var occurredAt = Timestamp(ms: 0)
        while let field = try reader.next() {
            switch field {
            case 1: kind = try reader.choice()
            case 2: channel = try reader.choice()
            case 3: effect.op = try reader.uint64()
            case 4: effect.index = try reader.uint32()
            case 5: occurredAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
        guard let kind, let channel else { throw .malformed }
        self.init(kind: kind, channel: channel, effect: effect, occurredAt: occurredAt)
    }
}

extension ReplyNoted: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.channel)
        out.put(2, self.meaning)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var channel: Channel?
        var meaning = ReplyMeaning.other
        while let field = try reader.next() {
            switch field {
            case 1: channel = try reader.choice()
            case 2: meaning = try reader.choice()
            default: try reader.skip()
            }
        }
        guard let channel else { throw .malformed }
        self.init(channel: channel, meaning: meaning)
    }
}

extension UpcomingChargeNoted: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.charge)
        out.put(2, self.isCanceled)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var charge: UpcomingCharge?
        var isCanceled = false
        while let field = try reader.next() {
            switch field {
            case 1: charge = try reader.message()
            case 2: isCanceled = try reader.bool()
            default: try reader.skip()
            }
        }
        guard let charge else { throw .malformed }
        self.init(charge: charge, isCanceled: isCanceled)
    }
}

extension NoticePlanned: RecordPart {
    func write(to out: inout ProtoWriter) { out.put(1, self.at) }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(at: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: self.at = try reader.timestamp()
            default: try reader.skip()
            }
        }
    }
}

extension NoticeSubject: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.kind)
        out.put(2, self.method)
        out.put(3, self.expiryMonth)
        out.putIfSet(4, self.charge)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var kind: Kind?
        self.init(kind: .expiry)
        while let field = try reader.next() {
            switch field {
            case 1: kind = try reader.choice()
            case 2: self.method = try reader.uint32()
            case 3: self.expiryMonth = try reader.uint32()
            case 4: self.charge = try reader.message() as UpcomingCharge
            default: try reader.skip()
            }
        }
        guard let kind else { throw .malformed }
        self.kind = kind
    }
}

extension NoticeIntended: RecordPart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.subject)
        out.put(2, self.step)
        out.put(3, self.name)
        out.put(4, self.template)
        out.put(5, self.channel)
        out.putMessage(6, self.permit)
        out.put(7, self.stepsDone)
        out.put(8, self.nextAt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var subject: NoticeSubject?
        var channel: Channel?
        self.init(
            subject: NoticeSubject(kind: .expiry), step: 0, name: "", template: "",
            channel: .email, permit: SendPermit(), stepsDone: 0, nextAt: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: subject = try reader.message()
            case 2: self.step = try reader.uint32()
            case 3: self.name = try reader.string()
            case 4: self.template = try reader.string()
            case 5: channel = try reader.choice()
            case 6: self.permit = try reader.message()
            case 7: self.stepsDone = try reader.uint64()
            case 8: self.nextAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
        guard let subject, let channel else { throw .malformed }
        self.subject = subject
        self.channel = channel
    }
}

extension NoticeSkipped: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.subject)
        out.put(2, self.step)
        out.put(3, self.name)
        out.put(4, self.reason)
        out.put(5, self.stepsDone)
        out.put(6, self.nextAt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var subject: NoticeSubject?
        var reason: MessageSkipped.Reason?
        self.init(
            subject: NoticeSubject(kind: .expiry), step: 0, name: "", reason: .noContact,
            stepsDone: 0, nextAt: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: subject = try reader.message()
            case 2: self.step = try reader.uint32()
            case 3: self.name = try reader.string()
            case 4: reason = try reader.choice()
            case 5: self.stepsDone = try reader.uint64()
            case 6: self.nextAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
        guard let subject, let reason else { throw .malformed }
        self.subject = subject
        self.reason = reason
    }
}
