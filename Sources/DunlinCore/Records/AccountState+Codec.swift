// `dunlin.v1.AccountSnapshot`: how an account rests in memory, in its row and between nodes.
//
// Level 1. The same state always gives the same bytes, so states may be compared by them.

extension AccountState {
    /// The snapshot, in an array of just its size.
    package func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        self.packed(into: &bytes)
        return bytes.exactCopy()
    }

    /// Replaces the content of `bytes` by the snapshot and keeps its capacity for the next.
    package func packed(into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        let expected = 256 + self.cases.count * 384 + self.marks.count * 64
        bytes.appendRecord(expecting: expected) { out in self.write(to: &out) }
    }

    /// Reads a snapshot. Any bytes are safe; fields of a newer level are skipped.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        self.init()
        try self.read(packed: bytes)
    }

    /// Reads a snapshot into a state that was just reset.
    mutating func read(packed bytes: [UInt8]) throws(RecordError) {
        var reader = ProtoReader(bytes)
        try self.read(from: &reader)
    }
}

extension AccountState: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.lastRecord.op)
        out.put(2, self.lastRecord.index)
        out.put(3, self.lastAt)
        out.put(4, self.profile)
        out.put(5, self.methods)
        out.put(6, self.methodsSeen)
        out.put(7, self.unnamedStanding)
        out.put(8, self.subscriptions)
        out.put(9, self.cases)
        out.put(10, self.casesOpened)
        out.put(11, self.marks)
        out.put(12, self.effects)
        out.putFixed(13, self.recentEvents)
        out.put(14, self.settled)
        out.put(15, self.hasKey)
        out.put(20, self.outreach)
        out.put(30, self.shares)
    }

    static var blank: AccountState { AccountState() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.lastRecord.op = try reader.uint64()
            case 2: self.lastRecord.index = try reader.uint32()
            case 3: self.lastAt = try reader.timestamp()
            case 4: try reader.message(into: &self.profile)
            case 5: try reader.message(into: &self.methods)
            case 6: self.methodsSeen = try reader.uint32()
            case 7: try reader.message(into: &self.unnamedStanding)
            case 8: try reader.message(into: &self.subscriptions)
            case 9: try reader.message(into: &self.cases)
            case 10: self.casesOpened = try reader.uint32()
            case 11: try reader.mark(into: &self.marks)
            case 12: try reader.message(into: &self.effects)
            case 13: try reader.fixed64s(into: &self.recentEvents)
            case 14: try reader.message(into: &self.settled)
            case 15: self.hasKey = try reader.bool()
            case 20:
                try reader.message(into: &self.outreach)
                guard self.outreach.count == 1 else { throw .limit }
            case 30: try reader.message(into: &self.shares)
            default: try reader.skip()
            }
        }
    }
}

extension SubscriptionAccess: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.subscription)
        out.put(2, self.state)
        out.put(3, self.since)
    }

    static var blank: SubscriptionAccess {
        SubscriptionAccess(subscription: "", state: .full, since: Timestamp(ms: 0))
    }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.subscription = try reader.string()
            case 2: self.state = try reader.choice()
            case 3: self.since = try reader.timestamp()
            default: try reader.skip()
            }
        }
    }
}

extension PendingEffect: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.id.op)
        out.put(2, self.id.index)
        out.put(3, self.kind)
        out.put(4, self.caseNumber)
        out.put(5, self.argument)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var id = RecordPosition.none
        var kind: EffectKind?
        var caseNumber: UInt32 = 0
        var argument: UInt32 = 0
        while let field = try reader.next() {
            switch field {
            case 1: id.op = try reader.uint64()
            case 2: id.index = try reader.uint32()
            case 3: kind = try reader.choice()
            case 4: caseNumber = try reader.uint32()
            case 5: argument = try reader.uint32()
            default: try reader.skip()
            }
        }
        guard let kind else { throw .malformed }
        self.init(id: id, kind: kind, caseNumber: caseNumber, argument: argument)
    }
}

extension SettledObligation: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.putFixed(1, self.obligationHash)
        out.put(2, self.at)
    }

    static var blank: SettledObligation {
        SettledObligation(obligationHash: 0, at: Timestamp(ms: 0))
    }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.obligationHash = try reader.fixed64()
            case 2: self.at = try reader.timestamp()
            default: try reader.skip()
            }
        }
    }
}
