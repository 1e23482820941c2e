/// A versioned plan: when to try again, what to say, what access remains, how it ends.
///
/// A case names the bundle and the policy that it was opened under and keeps them to its end.
package struct DunningPolicy: Sendable, Equatable {
    /// As in the policy file; at most ``nameBytesMax`` bytes of `a-z 0-9 - _`.
    package var name: String
    package var retries: RetryRules
    package var messages: [MessageStep]
    /// When and how often its messages may be sent.
    package var sending: SendingRules
    package var access: AccessTimeline
    package var ending: Ending
    package var bundling: CaseBundling
    package var wishes: CustomerWishes
    /// `nil` treats old failures like new ones.
    package var backlog: BacklogRules?
    /// What attempts and messages cost, by the invoice's currency; empty records no costs.
    package var costs: [Currency: CostTable] = [:]

    /// The message that announces a debit.
    package var debitNotice: MessageStep {
        self.messages.first { $0.trigger == .debitPlanned } ?? .debitNotice
    }

    /// The message of that number in an account's effects; `nil` when there is none.
    package func step(_ number: UInt32) -> MessageStep? {
        if number == MessageStep.debitNoticeNumber { return self.debitNotice }
        return Int(number) < self.messages.count ? self.messages[Int(number)] : nil
    }

    package static let nameBytesMax = 64
    /// Most message steps of one policy: a case remembers them in 64 bits.
    package static let messageStepsMax = 64

    package init(
        name: String, retries: RetryRules, messages: [MessageStep] = [],
        sending: SendingRules = SendingRules(), access: AccessTimeline = AccessTimeline(),
        ending: Ending, bundling: CaseBundling = .perInvoice,
        wishes: CustomerWishes = CustomerWishes(), backlog: BacklogRules? = nil
    ) {
        self.name = name
        self.retries = retries
        self.messages = messages
        self.sending = sending
        self.access = access
        self.ending = ending
        self.bundling = bundling
        self.wishes = wishes
        self.backlog = backlog
    }
}

/// When attempts are made. The rule gate may move each of them later, never earlier.
package struct RetryRules: Sendable, Equatable {
    /// How the times are found.
    package enum Mode: Sendable, Equatable {
        /// Fixed offsets from the first failure, by the class of the latest decline.
        case ladder
        /// Up to `tries` attempts spread over `withinMs` from the first failure.
        case window(tries: UInt32, withinMs: Int64)
    }

    package var mode: Mode
    /// For classes that have no ladder of their own.
    package var defaultLadder: RetryLadder
    package var ladders: [DeclineClass: RetryLadder]
    /// Other ladders for subscriptions that are billed in this rhythm.
    package var byInterval: [BillingInterval: LadderSet] = [:]
    package var calendar = RetryCalendar()
    /// No attempt is made in this time before the subscription's next renewal, where that is
    /// known. Milliseconds; 0 for no rule.
    package var renewalGapMs: Int64 = 24 * Milliseconds.hour
    /// Agreed backup methods are charged where the default may not be.
    package var usesBackups = true
    /// No attempt is made later than this after the first failure, in milliseconds.
    package var windowMs: Int64
    /// Attempts on one obligation are at least this far apart, in milliseconds; 0 for no rule.
    package var gapMinMs: Int64
    /// Each attempt is moved later by a hash of account and attempt, below this; milliseconds.
    package var jitterMs: Int64
    /// A new payment method is tried at once, where the rules allow it.
    package var attemptOnMethodChange: Bool
    package var technical: TechnicalRetry
    /// Days of notice before a debit that the merchant agreed with its customers, where the scheme
    /// lets contracts say so.
    package var agreedNoticeDays: [PaymentNetwork: UInt32]
    /// Dunlin announces debits. Otherwise the merchant or the gateway does as soon as one is
    /// planned, and the days count from then.
    package var announcesDebits = true
    /// Less than all is asked for where the whole amount was refused; `nil` never.
    package var partial: PartialCollection?
    /// Which rungs are worth what they cost; `nil` takes them all.
    package var worth: AttemptWorth?

    package init(
        mode: Mode = .ladder, defaultLadder: RetryLadder,
        ladders: [DeclineClass: RetryLadder] = [:], windowMs: Int64 = 28 * Milliseconds.day,
        gapMinMs: Int64 = 0, jitterMs: Int64 = 0, attemptOnMethodChange: Bool = true,
        technical: TechnicalRetry = TechnicalRetry(),
        agreedNoticeDays: [PaymentNetwork: UInt32] = [:]
    ) {
        self.mode = mode
        self.defaultLadder = defaultLadder
        self.ladders = ladders
        self.windowMs = windowMs
        self.gapMinMs = gapMinMs
        self.jitterMs = jitterMs
        self.attemptOnMethodChange = attemptOnMethodChange
        self.technical = technical
        self.agreedNoticeDays = agreedNoticeDays
    }
}

/// Offsets of attempts from the first failure.
package struct RetryLadder: Sendable, Equatable {
    /// Milliseconds, each larger than the one before; empty means that no attempt is made.
    package var offsetsMs: [Int64]

    package init(offsetsMs: [Int64]) {
        self.offsetsMs = offsetsMs
    }
}

/// How failures of the machinery are repeated. They use no rung of the ladder.
package struct TechnicalRetry: Sendable, Equatable {
    /// Wait before the first repeat; doubles with each further one. Milliseconds.
    package var firstDelayMs: Int64
    /// After this many repeats in a row the failure counts as a decline of the ladder.
    package var triesMax: UInt32

    package init(firstDelayMs: Int64 = 300 * Milliseconds.second, triesMax: UInt32 = 8) {
        self.firstDelayMs = firstDelayMs
        self.triesMax = triesMax
    }
}

/// What a subscription may still be used for. Ordered from best to worst.
package enum AccessState: UInt8, Sendable, CaseIterable, Comparable {
    case full = 0
    case warned = 1
    case limited = 2
    case suspended = 3
    case terminated = 4

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package static func < (left: AccessState, right: AccessState) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Something is taken away: nobody comes here without having been told before (Law 7).
    package var isLoss: Bool { self >= .limited }
}

/// When access is reduced, counted from the opening of the case.
package struct AccessTimeline: Sendable, Equatable {
    /// One reduction.
    package struct Step: Sendable, Equatable {
        package var state: AccessState
        /// Milliseconds after the case was opened.
        package var afterMs: Int64

        package init(state: AccessState, afterMs: Int64) {
            self.state = state
            self.afterMs = afterMs
        }
    }

    /// In the order of time and of severity.
    package var steps: [Step]
    /// Every loss of access, from `limited` on, needs a notice at least this long before (Law 7).
    /// Milliseconds.
    package var noticeMinMs: Int64
    /// Who could not be told may still lose access this long after it fell due; `nil` means never.
    package var unreachableAfterMs: Int64?

    package init(
        steps: [Step] = [], noticeMinMs: Int64 = 72 * Milliseconds.hour,
        unreachableAfterMs: Int64? = nil
    ) {
        self.steps = steps
        self.noticeMinMs = noticeMinMs
        self.unreachableAfterMs = unreachableAfterMs
    }
}

/// What is done when a case is exhausted.
package enum EndAction: UInt8, Sendable, CaseIterable {
    /// Nothing: the invoice stays open, the subscription as it is.
    case keepOpen = 0
    /// Cancel the subscription at the billing system.
    case cancelSubscription = 1
    /// Pause the subscription's collection.
    case pauseCollection = 2
    /// Mark the invoice uncollectible.
    case markUncollectible = 3
    /// Void the invoice.
    case voidInvoice = 4
    /// Keep the subscription but mark it unpaid: no service, no further invoices collected.
    case markUnpaid = 5
    /// Move the subscription to the plan that ``Ending/downgradePlan`` names.
    case downgrade = 6
    /// Write the debt off in the merchant's books.
    case writeOff = 7
    /// Credit what is open, so that the invoice is settled without money.
    case creditNote = 8
    /// Hand the debt to a collections agency.
    case handToCollections = 9

    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// How and when a case ends without payment.
package struct Ending: Sendable, Equatable {
    /// Milliseconds after the case was opened. `nil` ends it as soon as no attempt is left.
    package var afterMs: Int64?
    /// Performed in this order.
    package var actions: [EndAction]
    /// The access state that the end leaves; `nil` leaves it as it was.
    package var access: AccessState?
    /// The plan for ``EndAction/downgrade``; else empty.
    package var downgradePlan: String

    package init(
        afterMs: Int64?, actions: [EndAction] = [], access: AccessState? = nil,
        downgradePlan: String = ""
    ) {
        self.afterMs = afterMs
        self.actions = actions
        self.access = access
        self.downgradePlan = downgradePlan
    }
}
