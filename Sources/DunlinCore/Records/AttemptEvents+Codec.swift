// Events about attempts and payments, ours and others'.

extension AttemptIntended: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.caseNumber)
        out.put(2, self.attempt)
        out.putFixed(3, self.key.high)
        out.putFixed(4, self.key.low)
        out.put(5, self.method)
        out.put(6, self.amountMinor)
        out.put(7, self.currency.packed)
        out.put(8, self.reason)
        out.put(9, self.permit.rulesVersion)
        out.put(10, self.permit.lines)
        out.put(11, self.realAt)
        out.put(40, self.backup)
        out.put(41, self.floorMinor)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var caseNumber: UInt32 = 0
        var attempt: UInt32 = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        var method: UInt32 = 0
        var amountMinor: Int64 = 0
        var currency: Currency?
        var reason = PlanReason.none
        var rulesVersion: UInt32 = 0
        var lines: [Permit.Line] = []
        var realAt = Timestamp(ms: 0)
        var backup = ""
        var floorMinor: Int64 = 0
        while let field = try reader.next() {
            switch field {
            case 1: caseNumber = try reader.uint32()
            case 2: attempt = try reader.uint32()
            case 3: high = try reader.fixed64()
            case 4: low = try reader.fixed64()
            case 5: method = try reader.uint32()
            case 6: amountMinor = try reader.int64()
            case 7: currency = try reader.currency()
            case 8: reason = try reader.choice()
            case 9: rulesVersion = try reader.uint32()
            case 10: lines = try reader.permitLines()
            case 11: realAt = try reader.timestamp()
            case 40: backup = try reader.string()
            case 41: floorMinor = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let currency else { throw .malformed }
        self.init(
            caseNumber: caseNumber, attempt: attempt, key: GatewayKey(high: high, low: low),
            method: method, amountMinor: amountMinor, currency: currency, reason: reason,
            permit: Permit(rulesVersion: rulesVersion, lines: lines), realAt: realAt,
            backup: backup, floorMinor: floorMinor)
    }
}

extension OutputSpan where Element == UInt8 {
    /// Three numbers a line, in one field.
    fileprivate mutating func put(_ field: UInt32, _ lines: [Permit.Line]) {
        // A number takes at most five bytes.
        guard !lines.isEmpty, self.hasRoom(for: lines.count * 15) else { return }
        let start = self.openMessage(field, width: 1)
        guard self.hasRoom(for: lines.count * 15) else { return }
        for line in lines {
            self.appendVarint(UInt64(line.rule))
            self.appendVarint(UInt64(line.used))
            self.appendVarint(UInt64(line.cap))
        }
        self.closeMessage(at: start, width: 1)
    }
}

extension ProtoReader {
    fileprivate mutating func permitLines() throws(RecordError) -> [Permit.Line] {
        var lines: [Permit.Line] = []
        var filled = 0
        var line = Permit.Line(rule: 0, used: 0, cap: 0)
        lines.reserveCapacity(4)
        try self.uint32s { value throws(RecordError) in
            switch filled {
            case 0:
                line.rule = value
                filled = 1
            case 1:
                line.used = value
                filled = 2
            default:
                line.cap = value
                filled = 0
                guard lines.count < Self.listCountMax else { throw .limit }
                lines.append(line)
            }
        }
        guard filled == 0 else { throw .malformed }
        return lines
    }
}

extension AttemptSettled: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.put(2, self.attempt)
        out.put(3, self.verdict)
        out.put(4, self.collectedMinor)
        out.put(5, self.chargeID)
        out.putIfSet(6, self.decline)
        out.putIfSet(7, self.notSentReason)
        out.put(8, self.notSentToNetwork)
        out.putIfSet(9, self.standing)
        out.put(10, self.nextLookUpAt)
        out.put(11, self.costMilli)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var attempt: UInt32 = 0
        var verdict: Verdict?
        var collectedMinor: Int64 = 0
        var chargeID = ""
        var decline: Decline?
        var notSentReason: AttemptOutcome.NotSentReason?
        var notSentToNetwork = false
        var standing: CredentialStanding?
        var nextLookUpAt = Timestamp(ms: 0)
        var costMilli: Int64 = 0
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: attempt = try reader.uint32()
            case 3: verdict = try reader.choice()
            case 4: collectedMinor = try reader.int64()
            case 5: chargeID = try reader.string()
            case 6: decline = try reader.message()
            case 7: notSentReason = try reader.choice()
            case 8: notSentToNetwork = try reader.bool()
            case 9: standing = try reader.message()
            case 10: nextLookUpAt = try reader.timestamp()
            case 11: costMilli = try reader.int64()
            default: try reader.skip()
            }
        }
        guard let update, let verdict else { throw .malformed }
        self.init(
            update: update, attempt: attempt, verdict: verdict, collectedMinor: collectedMinor,
            chargeID: chargeID, decline: decline, notSentReason: notSentReason,
            notSentToNetwork: notSentToNetwork, standing: standing, nextLookUpAt: nextLookUpAt,
            costMilli: costMilli)
    }
}

extension LookUpIntended: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.caseNumber)
        out.put(2, self.attempt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(caseNumber: 0, attempt: 0)
        while let field = try reader.next() {
            switch field {
            case 1: self.caseNumber = try reader.uint32()
            case 2: self.attempt = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension AttemptReported: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putIfSet(1, self.update)
        out.putMark(2, self.mark, after: nil)
        out.putIfSet(3, self.decline)
        out.putIfSet(4, self.standing)
        out.put(5, self.warnsOfForeignRetries)
        out.put(6, self.endsPending)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var mark: AttemptMark?
        var decline: Decline?
        var standing: CredentialStanding?
        var warnsOfForeignRetries = false
        var endsPending = false
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: mark = try reader.mark(after: nil)
            case 3: decline = try reader.message()
            case 4: standing = try reader.message()
            case 5: warnsOfForeignRetries = try reader.bool()
            case 6: endsPending = try reader.bool()
            default: try reader.skip()
            }
        }
        guard let mark else { throw .malformed }
        self.init(
            update: update, mark: mark, decline: decline, standing: standing,
            warnsOfForeignRetries: warnsOfForeignRetries, endsPending: endsPending)
    }
}

extension PaymentRecorded: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putIfSet(1, self.update)
        out.put(2, self.obligation)
        out.put(3, self.collectedMinor)
        out.put(4, self.occurredAt)
        out.put(5, self.endsPending)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init(update: nil, obligation: "", collectedMinor: 0, occurredAt: Timestamp(ms: 0))
        while let field = try reader.next() {
            switch field {
            case 1: self.update = try reader.message() as CaseUpdate
            case 2: self.obligation = try reader.string()
            case 3: self.collectedMinor = try reader.int64()
            case 4: self.occurredAt = try reader.timestamp()
            case 5: self.endsPending = try reader.bool()
            default: try reader.skip()
            }
        }
    }
}

extension DebitPending: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putMessage(1, self.update)
        out.putFixed(2, self.chargeHash)
        out.put(3, self.method)
        out.put(4, self.amountMinor)
        out.put(5, self.currency.packed)
        out.put(6, self.submittedAt)
        out.put(7, self.expiresAt)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var update: CaseUpdate?
        var currency: Currency?
        var chargeHash: UInt64 = 0
        var method: UInt32 = 0
        var amountMinor: Int64 = 0
        var submittedAt = Timestamp(ms: 0)
        var expiresAt = Timestamp(ms: 0)
        while let field = try reader.next() {
            switch field {
            case 1: update = try reader.message()
            case 2: chargeHash = try reader.fixed64()
            case 3: method = try reader.uint32()
            case 4: amountMinor = try reader.int64()
            case 5: currency = try reader.currency()
            case 6: submittedAt = try reader.timestamp()
            case 7: expiresAt = try reader.timestamp()
            default: try reader.skip()
            }
        }
        guard let update, let currency else { throw .malformed }
        self.init(
            update: update, chargeHash: chargeHash, method: method, amountMinor: amountMinor,
            currency: currency, submittedAt: submittedAt, expiresAt: expiresAt)
    }
}
