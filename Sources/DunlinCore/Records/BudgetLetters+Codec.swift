// `dunlin.v1.BudgetReport` and `dunlin.v1.BudgetWord`, in records and between nodes. Level 1.

extension BudgetReport {
    /// The letter's bytes.
    package func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRecord(expecting: 1024) { self.write(to: &$0) }
        return bytes.exactCopy()
    }

    /// Reads a letter. Any bytes are safe.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        var reader = ProtoReader(bytes)
        try self.init(from: &reader)
    }
}

extension BudgetWord {
    /// The letter's bytes.
    package func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRecord(expecting: 1024) { self.write(to: &$0) }
        return bytes.exactCopy()
    }

    /// Reads a letter. Any bytes are safe.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        var reader = ProtoReader(bytes)
        try self.init(from: &reader)
    }
}

extension FrequencyCap: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.touchesMax)
        out.put(2, self.withinMs)
    }

    static var blank: FrequencyCap { FrequencyCap(touchesMax: 0, withinMs: 0) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.touchesMax = try reader.uint32()
            case 2: self.withinMs = try reader.int64()
            default: try reader.skip()
            }
        }
    }
}

extension BudgetAsk: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.put(2, self.wantedAt)
        out.put(3, self.latestAt)
        out.put(4, self.isUsed)
        out.put(5, self.network)
        out.put(6, self.amountMinor)
        out.put(7, self.currency.packed)
        out.putFixed(8, self.bundle.rawValue)
        out.put(9, self.caps)
    }

    static var blank: BudgetAsk {
        BudgetAsk(number: 0, wantedAt: Timestamp(ms: 0), latestAt: Timestamp(ms: 0))
    }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2: self.wantedAt = try reader.timestamp()
            case 3: self.latestAt = try reader.timestamp()
            case 4: self.isUsed = try reader.bool()
            case 5: self.network = try reader.choice()
            case 6: self.amountMinor = try reader.int64()
            case 7: self.currency = try reader.currency()
            case 8: self.bundle = BundleID(try reader.fixed64())
            case 9: try reader.message(into: &self.caps)
            default: try reader.skip()
            }
        }
    }
}

extension BudgetReport: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.kind)
        out.put(2, self.key)
        out.put(3, self.share)
        out.put(4, self.knowsShared)
        out.put(5, self.leaves)
        out.put(6, self.uses)
        out.put(7, self.bar)
        out.put(8, self.asks)
    }

    static var blank: BudgetReport { BudgetReport(kind: .card, key: "") }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.kind = try reader.choice()
            case 2: self.key = try reader.string()
            case 3: self.share = try reader.uint32()
            case 4: self.knowsShared = try reader.bool()
            case 5: self.leaves = try reader.bool()
            case 6: try reader.message(into: &self.uses)
            case 7: try reader.message(into: &self.bar)
            case 8: try reader.message(into: &self.asks)
            default: try reader.skip()
            }
        }
    }
}

extension BudgetWord: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.kind)
        out.put(2, self.key)
        out.put(3, self.standing)
        out.put(4, self.holders)
        out.put(5, self.report.op)
        out.put(6, self.report.index)
        out.put(7, self.bar)
        out.put(8, self.permits)
    }

    static var blank: BudgetWord { BudgetWord(kind: .card, key: "", standing: .asked, holders: 0) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.kind = try reader.choice()
            case 2: self.key = try reader.string()
            case 3: self.standing = try reader.choice()
            case 4: self.holders = try reader.uint32()
            case 5: self.report.op = try reader.uint64()
            case 6: self.report.index = try reader.uint32()
            case 7: try reader.message(into: &self.bar)
            case 8: try reader.message(into: &self.permits)
            default: try reader.skip()
            }
        }
    }
}

extension BudgetHeard: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.word)
        out.put(2, self.effect.op)
        out.put(3, self.effect.index)
        out.put(4, self.share)
    }

    static var blank: BudgetHeard { BudgetHeard(word: .blank) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: try reader.message(into: &self.word)
            case 2: self.effect.op = try reader.uint64()
            case 3: self.effect.index = try reader.uint32()
            case 4: self.share = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension BudgetReported: InPlacePart {
    static var isUsuallyLong: Bool { true }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.account)
        out.put(2, self.report.op)
        out.put(3, self.report.index)
        out.put(4, self.mode)
        out.put(5, self.leaves)
        out.put(6, self.uses)
        out.put(7, self.bar)
        out.put(8, self.permits)
        out.put(9, self.owed)
    }

    static var blank: BudgetReported { BudgetReported(account: "", report: .none, mode: .sole) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.account = try reader.string()
            case 2: self.report.op = try reader.uint64()
            case 3: self.report.index = try reader.uint32()
            case 4: self.mode = try reader.choice()
            case 5: self.leaves = try reader.bool()
            case 6: try reader.message(into: &self.uses)
            case 7: try reader.message(into: &self.bar)
            case 8: try reader.message(into: &self.permits)
            case 9: try reader.strings(into: &self.owed)
            default: try reader.skip()
            }
        }
    }
}

extension BudgetWordTaken: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.account)
        out.put(2, self.word.op)
        out.put(3, self.word.index)
    }

    static var blank: BudgetWordTaken { BudgetWordTaken(account: "", word: .none) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.account = try reader.string()
            case 2: self.word.op = try reader.uint64()
            case 3: self.word.index = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}
