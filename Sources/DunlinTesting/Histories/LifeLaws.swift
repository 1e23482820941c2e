package import DunlinCore

/// All laws over one life: it is told of every decision, in order, and judges from the records.
package struct LifeLaws {
    package private(set) var findings = LawFindings()
    package private(set) var permits: PermitAudit
    private var cases = CaseLaws()
    private var contacts: ContactLaws
    /// What reading the journal back gives.
    private var replayed = AccountState()
    private var batch: [UInt8] = []
    private let key: EntityKey

    /// `bundle`: The rules that hold, by name, whatever the planner was given.
    package init(
        of key: EntityKey, _ terms: ContactLaws.Terms, bundle: @escaping (BundleID) -> Bundle?
    ) {
        self.key = key
        self.contacts = ContactLaws(terms)
        self.permits = PermitAudit(bundle: bundle)
    }

    /// The world said something, or the clock was moved.
    mutating func endMoment() { self.cases.endMoment() }

    mutating func take(_ decision: Decision, op: UInt64) {
        guard !decision.events.isEmpty else { return }
        for record in decision.events {
            self.cases.take(record.event, &self.findings)
            self.contacts.take(record, &self.findings)
            self.audit(record)
        }
        self.cases.take(decision.state, &self.findings)
        self.replay(decision, op: op)
        self.judgeEffects(of: decision, op: op)
    }

    private mutating func audit(_ record: RecordedEvent) {
        let known = self.permits.violationCount
        let attempts = self.permits.attempts
        self.permits.take(record)
        self.findings.count(.withinEveryBudget, self.permits.attempts - attempts)
        guard self.permits.violationCount > known else { return }
        for violation in self.permits.violations.suffix(
            Int(self.permits.violationCount - known))
        {
            self.findings.breach(violation.kind.law, "\(violation)")
        }
    }

    /// Writes the records as a journal does, reads them back and goes on from what was read before.
    private mutating func replay(_ decision: Decision, op: UInt64) {
        self.batch.clear()
        var previous = self.replayed.lastRecord
        for (index, record) in decision.events.enumerated() {
            JournalRecord.append(record, of: self.key, previous: previous, to: &self.batch)
            previous = RecordPosition(op: op, index: UInt32(index))
        }
        do {
            var reader = BatchReader(self.batch)
            var index: UInt32 = 0
            while let record = try reader.next() {
                if case .account(let recorded) = record.content {
                    self.replayed.evolve(recorded, at: RecordPosition(op: op, index: index))
                }
                index += 1
            }
        } catch {
            self.findings.breach(.replayGivesTheState, "a record cannot be read: \(error)")
        }
        self.findings.judge(
            .replayGivesTheState, self.replayed == decision.state,
            "the records of op \(op) give another state")
    }

    /// What is to be done outside names the record that says so, and says so truly.
    private mutating func judgeEffects(of decision: Decision, op: UInt64) {
        for effect in decision.state.effects.reversed() {
            guard effect.id.op == op else { break }
            let index = Int(effect.id.index)
            let record = index < decision.events.count ? decision.events[index] : nil
            self.findings.judge(
                .intentBeforeEffect, record.map { Self.causes($0, effect) } ?? false,
                "\(effect.kind.name) without a record that intends it")
        }
    }

    private static func causes(_ record: RecordedEvent, _ effect: PendingEffect) -> Bool {
        switch (effect.kind, record.event) {
        case (.charge, .attemptIntended(let event)): event.caseNumber == effect.caseNumber
        case (.lookUp, .lookUpIntended(let event)): event.caseNumber == effect.caseNumber
        case (.message, .messageIntended(let event)):
            event.update.caseNumber == effect.caseNumber && event.step == effect.argument
        case (.endAction, .endActionIntended(let event)):
            !event.isWithheld && UInt32(event.action.rawValue) == effect.argument
        case (.cardLookUp, .caseUpdated(let event)): event.reason == .cardLookUp
        case (.announcement, _): record.isAnnounced
        case (.notice, .noticeIntended), (.budgetReport, .budgetReportPosted): true
        default: false
        }
    }

    /// Whether forgetting the person left every fact about money as it was.
    mutating func judgeForgetting(_ before: AccountState, _ after: AccountState) {
        let isSame =
            before.cases.map(\.obligation) == after.cases.map(\.obligation)
            && before.cases.map(\.particulars) == after.cases.map(\.particulars)
            && before.cases.map(\.inFlight) == after.cases.map(\.inFlight)
            && before.cases.map(\.attempts) == after.cases.map(\.attempts)
            && before.cases.map(\.phase) == after.cases.map(\.phase)
            && before.marks == after.marks && before.methods == after.methods
            && before.settled == after.settled
        self.findings.judge(.forgettingChangesNoMoney, isSame, "forgetting changed money")
    }
}

extension PermitAudit.Violation.Kind {
    /// The law that it breaks.
    fileprivate var law: Law {
        switch self {
        case .secondInFlight: .oneChargeInFlight
        case .moreThanOpen: .neverMoreThanIsOpen
        case .credentialBlocked: .noAttemptOfTheDead
        case .rulesUnknown, .ruleMissing, .ruleUnknown, .counterWrong, .overdrawn, .demandUnmet,
            .tooEarly:
            .withinEveryBudget
        }
    }
}
