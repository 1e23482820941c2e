/// What each invoice of each case still owes, added up from the events alone: what they say that
/// was due, came, and went back.
package struct DuesBook: Sendable {
    private struct Dues: Sendable {
        /// The invoice that is attempted next.
        var front: String
        /// The one that is being charged.
        var charged = ""
        /// In minor units, by the invoice's id.
        var openMinor: [String: Int64]

        /// `joined`: The hash of an invoice that failed, and so belongs to the case from now on; one
        /// that had left it, paid, is owed anew.
        mutating func follow(_ amendment: CaseAmendment, invoiceLeft: Bool, joined: UInt64?) {
            for further in amendment.particulars.further
            where self.openMinor[further.id] == nil || FNV1a64.hash(further.id) == joined {
                self.openMinor[further.id] = further.openMinor
            }
            guard let obligation = amendment.obligation else { return }
            self.front = obligation.id
            if invoiceLeft || self.openMinor[obligation.id] == nil
                || FNV1a64.hash(obligation.id) == joined
            {
                self.openMinor[obligation.id] = obligation.openMinor
            }
        }

        mutating func add(_ amountMinor: Int64, to invoice: String) {
            self.openMinor[invoice, default: 0].increase(by: amountMinor)
        }
    }

    private var dues: [UInt32: Dues] = [:]

    package init() {}

    /// What is open of the invoice that a case charges next, in minor units; `nil` for a case that
    /// is not known.
    package func openMinor(ofCase number: UInt32) -> Int64? {
        self.dues[number].map { $0.openMinor[$0.front] ?? 0 }
    }

    /// The invoice that a case charges next; empty for a case that is not known.
    package func front(ofCase number: UInt32) -> String { self.dues[number]?.front ?? "" }

    /// The invoice that the case's newest charge was for; empty before the first.
    package func charged(ofCase number: UInt32) -> String { self.dues[number]?.charged ?? "" }

    package mutating func take(_ event: AccountEvent) {
        var invoiceLeft = false
        var joined: UInt64?
        switch event {
        case .attemptReported(let reported) where reported.mark.flags.contains(.original):
            joined = reported.mark.obligationHash
        case .caseOpened(let opened):
            self.dues[opened.update.caseNumber] = Dues(
                front: opened.obligation.id,
                openMinor: [opened.obligation.id: opened.obligation.openMinor])
        case .attemptIntended(let intent):
            let front = self.front(ofCase: intent.caseNumber)
            self.dues[intent.caseNumber]?.charged = front
        case .attemptSettled(let settled) where settled.verdict == .approved:
            let number = settled.update.caseNumber
            // Attempt 0 is somebody else's debit: it paid the invoice at the front.
            let invoice =
                settled.attempt == 0 ? self.front(ofCase: number) : self.charged(ofCase: number)
            self.dues[number]?.add(-settled.collectedMinor, to: invoice)
        case .paymentRecorded(let payment):
            guard let number = payment.update?.caseNumber else { break }
            self.dues[number]?.add(-payment.collectedMinor, to: payment.obligation)
        case .caseUpdated(let updated):
            let number = updated.update.caseNumber
            let front = self.front(ofCase: number)
            self.dues[number]?.add(updated.backMinor, to: front)
            invoiceLeft = updated.reason == .invoiceLeft
        case .caseClosed(let closed):
            let number = closed.update.caseNumber
            let front = self.front(ofCase: number)
            self.dues[number]?.add(closed.backMinor, to: front)
        default: break
        }
        if let update = event.update, let amendment = update.amendment.first {
            self.dues[update.caseNumber]?.follow(
                amendment, invoiceLeft: invoiceLeft, joined: joined)
        }
    }
}
