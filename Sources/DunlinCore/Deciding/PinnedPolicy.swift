/// A policy with the bundle that it lies in, by reference: decisions hand it on a lot.
final class PinnedPolicy: Sendable {
    let name: String
    let retries: RetryRules
    let messages: [MessageStep]
    let sending: SendingRules
    /// The policy has messages about what lies ahead, which need no case.
    let looksAhead: Bool
    /// The message that announces a debit.
    let debitNotice: MessageStep
    let access: AccessTimeline
    let ending: Ending
    let bundling: CaseBundling
    let wishes: CustomerWishes
    let costs: [Currency: CostTable]
    let backlog: BacklogRules?
    let bundle: Bundle
    let rules: RuleBook
    /// By the raw value of the class.
    private let ladders: [RetryLadder]
    /// By the raw value of the class: the messages about a case whose latest refusal is of it.
    private let steps: [[MessageStep.Timing]]
    /// The classes that some message names.
    private let namedClasses: [Bool]
    private let laddersByInterval: [BillingInterval: LadderSet]

    init(_ policy: DunningPolicy, in bundle: Bundle) {
        self.name = policy.name
        self.retries = policy.retries
        self.messages = policy.messages
        self.sending = policy.sending
        self.looksAhead = policy.messages.contains { $0.isAhead }
        self.debitNotice = policy.debitNotice
        self.access = policy.access
        self.ending = policy.ending
        self.bundling = policy.bundling
        self.wishes = policy.wishes
        self.costs = policy.costs
        self.backlog = policy.backlog
        self.bundle = bundle
        self.rules = bundle.rules
        let classesMax = DeclineClass.allCases.lazy.map(\.rawValue).max() ?? 0
        self.ladders = (0...classesMax).map { number in
            DeclineClass(rawValue: number).flatMap { policy.retries.ladders[$0] }
                ?? policy.retries.defaultLadder
        }
        self.laddersByInterval = policy.retries.byInterval
        let timings = policy.messages.enumerated().map {
            MessageStep.Timing($0.element, number: $0.offset)
        }
        self.steps = (0...classesMax).map { number in
            guard let declineClass = DeclineClass(rawValue: number) else { return [] }
            return timings.filter {
                !$0.isAhead && $0.trigger != .debitPlanned && $0.isMeant(for: declineClass)
            }
        }
        self.namedClasses = (0...classesMax).map { number in
            DeclineClass(rawValue: number).map { declineClass in
                timings.contains { $0.names(declineClass) }
            } ?? false
        }
    }

    /// A policy of which an experiment replaces the retries, the messages or both.
    init(_ own: PinnedPolicy, retries: PinnedPolicy, messages: PinnedPolicy) {
        self.name = own.name
        self.retries = retries.retries
        self.messages = messages.messages
        self.sending = messages.sending
        self.looksAhead = messages.looksAhead
        self.debitNotice = messages.debitNotice
        self.access = own.access
        self.ending = own.ending
        self.bundling = own.bundling
        self.wishes = own.wishes
        self.costs = own.costs
        self.backlog = own.backlog
        self.bundle = own.bundle
        self.rules = own.rules
        self.ladders = retries.ladders
        self.laddersByInterval = retries.laddersByInterval
        self.steps = messages.steps
        self.namedClasses = messages.namedClasses
    }

    /// The messages that may be about a case whose latest refusal is of that class.
    func steps(for declineClass: DeclineClass) -> [MessageStep.Timing] {
        self.steps[Int(declineClass.rawValue)]
    }

    /// Whether some message names the class.
    func names(_ declineClass: DeclineClass) -> Bool {
        self.namedClasses[Int(declineClass.rawValue)]
    }

    func ladder(
        for declineClass: DeclineClass, interval: BillingInterval = .unknown
    ) -> RetryLadder {
        if interval != .unknown, let set = self.laddersByInterval[interval] {
            return set[declineClass]
        }
        return self.ladders[Int(declineClass.rawValue)]
    }
}
