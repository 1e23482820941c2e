extension CaseParticulars {
    /// No fewer bytes than they take at rest.
    var restingBytesMax: Int {
        var bytes = 128 + self.segment.utf8.count + self.retryPolicy.utf8.count
        bytes += self.messagePolicy.utf8.count + self.agreement.count * 40
        for obligation in self.further {
            bytes += 80 + obligation.id.utf8.count + obligation.subscription.utf8.count
            bytes += obligation.link.utf8.count
        }
        for assignment in self.assignments {
            bytes += 40 + assignment.experiment.utf8.count + assignment.arm.utf8.count
        }
        return bytes
    }

    func rest(to out: inout OutputSpan<UInt8>, _ base: Int64, _ lexicon: inout Lexicon) {
        out.rest(self.interval)
        out.rest(self.nextBillingAt, from: base)
        out.rest(self.snoozedUntil, from: base)
        out.rest(count: self.further.count)
        for obligation in self.further {
            out.rest(obligation.id)
            out.rest(obligation.subscription)
            out.rest(obligation.amountMinor)
            out.rest(obligation.collectedMinor)
            out.rest(obligation.currency)
            out.rest(obligation.dueAt, from: base)
            out.rest(obligation.link)
        }
        out.rest(count: self.agreement.count)
        for part in self.agreement {
            out.rest(part.at, from: base)
            out.rest(part.amountMinor)
            out.rest(part.paidMinor)
        }
        out.rest(word: self.segment, &lexicon)
        out.rest(count: self.assignments.count)
        for assignment in self.assignments {
            out.rest(word: assignment.experiment, &lexicon)
            out.rest(word: assignment.arm, &lexicon)
            out.rest(assignment.propensityPpm)
        }
        out.rest(word: self.retryPolicy, &lexicon)
        out.rest(word: self.messagePolicy, &lexicon)
        out.append(self.frozenFrom?.rawValue ?? 0)
        out.rest(self.flags.rawValue)
    }

    init(from reader: inout RestingReader, _ lexicon: borrowing Lexicon) throws(RecordError) {
        self.init()
        self.interval = try reader.choice()
        self.nextBillingAt = try reader.timestamp()
        self.snoozedUntil = try reader.timestamp()
        for _ in 0..<(try reader.count()) {
            self.further.append(
                Obligation(
                    id: try reader.text(), subscription: try reader.text(),
                    amountMinor: try reader.int64(), collectedMinor: try reader.int64(),
                    currency: try reader.currency(), dueAt: try reader.timestamp(),
                    link: try reader.text()))
        }
        for _ in 0..<(try reader.count()) {
            self.agreement.append(
                AgreedPart(
                    at: try reader.timestamp(), amountMinor: try reader.int64(),
                    paidMinor: try reader.int64()))
        }
        self.segment = try reader.word(lexicon)
        for _ in 0..<(try reader.count()) {
            self.assignments.append(
                Assignment(
                    experiment: try reader.word(lexicon), arm: try reader.word(lexicon),
                    propensityPpm: try reader.uint32()))
        }
        self.retryPolicy = try reader.word(lexicon)
        self.messagePolicy = try reader.word(lexicon)
        let phase = try reader.byte()
        if phase != 0 {
            guard let known = CasePhase(rawValue: phase) else { throw .unknownKind }
            self.frozenFrom = known
        }
        self.flags = Flags(rawValue: try reader.uint32())
    }
}
