// How an account rests in memory between its turns: as few bytes as it can, quick to read and to
// write. These bytes stay in the process, whose ``Lexicon`` they need; what leaves it is the
// snapshot (`AccountState+Codec.swift`).

extension AccountState {
    /// Replaces `bytes` by the resting state. `mutating` only so that nothing is copied for it.
    package mutating func rest(into bytes: inout [UInt8], _ lexicon: inout Lexicon) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(addingCapacity: self.restingBytesMax) { out in
            self.rest(to: &out, &lexicon)
        }
    }

    private mutating func rest(to out: inout OutputSpan<UInt8>, _ lexicon: inout Lexicon) {
        let base = self.lastAt.ms
        out.rest(base)
        out.rest(self.lastRecord.op)
        out.rest(self.lastRecord.index)
        out.append(
            (self.hasKey ? 1 : 0) | (self.outreach.isEmpty ? 0 : 2) | (self.shares.isEmpty ? 0 : 4))
        out.rest(count: self.cases.count)
        for index in self.cases.indices { self.cases[index].rest(to: &out, base, &lexicon) }
        out.rest(self.casesOpened)
        self.restMarks(to: &out, base)
        out.rest(count: self.effects.count)
        for effect in self.effects { effect.rest(to: &out) }
        out.rest(count: self.recentEvents.count)
        for hash in self.recentEvents { out.restWhole(hash) }
        self.unnamedStanding.rest(to: &out, base)
        out.rest(self.methodsSeen)
        out.rest(count: self.methods.count)
        for index in self.methods.indices { self.methods[index].rest(to: &out, base) }
        self.restSubscriptions(to: &out, base)
        out.rest(count: self.settled.count)
        for settled in self.settled {
            out.restWhole(settled.obligationHash)
            out.rest(settled.at, from: base)
        }
        self.profile.rest(to: &out, base, &lexicon)
        self.restOutreach(to: &out)
        if !self.shares.isEmpty { self.restShares(to: &out) }
    }

    /// Reads a resting state in the place of whatever this one holds, keeping the room of arrays.
    mutating func read(
        resting bytes: [UInt8], _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        var reader = RestingReader(bytes)
        reader.base = try reader.int64()
        self.lastAt = Timestamp(ms: reader.base)
        self.lastRecord = RecordPosition(op: try reader.uint64(), index: try reader.uint32())
        let parts = try reader.byte()
        self.hasKey = parts & 1 != 0
        let caseCount = try reader.count()
        self.cases.shorten(to: caseCount)
        for index in 0..<caseCount {
            if index == self.cases.count { self.cases.append(.blank) }
            try self.cases[index].read(from: &reader, lexicon)
        }
        self.casesOpened = try reader.uint32()
        try self.readMarks(from: &reader)
        self.effects.clear()
        for _ in 0..<(try reader.count()) { self.effects.append(try PendingEffect(from: &reader)) }
        self.recentEvents.clear()
        for _ in 0..<(try reader.count()) { self.recentEvents.append(try reader.whole()) }
        self.unnamedStanding = try CredentialStanding(from: &reader)
        self.methodsSeen = try reader.uint32()
        self.methods.clear()
        for _ in 0..<(try reader.count()) { self.methods.append(try HeldMethod(from: &reader)) }
        try self.readSubscriptions(from: &reader)
        self.settled.clear()
        for _ in 0..<(try reader.count()) {
            self.settled.append(
                SettledObligation(
                    obligationHash: try reader.whole(), at: try reader.timestamp()))
        }
        self.profile.reset()
        try self.profile.read(from: &reader, lexicon)
        self.outreach.clear()
        if parts & 2 != 0 { try self.readOutreach(from: &reader) }
        self.shares.clear()
        if parts & 4 != 0 { try self.readShares(from: &reader) }
    }

    /// No fewer bytes than the resting state takes: a number takes at most ten.
    private var restingBytesMax: Int {
        var bytes = 256 + self.profile.restingBytesMax + self.restingOutreachBytesMax
        if !self.shares.isEmpty { bytes += self.restingSharesBytesMax }
        for index in self.cases.indices { bytes += self.cases[index].restingBytesMax }
        for index in self.methods.indices { bytes += self.methods[index].restingBytesMax }
        for index in self.subscriptions.indices {
            bytes += 32 + self.subscriptions[index].subscription.utf8.count
        }
        bytes += self.marks.count * 64 + self.effects.count * 48
        return bytes + self.recentEvents.count * 8 + self.settled.count * 20
    }

    // MARK: Marks

    /// Beside the initiator: the code of a refused debit follows.
    private static let hasReturnCode: UInt8 = 0x80

    /// A mark that is about a case's obligation and whole amount names the case instead.
    private func restMarks(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(count: self.marks.count)
        var known = -1
        var hash: UInt64 = 0
        for index in self.marks.indices {
            let mark = self.marks[index]
            var like = 0
            for place in self.cases.indices
            where self.cases[place].obligation.amountMinor == mark.amountMinor
                && self.cases[place].obligation.currency == mark.currency
            {
                if known != place {
                    hash = FNV1a64.hash(self.cases[place].obligation.id)
                    known = place
                }
                if hash == mark.obligationHash {
                    like = place + 1
                    break
                }
            }
            out.rest(count: like)
            if like == 0 {
                out.restWhole(mark.obligationHash)
                out.rest(mark.amountMinor)
                out.rest(mark.currency)
            }
            out.rest(mark.at, from: base)
            out.rest(mark.method)
            out.restWhole(mark.chargeHash)
            let hasCode = mark.returnCode == .none ? 0 : Self.hasReturnCode
            out.append(mark.initiator.rawValue | hasCode)
            if mark.returnCode != .none { out.rest(mark.returnCode.rawValue) }
            out.append(mark.flags.rawValue)
        }
    }

    private mutating func readMarks(from reader: inout RestingReader) throws(RecordError) {
        var known = 0
        var hash: UInt64 = 0
        self.marks.clear()
        for _ in 0..<(try reader.count()) {
            let like = try reader.count()
            guard like <= self.cases.count else { throw .malformed }
            var amountMinor: Int64
            var currency: Currency
            if like == 0 {
                known = 0
                hash = try reader.whole()
                amountMinor = try reader.int64()
                currency = try reader.currency()
            } else {
                if known != like {
                    hash = FNV1a64.hash(self.cases[like - 1].obligation.id)
                    known = like
                }
                amountMinor = self.cases[like - 1].obligation.amountMinor
                currency = self.cases[like - 1].obligation.currency
            }
            let at = try reader.timestamp()
            let method = try reader.uint32()
            let charge = try reader.whole()
            let who = try reader.byte()
            guard let initiator = Initiator(rawValue: who & ~Self.hasReturnCode) else {
                throw .malformed
            }
            let code = who & Self.hasReturnCode == 0 ? 0 : try reader.uint32()
            self.marks.append(
                AttemptMark(
                    at: at, method: method, amountMinor: amountMinor, currency: currency,
                    initiator: initiator, chargeHash: charge, obligationHash: hash,
                    flags: AttemptMark.Flags(rawValue: try reader.byte()),
                    returnCode: ReturnCode(rawValue: code)))
        }
    }

    // MARK: Subscriptions

    /// A subscription that a case names is named by the case.
    private func restSubscriptions(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(count: self.subscriptions.count)
        for access in self.subscriptions {
            let place = self.cases.firstIndex {
                $0.obligation.subscription == access.subscription
            }
            out.rest(count: place.map { $0 + 1 } ?? 0)
            if place == nil { out.rest(access.subscription) }
            out.rest(access.state)
            out.rest(access.since, from: base)
        }
    }

    private mutating func readSubscriptions(
        from reader: inout RestingReader
    ) throws(RecordError) {
        self.subscriptions.clear()
        for _ in 0..<(try reader.count()) {
            let place = try reader.count()
            guard place <= self.cases.count else { throw .malformed }
            let name =
                place == 0
                ? try reader.text() : self.cases[place - 1].obligation.subscription
            self.subscriptions.append(
                SubscriptionAccess(
                    subscription: name, state: try reader.choice(), since: try reader.timestamp()))
        }
    }
}

extension PendingEffect {
    fileprivate func rest(to out: inout OutputSpan<UInt8>) {
        out.rest(self.id.op)
        out.rest(self.id.index)
        out.rest(self.kind)
        out.rest(self.caseNumber)
        out.rest(self.argument)
    }

    fileprivate init(from reader: inout RestingReader) throws(RecordError) {
        let id = RecordPosition(op: try reader.uint64(), index: try reader.uint32())
        self.init(
            id: id, kind: try reader.choice(), caseNumber: try reader.uint32(),
            argument: try reader.uint32())
    }
}
