import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTesting

/// The gateway of a simulated cluster: one ledger behind ways that lose and delay, keys remembered
/// for ever, and an account of everything that must not be.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimLedger: @unchecked Sendable {
    struct Charge {
        var account: String
        var obligation: String
        var key: GatewayKey
        var wasApproved: Bool
    }

    private static let answerWaitMs: Int64 = 8000
    /// So long after its intent no request is on its way any more, by clocks that may be set wrong
    /// at both ends.
    private static let settlesAfterMs = NodeLimits().sendWithinMs + 15_000

    private(set) var charges: [Charge] = []
    private(set) var problems: [String] = []
    private var answers: [GatewayKey: AttemptOutcome] = [:]
    /// By obligation: keys whose request may still arrive.
    private var inFlight: [String: [GatewayKey: Int]] = [:]
    private let scheduler: SimScheduler
    var lossPermille: UInt64

    init(scheduler: SimScheduler, lossPermille: UInt64) {
        self.scheduler = scheduler
        self.lossPermille = lossPermille
    }

    /// For people who look at one seed.
    var tell: (String) -> Void = { _ in }

    func note(_ problem: String) {
        self.tell(problem)

        if !self.problems.contains(problem) { self.problems.append(problem) }
    }

    /// One request to the gateway; answers when it was answered, or when nobody waits any more.
    func charge(_ order: ChargeOrder) async -> AttemptOutcome {
        // A request under a key that was answered charges nothing more, whenever it arrives.
        let others = (self.inFlight[order.obligation] ?? [:]).keys.filter {
            $0 != order.key && self.answers[$0] == nil
        }
        if !others.isEmpty { self.note("\(order.obligation) has two charges in flight") }
        if self.answers[order.key] == nil, self.isPaid(order.obligation) {
            self.note("\(order.obligation) is charged again after it was paid")
        }
        self.inFlight[order.obligation, default: [:]][order.key, default: 0] += 1
        self.tell("\(order.obligation) is charged under \(hexadecimal(order.key.low))")
        return await withUnsafeContinuation { continuation in
            let isLost = self.scheduler.random.chance(permille: self.lossPermille)
            let isAnswerLost = self.scheduler.random.chance(permille: self.lossPermille)
            let there = Int64(self.scheduler.random.below(1500))
            let back = Int64(self.scheduler.random.below(1500))
            self.tell("on the way \(there) ms, lost \(isLost), answer lost \(isAnswerLost)")
            self.scheduler.after(ms: there, survives: true) {
                let outcome = isLost ? AttemptOutcome.unknown : self.execute(order)
                self.land(order)
                let wait = isLost || isAnswerLost ? Self.answerWaitMs : back
                self.scheduler.after(ms: wait, survives: true) {
                    continuation.resume(returning: isAnswerLost ? .unknown : outcome)
                }
            }
        }
    }

    func lookUp(_ question: ChargeLookUp) async -> AttemptOutcome {
        let age = question.ageMs ?? 0
        if self.answers[question.order.key] == nil, question.mayResend, question.ageMs != nil {
            return await self.charge(question.order)
        }
        return await withUnsafeContinuation { continuation in
            let isLost = self.scheduler.random.chance(permille: self.lossPermille)
            self.scheduler.after(
                ms: 1 + Int64(self.scheduler.random.below(500)), survives: true
            ) {
                let known = self.answers[question.order.key]
                self.tell(
                    "\(question.order.obligation) is looked up under "
                        + "\(hexadecimal(question.order.key.low)), age \(age) ms: "
                        + "\(known.map { "\($0)" } ?? "not known")\(isLost ? ", lost" : "")")
                // So long no request is on its way.
                let gone =
                    age > Self.settlesAfterMs ? AttemptOutcome.notSent(.notFound) : .unknown
                continuation.resume(returning: isLost ? .unknown : known ?? gone)
            }
        }
    }

    private func land(_ order: ChargeOrder) {
        let count = (self.inFlight[order.obligation]?[order.key] ?? 1) - 1
        self.inFlight[order.obligation]?[order.key] = count > 0 ? count : nil
    }

    private func isPaid(_ obligation: String) -> Bool {
        self.charges.contains { $0.obligation == obligation && $0.wasApproved }
    }

    /// Makes the charge, once for each key.
    private func execute(_ order: ChargeOrder) -> AttemptOutcome {
        if let known = self.answers[order.key] { return known }
        let isApproved = self.scheduler.random.chance(permille: 300)
        if isApproved, self.isPaid(order.obligation) {
            self.note("\(order.obligation) was paid twice")
        }
        self.charges.append(
            Charge(
                account: order.account.key, obligation: order.obligation, key: order.key,
                wasApproved: isApproved))
        let id = "ch_\(self.charges.count)"
        let outcome: AttemptOutcome =
            isApproved
            ? .approved(chargeID: id)
            : .declined(DeclineCodes(code: "insufficient_funds"), chargeID: id)
        self.answers[order.key] = outcome
        self.scheduler.mix(order.key.low)
        return outcome
    }
}

/// The gateway as one node reaches it.
struct SimLedgerWay: PaymentGateway {
    let ledger: SimLedger
    /// The node may act at this moment.
    let mayAct: @Sendable () -> Bool
    let onCharge: @Sendable (ChargeOrder) -> Void
    /// Called for each request, charge or question.
    let onRequest: @Sendable () -> Void
    let mutation: Mutation?

    static let concurrencyMax = 4

    var traits: GatewayTraits {
        GatewayTraits(
            name: "sim", keyRetentionMs: 24 * Milliseconds.hour, concurrencyMax: Self.concurrencyMax
        )
    }

    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] {
        var outcomes: [AttemptOutcome] = []
        for order in orders {
            if !self.mayAct() { self.ledger.note("a node without a lease began a charge") }
            self.onRequest()
            self.onCharge(order)
            outcomes.append(self.told(await self.ledger.charge(order)))
        }
        return outcomes
    }

    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] {
        var outcomes: [AttemptOutcome] = []
        for question in orders {
            self.onRequest()
            if question.mayResend {
                if !self.mayAct() { self.ledger.note("a node without a lease sent a charge again") }
                self.onCharge(question.order)
            }
            outcomes.append(self.told(await self.ledger.lookUp(question)))
        }
        return outcomes
    }

    /// Mutation: what is not known is taken for what was not done.
    private func told(_ outcome: AttemptOutcome) -> AttemptOutcome {
        guard self.mutation == .newKeyAfterUnknown, outcome == .unknown else { return outcome }
        return .technicalFailure(DeclineCodes(code: "processing_error", notSentToNetwork: true))
    }
}
