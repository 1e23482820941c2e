// `dunlin.v1.AttemptMark`. In a list each mark says only what differs from the one before.

extension OutputSpan where Element == UInt8 {
    mutating func put(_ field: UInt32, _ marks: [AttemptMark]) {
        var previous: AttemptMark?
        for mark in marks {
            self.putMark(field, mark, after: previous)
            previous = mark
        }
    }

    mutating func putMark(_ field: UInt32, _ mark: AttemptMark, after previous: AttemptMark?) {
        let start = self.openMessage(field, width: 1)
        if let previous {
            mark.write(to: &self, after: previous)
        } else {
            mark.writeFirst(to: &self)
        }
        self.closeMessage(at: start, width: 1)
    }
}

extension ProtoReader {
    mutating func mark(after previous: AttemptMark?) throws(RecordError) -> AttemptMark {
        let outer = try self.enter()
        let mark = try AttemptMark(from: &self, after: previous)
        self.leave(to: outer)
        return mark
    }

    mutating func mark(into marks: inout [AttemptMark]) throws(RecordError) {
        try self.makeRoom(in: &marks)
        marks.append(try self.mark(after: marks.last))
    }
}

extension AttemptMark {
    fileprivate func writeFirst(to out: inout ProtoWriter) {
        out.put(1, zigzag(self.at.ms))
        out.put(2, self.method)
        out.put(3, self.amountMinor)
        out.put(4, self.currency.packed)
        out.put(5, self.initiator)
        out.putFixed(6, self.chargeHash)
        out.putFixed(7, self.obligationHash)
        out.put(8, UInt32(self.flags.rawValue))
        out.put(9, self.returnCode.rawValue)
    }

    fileprivate func write(to out: inout ProtoWriter, after previous: AttemptMark) {
        out.put(1, zigzag(self.at.ms &- previous.at.ms))
        out.putIfSet(2, self.method == previous.method ? nil : self.method)
        out.putIfSet(3, self.amountMinor == previous.amountMinor ? nil : self.amountMinor)
        out.putIfSet(4, self.currency == previous.currency ? nil : self.currency.packed)
        out.putIfSet(5, self.initiator == previous.initiator ? nil : self.initiator)
        out.putFixed(6, self.chargeHash)
        out.putFixedIfSet(
            7, self.obligationHash == previous.obligationHash ? nil : self.obligationHash)
        out.putIfSet(8, self.flags == previous.flags ? nil : UInt32(self.flags.rawValue))
        out.putIfSet(
            9, self.returnCode == previous.returnCode ? nil : self.returnCode.rawValue)
    }

    fileprivate init(
        from reader: inout ProtoReader, after previous: AttemptMark?
    ) throws(RecordError) {
        var atMs = previous?.at.ms ?? 0
        var method = previous?.method ?? 0
        var amountMinor = previous?.amountMinor ?? 0
        var currency = previous?.currency
        var initiator = previous?.initiator ?? .merchant
        var chargeHash: UInt64 = 0
        var obligationHash = previous?.obligationHash ?? 0
        var flags = previous?.flags ?? []
        var returnCode = previous?.returnCode ?? .none
        while let field = try reader.next() {
            switch field {
            case 1: atMs = (previous?.at.ms ?? 0) &+ unzigzag(try reader.uint64())
            case 2: method = try reader.uint32()
            case 3: amountMinor = try reader.int64()
            case 4: currency = try reader.currency()
            case 5: initiator = try reader.choice()
            case 6: chargeHash = try reader.fixed64()
            case 7: obligationHash = try reader.fixed64()
            case 8: flags = Flags(rawValue: try reader.uint8())
            case 9: returnCode = ReturnCode(rawValue: try reader.uint32())
            default: try reader.skip()
            }
        }
        guard let currency else { throw .malformed }
        self.init(
            at: Timestamp(ms: atMs), method: method, amountMinor: amountMinor, currency: currency,
            initiator: initiator, chargeHash: chargeHash, obligationHash: obligationHash,
            flags: flags, returnCode: returnCode)
    }
}
