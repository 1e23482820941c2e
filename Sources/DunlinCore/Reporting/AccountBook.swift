// Double entry over the journal. Every event that moves money or costs something is booked by what
// it says itself; what the books come to must be what the replayed states hold.
//
//     due = collected by us + collected elsewhere - back + open
//
// 1. A book knows nothing of how states evolve: it adds up amounts of events.
// 2. Books of shards are added; the sum of the parts is the book of the whole.

/// Totals of one tenant and currency.
package struct BookTotals: Sendable, Equatable {
    package var cases: Int64 = 0
    package var dueMinor: Int64 = 0
    package var byUsMinor: Int64 = 0
    package var elsewhereMinor: Int64 = 0
    package var backMinor: Int64 = 0
    package var attempts: Int64 = 0
    package var messages: Int64 = 0
    /// In thousandths of the minor unit.
    package var costMilli: Int64 = 0

    package init() {}

    package mutating func add(_ other: BookTotals) {
        self.cases.increase(by: other.cases)
        self.dueMinor.increase(by: other.dueMinor)
        self.byUsMinor.increase(by: other.byUsMinor)
        self.elsewhereMinor.increase(by: other.elsewhereMinor)
        self.backMinor.increase(by: other.backMinor)
        self.attempts.increase(by: other.attempts)
        self.messages.increase(by: other.messages)
        self.costMilli.increase(by: other.costMilli)
    }

    /// What was collected and stayed, in minor units.
    package var keptMinor: Int64 {
        self.byUsMinor.increased(by: self.elsewhereMinor).decreased(by: self.backMinor)
    }
}

/// The books of one account: what its events say about each of its cases.
package struct AccountBook: Sendable {
    private struct CaseBook: Sendable {
        var currency: Currency
        var totals = BookTotals()
        /// The attempt whose answer is awaited; 0 for somebody else's debit, `nil` for none.
        var inFlight: UInt32?
        /// Other invoices joined it, or left it: its own invoice is not all that was booked.
        var hadSeveral = false
    }

    private var cases: [UInt32: CaseBook] = [:]

    package init() {}

    package mutating func take(_ event: AccountEvent) {
        switch event {
        case .caseOpened(let opened):
            var book = CaseBook(currency: opened.obligation.currency)
            book.totals.cases = 1
            book.totals.dueMinor = opened.obligation.amountMinor
            book.totals.elsewhereMinor = opened.obligation.collectedMinor
            self.cases[opened.update.caseNumber] = book
        case .attemptIntended(let intent):
            self.change(intent.caseNumber) {
                $0.totals.attempts.increase()
                $0.inFlight = intent.attempt
            }
        case .attemptSettled(let settled): self.settle(settled)
        case .attemptReported(let reported):
            guard let update = reported.update else { break }
            self.change(update.caseNumber) {
                if reported.mark.flags.contains(.original) {
                    $0.totals.dueMinor.increase(by: reported.mark.amountMinor)
                    $0.hadSeveral = true
                }
                if reported.endsPending { $0.inFlight = nil }
            }
        case .debitPending(let pending):
            self.change(pending.update.caseNumber) { if $0.inFlight == nil { $0.inFlight = 0 } }
        case .paymentRecorded(let payment):
            guard let update = payment.update else { break }
            self.change(update.caseNumber) {
                $0.totals.elsewhereMinor.increase(by: payment.collectedMinor)
                if payment.endsPending { $0.inFlight = nil }
            }
        case .messageSettled(let settled):
            self.change(settled.update.caseNumber) {
                if settled.wasAccepted { $0.totals.messages.increase() }
                $0.totals.costMilli.increase(by: settled.costMilli)
            }
        case .caseUpdated(let updated):
            self.change(updated.update.caseNumber) {
                $0.totals.backMinor.increase(by: updated.backMinor)
                if updated.reason == .invoiceLeft { $0.hadSeveral = true }
            }
        case .caseClosed(let closed):
            self.change(closed.update.caseNumber) {
                $0.totals.backMinor.increase(by: closed.backMinor)
            }
        default: break
        }
    }

    private mutating func settle(_ settled: AttemptSettled) {
        self.change(settled.update.caseNumber) { book in
            // An answer to an attempt that is over says nothing new.
            guard book.inFlight == settled.attempt else { return }
            book.totals.costMilli.increase(by: settled.costMilli)
            if settled.verdict == .approved {
                book.totals.byUsMinor.increase(by: settled.collectedMinor)
            }
            if settled.verdict == .notSent, settled.attempt != 0 { book.totals.attempts.decrease() }
            if settled.verdict.isFinal { book.inFlight = nil }
        }
    }

    private mutating func change(_ number: UInt32, _ body: (inout CaseBook) -> Void) {
        guard var book = self.cases[number] else { return }
        body(&book)
        self.cases[number] = book
    }

    /// Cases whose books are not what the state holds, by number; none when all is well.
    package func imbalances(with state: AccountState) -> [UInt32] {
        state.cases.compactMap { dunningCase in
            guard let book = self.cases[dunningCase.number], !book.hadSeveral else { return nil }
            let collected = dunningCase.obligation.collectedMinor
            let isBalanced =
                book.totals.keptMinor == collected
                && book.totals.dueMinor == dunningCase.obligation.amountMinor
                && book.totals.attempts == Int64(dunningCase.attempts)
            return isBalanced ? nil : dunningCase.number
        }
    }

    /// By currency.
    package var totals: [Currency: BookTotals] {
        var sums: [Currency: BookTotals] = [:]
        for book in self.cases.values {
            sums[book.currency, default: BookTotals()].add(book.totals)
        }
        return sums
    }
}
