/// What only some cases have: a billing rhythm, further invoices, an agreement, arms of
/// experiments, a dispute. A case holds at most one of these, so that the plain case pays nothing.
package struct CaseParticulars: Hashable, Sendable {
    /// How often the subscription is billed.
    package var interval: BillingInterval
    /// When the next invoice will be charged; zero when not known.
    package var nextBillingAt: Timestamp
    /// Nothing is attempted, said or taken before; zero for never snoozed.
    package var snoozedUntil: Timestamp
    /// Open invoices of the same account and currency beside ``DunningCase/obligation``, oldest
    /// first; none is wholly paid. At most ``furtherMax``.
    package var further: [Obligation]
    /// What the customer promised to pay, in the order of time; at most ``partsMax``. One part is
    /// a promise, several are instalments.
    package var agreement: [AgreedPart]
    /// The segment that chose the policy; empty for none.
    package var segment: String
    /// Arms of experiments, as they were assigned when the case opened; they never change (I12).
    package var assignments: [Assignment]
    /// The policy whose retries are used instead of the case's own; empty for its own.
    package var retryPolicy: String
    /// The policy whose messages are used instead of the case's own; empty for its own.
    package var messagePolicy: String
    /// The phase before the case was frozen; `nil` while it is not.
    package var frozenFrom: CasePhase?
    package var flags: Flags

    package static let furtherMax = 31
    package static let partsMax = 12
    package static let assignmentsMax = 8

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// A promise or an instalment was not kept.
        package static let agreementBroken = Flags(rawValue: 1)
        /// Every part of the agreement was paid.
        package static let agreementKept = Flags(rawValue: 2)
        /// The issuer's newer card facts were asked for.
        package static let cardsLookedUp = Flags(rawValue: 4)
        /// Money was given back.
        package static let refunded = Flags(rawValue: 8)
        /// The customer disputes the charge.
        package static let disputed = Flags(rawValue: 16)
        package static let disputeLost = Flags(rawValue: 32)
        /// The bank took a collected debit back.
        package static let returned = Flags(rawValue: 64)
        /// A backup method was charged.
        package static let backupCharged = Flags(rawValue: 128)
        /// It came in as backlog: nothing is charged unless somebody acts.
        package static let messagesOnly = Flags(rawValue: 256)
    }

    package init(
        interval: BillingInterval = .unknown, nextBillingAt: Timestamp = Timestamp(ms: 0),
        snoozedUntil: Timestamp = Timestamp(ms: 0), further: [Obligation] = [],
        agreement: [AgreedPart] = [], segment: String = "", assignments: [Assignment] = [],
        retryPolicy: String = "", messagePolicy: String = "", frozenFrom: CasePhase? = nil,
        flags: Flags = []
    ) {
        self.interval = interval
        self.nextBillingAt = nextBillingAt
        self.snoozedUntil = snoozedUntil
        self.further = further
        self.agreement = agreement
        self.segment = segment
        self.assignments = assignments
        self.retryPolicy = retryPolicy
        self.messagePolicy = messagePolicy
        self.frozenFrom = frozenFrom
        self.flags = flags
    }

    /// The part of the agreement that is due next; `nil` without an agreement that still holds.
    package var nextPart: AgreedPart? {
        guard self.flags.isDisjoint(with: [.agreementBroken, .agreementKept]) else { return nil }
        return self.agreement.first { !$0.isPaid }
    }

    /// Until when the customer was given time; zero when they were not.
    package var holdsUntil: Timestamp {
        let promised = self.nextPart?.at ?? Timestamp(ms: 0)
        return max(self.snoozedUntil, promised)
    }
}

/// How often a subscription is billed: a ladder for a weekly one must be shorter.
package enum BillingInterval: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case daily = 1
    case weekly = 2
    case monthly = 3
    case quarterly = 4
    case yearly = 5

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// One part of what a customer agreed to pay.
package struct AgreedPart: Hashable, Sendable {
    /// When it is charged, no earlier.
    package var at: Timestamp
    /// In minor units; greater than 0.
    package var amountMinor: Int64
    /// What of it was paid, in minor units.
    package var paidMinor: Int64

    package init(at: Timestamp, amountMinor: Int64, paidMinor: Int64 = 0) {
        self.at = at
        self.amountMinor = amountMinor
        self.paidMinor = paidMinor
    }

    package var isPaid: Bool { self.paidMinor >= self.amountMinor }
    package var openMinor: Int64 { max(0, self.amountMinor.decreased(by: self.paidMinor)) }
}

/// An arm of an experiment that a case was put into, and how likely that was.
package struct Assignment: Hashable, Sendable {
    /// The experiment's name; ``holdoutName`` for the global holdout.
    package var experiment: String
    package var arm: String
    /// The probability of this arm for this unit, in parts of a million.
    package var propensityPpm: UInt32

    package static let holdoutName = "holdout"

    package init(experiment: String, arm: String, propensityPpm: UInt32) {
        self.experiment = experiment
        self.arm = arm
        self.propensityPpm = propensityPpm
    }
}

extension DunningCase {
    /// Changes what is particular about the case. What was once particular stays noted, blank or
    /// not, so that an update can say so.
    mutating func amend(_ body: (inout CaseParticulars) -> Void) {
        if self.particulars.isEmpty { self.particulars.append(CaseParticulars()) }
        body(&self.particulars[0])
    }

    /// Until when the customer was given time; zero when they were not.
    package var holdsUntil: Timestamp {
        guard !self.particulars.isEmpty else { return Timestamp(ms: 0) }
        return self.particulars[0].holdsUntil
    }

    /// What is open in all invoices of the case, in minor units.
    package var openMinor: Int64 {
        var open = self.obligation.openMinor
        guard !self.particulars.isEmpty else { return open }
        for further in self.particulars[0].further { open.increase(by: further.openMinor) }
        return open
    }

    /// What a charge takes now, in minor units: all that is open of the invoice that is attempted
    /// next, or the agreed part.
    package var chargeMinor: Int64 {
        let open = self.obligation.openMinor
        guard !self.particulars.isEmpty, let part = self.particulars[0].nextPart else {
            return open
        }
        return min(part.openMinor, open)
    }

    /// Invoices of the case, the one that is attempted next first.
    package var obligations: [Obligation] {
        [self.obligation] + (self.particulars.first?.further ?? [])
    }

    package func covers(obligation id: String) -> Bool {
        if self.obligation.id.hasSameBytes(as: id) { return true }
        guard !self.particulars.isEmpty else { return false }
        return self.particulars[0].further.contains { $0.id.hasSameBytes(as: id) }
    }

    /// Lets the next invoice take the place of one of which nothing is open any more. An invoice
    /// with a charge under way keeps its place.
    mutating func turnToNextInvoice() {
        guard !self.particulars.isEmpty, self.inFlight == nil, self.obligation.openMinor == 0,
            !self.particulars[0].further.isEmpty
        else { return }
        let next = self.particulars[0].further[0]
        self.obligation = next
        self.amend { $0.further.removeFirst() }
    }

    /// Takes money for one of the case's invoices, at most what is open of it; one that is wholly
    /// paid leaves, unless it is the only one or being charged. Answers what was taken.
    mutating func pay(obligation id: String, _ amountMinor: Int64?) -> Int64 {
        if self.obligation.id.hasSameBytes(as: id) {
            let open = self.obligation.openMinor
            let paid = min(amountMinor ?? open, open)
            self.obligation.collectedMinor.increase(by: paid)
            return paid
        }
        guard let place = self.particulars.first?.further.firstIndex(where: { $0.id == id }) else {
            return 0
        }
        var paid: Int64 = 0
        self.amend { terms in
            let open = terms.further[place].openMinor
            paid = min(amountMinor ?? open, open)
            terms.further[place].collectedMinor.increase(by: paid)
            if paid == open { terms.further.remove(at: place) }
        }
        return paid
    }

    /// Counts money toward the agreement, whoever brought it.
    mutating func countTowardAgreement(_ paidMinor: Int64) {
        guard !self.particulars.isEmpty, self.particulars[0].nextPart != nil else { return }
        let isAllPaid = self.openMinor == 0
        self.amend { terms in
            var rest = paidMinor
            for index in terms.agreement.indices where rest > 0 {
                let taken = min(rest, terms.agreement[index].openMinor)
                terms.agreement[index].paidMinor.increase(by: taken)
                rest.decrease(by: taken)
            }
            if isAllPaid || terms.agreement.allSatisfy(\.isPaid) {
                terms.flags.insert(.agreementKept)
            }
        }
    }
}
