// Events that open, change and close a case.

extension CaseUpdate: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.caseNumber)
        out.put(2, self.phase)
        out.put(3, self.plan)
        out.put(4, UInt32(self.flags.rawValue))
        out.put(5, self.rung)
        if !self.amendment.isEmpty { out.putMessage(40, self.amendment[0]) }
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var caseNumber: UInt32 = 0
        var phase: CasePhase?
        var plan = CasePlan()
        var flags: DunningCase.Flags = []
        var rung: UInt32 = 0
        var amendment: [CaseAmendment] = []
        while let field = try reader.next() {
            switch field {
            case 1: caseNumber = try reader.uint32()
            case 2: phase = try reader.choice()
            case 3: plan = try reader.message()
            case 4: flags = DunningCase.Flags(rawValue: try reader.uint8())
            case 5: rung = try reader.uint32()
            case 40: amendment = [try reader.message()]
            default: try reader.skip()
            }
        }
        guard let phase else { throw .malformed }
        self.init(
            caseNumber: caseNumber, phase: phase, plan: plan, flags: flags, rung: rung,
            amendment: amendment)
    }
}

extension CaseOpened: RecordPart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.putMessage(2, self.obligation)
        out.putFixed(3, self.bundle.rawValue)
        out.put(4, self.policy)
        out.put(5, self.anchor)
        out.putMessage(6, self.decline)
        out.put(7, self.marks)
        out.putIfSet(8, self.standing)
        out.put(9, self.isReturn)
        out.put(10, self.network)
        out.put(11, self.bin)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var obligation: Obligation?
        var bundle = BundleID(0)
        var policy = ""
        var anchor = Timestamp(ms: 0)
        var decline: Decline?
        var marks: [AttemptMark] = []
        var standing: CredentialStanding?
        var isReturn = false
        var network = PaymentNetwork.unknown
        var bin: UInt32 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: obligation = try reader.message()
            case 3: bundle = BundleID(try reader.fixed64())
            case 4: policy = try reader.string()
            case 5: anchor = try reader.timestamp()
            case 6: decline = try reader.message()
            case 7: try reader.mark(into: &marks)
            case 8: standing = try reader.message()
            case 9: isReturn = try reader.bool()
            case 10: network = try reader.choice()
            case 11: bin = try reader.uint32()
            default: try reader.skip()
            }
        }
        guard let update, let obligation, let decline else { throw .malformed }
        self.init(
            update: update, obligation: obligation, bundle: bundle, policy: policy, anchor: anchor,
            decline: decline, marks: marks, standing: standing, isReturn: isReturn,
            network: network, bin: bin)
    }
}

extension CaseUpdated: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.reason)
        out.put(3, self.restartsAt)
        out.put(40, self.method)
        out.put(41, self.backMinor)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var reason: Reason?
        var restartsAt = Timestamp(ms: 0)
        var method: UInt32 = 0
        var backMinor: Int64 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: reason = try reader.choice()
            case 3: restartsAt = try reader.timestamp()
            case 40: method = try reader.uint32()
            case 41: backMinor = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let update, let reason else { throw .malformed }
        self.init(
            update: update, reason: reason, restartsAt: restartsAt, method: method,
            backMinor: backMinor)
    }
}

extension CaseClosed: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.reason)
        out.put(3, self.backMinor)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var reason: Reason?
        var backMinor: Int64 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: reason = try reader.choice()
            case 3: backMinor = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let update, let reason else { throw .malformed }
        self.init(update: update, reason: reason, backMinor: backMinor)
    }
}

extension IntakeNoted: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.reason)
        out.put(2, self.obligation)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var reason: Reason?
        var obligation = ""
        while let field = try reader.next() {
            switch field {
            case 1: reason = try reader.choice()
            case 2: obligation = try reader.string()
            default: try reader.skip()
            }
        }
        guard let reason else { throw .malformed }
        self.init(reason: reason, obligation: obligation)
    }
}
