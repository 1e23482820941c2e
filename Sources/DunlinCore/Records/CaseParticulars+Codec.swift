// `dunlin.v1.CaseParticulars`, `CaseAmendment` and what they consist of.

extension CaseParticulars: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.interval)
        out.put(2, self.nextBillingAt)
        out.put(3, self.snoozedUntil)
        out.put(4, self.further)
        out.put(5, self.agreement)
        out.put(6, self.segment)
        out.put(7, self.assignments)
        out.put(8, self.retryPolicy)
        out.put(9, self.messagePolicy)
        if let phase = self.frozenFrom { out.put(10, phase) }
        out.put(11, self.flags.rawValue)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init()
        while let field = try reader.next() {
            switch field {
            case 1: self.interval = try reader.choice()
            case 2: self.nextBillingAt = try reader.timestamp()
            case 3: self.snoozedUntil = try reader.timestamp()
            case 4: try reader.message(into: &self.further)
            case 5: try reader.message(into: &self.agreement)
            case 6: self.segment = try reader.string()
            case 7: try reader.message(into: &self.assignments)
            case 8: self.retryPolicy = try reader.string()
            case 9: self.messagePolicy = try reader.string()
            case 10: self.frozenFrom = try reader.choice()
            case 11: self.flags = Flags(rawValue: try reader.uint32())
            default: try reader.skip()
            }
        }
    }
}

extension AgreedPart: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.at)
        out.put(2, self.amountMinor)
        out.put(3, self.paidMinor)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(at: Timestamp(ms: 0), amountMinor: 0)
        while let field = try reader.next() {
            switch field {
            case 1: self.at = try reader.timestamp()
            case 2: self.amountMinor = try reader.int64()
            case 3: self.paidMinor = try reader.int64()
            default: try reader.skip()
            }
        }
    }
}

extension Assignment: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.experiment)
        out.put(2, self.arm)
        out.put(3, self.propensityPpm)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(experiment: "", arm: "", propensityPpm: 0)
        while let field = try reader.next() {
            switch field {
            case 1: self.experiment = try reader.string()
            case 2: self.arm = try reader.string()
            case 3: self.propensityPpm = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension CaseAmendment: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.particulars)
        out.putIfSet(2, self.obligation)
        out.putIfSet(3, self.move)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(particulars: CaseParticulars())
        while let field = try reader.next() {
            switch field {
            case 1: self.particulars = try reader.message()
            case 2: self.obligation = try reader.message()
            case 3: self.move = try reader.message()
            default: try reader.skip()
            }
        }
    }
}

extension CaseMove: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putFixed(1, self.bundle.rawValue)
        out.put(2, self.policy)
        out.put(3, self.stepsDone)
        out.put(4, self.accessSteps)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(bundle: BundleID(0), policy: "", stepsDone: 0, accessSteps: 0)
        while let field = try reader.next() {
            switch field {
            case 1: self.bundle = BundleID(try reader.fixed64())
            case 2: self.policy = try reader.string()
            case 3: self.stepsDone = try reader.uint64()
            case 4: self.accessSteps = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}
