package import DunlinCore

/// What is open and in flight, told from the records alone: invoices, payments and charges, and
/// nothing of how decisions are made. Judges I1, I2, I4, I7, I10 and I12.
package struct CaseLaws {
    private var isOpen: [UInt32: Bool] = [:]
    private var inFlight: [UInt32: AttemptIntended] = [:]
    private var keys: Set<GatewayKey> = []
    private var assignments: [UInt32: [Assignment]] = [:]
    private var attemptsAtOnce: [UInt32: Int] = [:]
    private var dues = DuesBook()
    /// Methods that were refused for good.
    private var dead: Set<UInt32> = []

    package init() {}

    /// The world said something, or time went on: what was overdue until now has had its attempt.
    mutating func endMoment() { self.attemptsAtOnce = [:] }

    package mutating func take(_ event: AccountEvent, _ findings: inout LawFindings) {
        if let update = event.update { self.isOpen[update.caseNumber] = update.phase.isOpen }
        switch event {
        case .attemptIntended(let intent): self.judge(intent, &findings)
        case .attemptSettled(let settled):
            let number = settled.update.caseNumber
            if settled.decline?.advice == .never, let intent = self.inFlight[number] {
                self.dead.insert(intent.method)
            }
            if settled.verdict.isFinal { self.inFlight[number] = nil }
        case .attemptReported(let report):
            if report.decline?.advice == .never { self.dead.insert(report.mark.method) }
        case .caseOpened(let opened):
            if opened.decline.advice == .never, let mark = opened.marks.last {
                self.dead.insert(mark.method)
            }
        case .methodRecorded(let held):
            // Another default: nothing is known of the gateway's own choice.
            if held.isDefault { self.dead.remove(0) }
        default: break
        }
        self.dues.take(event)
    }

    private mutating func judge(_ intent: AttemptIntended, _ findings: inout LawFindings) {
        let number = intent.caseNumber
        findings.judge(
            .noAttemptAfterTheEnd, self.isOpen[number] == true, "attempt of closed case \(number)")
        findings.judge(
            .oneChargeInFlight, self.inFlight[number] == nil, "second charge of case \(number)")
        findings.judge(
            .oneChargeInFlight, self.keys.insert(intent.key).inserted, "a key is used twice")
        findings.judge(
            .noAttemptOfTheDead, !self.dead.contains(intent.method),
            "method \(intent.method) was refused for good")
        self.inFlight[number] = intent
        self.judgeAmount(of: intent, &findings)
        // Another invoice of the case, or another method for this one, is nothing overdue.
        guard intent.reason != .nextInvoice, intent.reason != .backupMethod else { return }
        self.attemptsAtOnce[number, default: 0] += 1
        findings.judge(
            .jumpsCollapse, self.attemptsAtOnce[number] == 1,
            "\(self.attemptsAtOnce[number] ?? 0) attempts of case \(number) at once")
    }

    private func judgeAmount(of intent: AttemptIntended, _ findings: inout LawFindings) {
        let open = self.dues.openMinor(ofCase: intent.caseNumber) ?? 0
        findings.judge(
            .neverMoreThanIsOpen, intent.amountMinor > 0 && intent.amountMinor <= open,
            "\(intent.amountMinor) charged, \(open) open")
        if intent.floorMinor > intent.amountMinor {
            findings.breach(.neverMoreThanIsOpen, "floor above amount")
        }
    }

    package mutating func take(_ state: AccountState, _ findings: inout LawFindings) {
        for dunningCase in state.cases {
            if !dunningCase.isOpen, dunningCase.plan.attemptAt.ms != 0 {
                findings.breach(.noAttemptAfterTheEnd, "a closed case plans an attempt")
            }
            let terms = dunningCase.particulars.first
            if let parts = terms?.agreement,
                parts.contains(where: { $0.paidMinor > $0.amountMinor })
            {
                findings.breach(.neverMoreThanIsOpen, "a part is paid more than once")
            }
            if terms?.further.contains(where: { $0.openMinor == 0 }) ?? false {
                findings.breach(
                    .neverMoreThanIsOpen, "a paid invoice stays in a case of several")
            }
            let assigned = terms?.assignments ?? []
            if let known = self.assignments[dunningCase.number] {
                if !known.isEmpty || !assigned.isEmpty {
                    findings.judge(.armsStay, known == assigned, "an assignment changed")
                }
            } else {
                self.assignments[dunningCase.number] = assigned
            }
        }
        self.judgeObligations(of: state, &findings)
    }

    /// An invoice is in one open case.
    private func judgeObligations(of state: AccountState, _ findings: inout LawFindings) {
        guard state.cases.count(where: \.isOpen) > 1 else { return }
        var seen: Set<String> = []
        for dunningCase in state.cases where dunningCase.isOpen {
            for obligation in dunningCase.obligations where !seen.insert(obligation.id).inserted {
                findings.breach(.oneChargeInFlight, "\(obligation.id) is in two open cases")
            }
        }
    }
}
