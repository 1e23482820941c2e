import DunlinCore
import DunlinNode
import DunlinTesting

/// Who sends one account's events, to one node after the other until it is told that each is kept.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimCaller: @unchecked Sendable {
    private static let name = "caller"
    private static let patienceMs: Int64 = 1200

    let index: Int
    private unowned let cluster: SimCluster
    /// The failure was acknowledged.
    private(set) var isAcknowledged = false
    /// The customer pays at another place, and the event of that was acknowledged.
    private(set) var isPaidElsewhere = false
    private(set) var isDone = false

    init(_ index: Int, cluster: SimCluster) {
        self.index = index
        self.cluster = cluster
    }

    var account: String { "acct-\(self.index)" }
    var obligation: String { "in-\(self.index)" }
    private var key: EntityKey { EntityKey(key: self.account) }

    /// Draws what happens to the account, and when.
    func plan(withinMs limit: Int64) {
        let scheduler = self.cluster.scheduler
        let first = 3000 + Int64(scheduler.random.below(UInt64(limit)))
        let paysElsewhere = scheduler.random.chance(permille: 200)
        let isPaused = scheduler.random.chance(permille: 200)
        let later = 1000 + Int64(scheduler.random.below(30_000))
        scheduler.after(ms: first, survives: true) {
            self.send(self.failure) {
                self.isAcknowledged = true
                if isPaused { self.operate(.pause, thenMs: later) }
                guard paysElsewhere else {
                    self.isDone = true
                    return
                }
                scheduler.after(ms: later, survives: true) {
                    self.isPaidElsewhere = true
                    self.send(self.payment) { self.isDone = true }
                }
            }
        }
    }

    private var failure: IntakeEvent {
        IntakeEvent(
            key: self.key,
            facts: IntakeFacts(
                eventID: "failed-\(self.index)", occurredAt: SimCluster.start,
                fact: .paymentFailed(
                    PaymentFailed(
                        obligation: Obligation(
                            id: self.obligation, amountMinor: 1000 + Int64(self.index),
                            currency: .usd),
                        codes: DeclineCodes(code: "insufficient_funds")))),
            personal: [
                PersonalContact(channel: .email, address: "a\(self.index)@example.test")
            ])
    }

    private var payment: IntakeEvent {
        IntakeEvent(
            key: self.key,
            facts: IntakeFacts(
                eventID: "paid-\(self.index)", occurredAt: SimCluster.start,
                fact: .paymentSucceeded(PaymentSucceeded(obligation: self.obligation))))
    }

    /// An operator pauses the case, and lets it go on.
    private func operate(_ verb: OperatorRequest.Verb, thenMs later: Int64) {
        let cluster = self.cluster
        let key = self.key
        for name in cluster.names {
            cluster.network.carry(Self.name, name) {
                guard let node = cluster.seats[name]?.node else { return }
                cluster.seats[name]?.process?.begin {
                    _ = try? await node.operate(key, OperatorRequest(verb: verb, caseNumber: 1))
                }
            }
        }
        guard verb == .pause else { return }
        cluster.scheduler.after(ms: later, survives: true) {
            self.operate(.resume, thenMs: 0)
        }
    }

    private func send(
        _ event: IntakeEvent, tries: Int = 0, _ done: @escaping @Sendable () -> Void
    ) {
        let cluster = self.cluster
        let name = cluster.names[(self.index + tries) % cluster.names.count]
        let answer = Answer()
        cluster.network.carry(Self.name, name, mayRepeat: true) {
            guard let node = cluster.seats[name]?.node else { return }
            cluster.seats[name]?.process?.begin {
                guard let result = try? await node.intake([event]).first else { return }
                cluster.network.carry(name, Self.name) { answer.take(result) }
            }
        }
        cluster.scheduler.after(ms: Self.patienceMs, survives: true) {
            switch answer.result {
            case .accepted, .repeated, .ignored:
                cluster.scheduler.mix(UInt64(self.index))
                done()
            case .refused(let code, _): cluster.note("an event was refused: \(code)")
            case .retry, nil: self.send(event, tries: tries + 1, done)
            }
        }
    }

    private final class Answer: @unchecked Sendable {
        private(set) var result: IntakeResult?

        func take(_ result: IntakeResult) {
            if self.result == nil { self.result = result }
        }
    }
}
