// `dunlin.v1.SharedBudgetSnapshot`, and what an account keeps of what it shares. Level 1.

extension SharedBudget {
    /// The snapshot, in an array of just its size.
    package func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRecord(expecting: 256 + self.holders.count * 256) { self.write(to: &$0) }
        return bytes.exactCopy()
    }

    /// Reads a snapshot. Any bytes are safe; fields of a newer level are skipped.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        var reader = ProtoReader(bytes)
        try self.init(from: &reader)
    }
}

extension BudgetUse: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.at)
        out.put(2, self.amountMinor)
        out.put(3, self.currency.packed)
        out.put(4, self.initiator)
        out.put(5, UInt32(self.flags.rawValue))
    }

    static var blank: BudgetUse { BudgetUse(at: Timestamp(ms: 0)) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.at = try reader.timestamp()
            case 2: self.amountMinor = try reader.int64()
            case 3: self.currency = try reader.currency()
            case 4: self.initiator = try reader.choice()
            case 5: self.flags = AttemptMark.Flags(rawValue: try reader.uint8())
            default: try reader.skip()
            }
        }
    }
}

extension BudgetPermit: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.put(2, self.wantedAt)
        out.put(3, self.grantedAt)
        out.put(4, self.refusal)
        out.put(5, self.isUsed)
        out.put(6, self.amountMinor)
        out.put(7, self.currency.packed)
        out.put(8, self.used)
        out.put(9, self.cap)
    }

    static var blank: BudgetPermit { BudgetPermit(number: 0, wantedAt: Timestamp(ms: 0)) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2: self.wantedAt = try reader.timestamp()
            case 3: self.grantedAt = try reader.timestamp()
            case 4: self.refusal = try reader.choice()
            case 5: self.isUsed = try reader.bool()
            case 6: self.amountMinor = try reader.int64()
            case 7: self.currency = try reader.currency()
            case 8: self.used = try reader.uint32()
            case 9: self.cap = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension BudgetShare: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.put(2, self.kind)
        out.put(3, self.key)
        out.put(4, self.standing)
        out.put(5, self.holders)
        out.put(6, self.bar)
        out.put(7, self.reported.op)
        out.put(8, self.reported.index)
        out.putFixed(9, self.told)
        for number in self.methods { out.putAlways(10, number) }
        out.put(11, self.permits)
    }

    static var blank: BudgetShare { BudgetShare(number: 0, kind: .card, key: "") }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2: self.kind = try reader.choice()
            case 3: self.key = try reader.string()
            case 4: self.standing = try reader.choice()
            case 5: self.holders = try reader.uint32()
            case 6: try reader.message(into: &self.bar)
            case 7: self.reported.op = try reader.uint64()
            case 8: self.reported.index = try reader.uint32()
            case 9: self.told = try reader.fixed64()
            case 10:
                var numbers = self.methods
                try reader.uint32s { number throws(RecordError) in
                    guard numbers.count < ProtoReader.listCountMax else { throw .limit }
                    numbers.append(number)
                }
                self.methods = numbers
            case 11: try reader.message(into: &self.permits)
            default: try reader.skip()
            }
        }
    }
}

extension BudgetHolder: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.account)
        out.put(2, self.mode)
        out.put(3, self.lastReport.op)
        out.put(4, self.lastReport.index)
        out.put(5, self.uses)
        out.put(6, self.bar)
        out.put(7, self.permits)
        out.put(8, self.owedWord.op)
        out.put(9, self.owedWord.index)
    }

    static var blank: BudgetHolder { BudgetHolder(account: "", mode: .sole) }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.account = try reader.string()
            case 2: self.mode = try reader.choice()
            case 3: self.lastReport.op = try reader.uint64()
            case 4: self.lastReport.index = try reader.uint32()
            case 5: try reader.message(into: &self.uses)
            case 6: try reader.message(into: &self.bar)
            case 7: try reader.message(into: &self.permits)
            case 8: self.owedWord.op = try reader.uint64()
            case 9: self.owedWord.index = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension SharedBudget: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.lastRecord.op)
        out.put(2, self.lastRecord.index)
        out.put(3, self.lastAt)
        out.put(4, self.holders)
        out.put(5, self.orphans)
    }

    static var blank: SharedBudget { SharedBudget() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.lastRecord.op = try reader.uint64()
            case 2: self.lastRecord.index = try reader.uint32()
            case 3: self.lastAt = try reader.timestamp()
            case 4: try reader.message(into: &self.holders)
            case 5: try reader.message(into: &self.orphans)
            default: try reader.skip()
            }
        }
    }
}
