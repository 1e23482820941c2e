package import DunlinCore
package import DunlinPorts

/// A gateway outside of the simulated process, as bad as a real one: slow, losing orders and
/// answers, failing, but remembering keys. It keeps the ledger that a run is judged by.
///
/// `@unchecked Sendable`: used on the scheduler's one thread only.
package final class SimGateway: PaymentGateway, @unchecked Sendable {
    package struct Charge: Sendable {
        package var account: String
        package var obligation: String
        package var key: GatewayKey
        package var wasApproved: Bool
        package var atMs: Int64
    }

    package let traits = GatewayTraits(
        name: "sim", keyRetentionMs: 24 * Milliseconds.hour, concurrencyMax: 4)
    /// Every charge that was truly made, in order.
    package private(set) var charges: [Charge] = []
    private var answers: [GatewayKey: AttemptOutcome] = [:]
    private let scheduler: SimScheduler
    /// Chances in a thousand.
    private let lossPermille: UInt64

    package init(scheduler: SimScheduler, lossPermille: UInt64) {
        self.scheduler = scheduler
        self.lossPermille = lossPermille
    }

    package func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] {
        var outcomes: [AttemptOutcome] = []
        for order in orders { outcomes.append(await self.charge(order)) }
        return outcomes
    }

    private func charge(_ order: ChargeOrder) async -> AttemptOutcome {
        await self.scheduler.sleep(ms: Int64(self.scheduler.random.below(2000)))
        if self.scheduler.random.chance(permille: self.lossPermille) { return .unknown }
        if self.scheduler.random.chance(permille: self.lossPermille) {
            return .technicalFailure(DeclineCodes(code: "processing_error", notSentToNetwork: true))
        }
        let outcome = self.execute(order)
        await self.scheduler.sleep(ms: Int64(self.scheduler.random.below(2000)))
        return self.scheduler.random.chance(permille: self.lossPermille) ? .unknown : outcome
    }

    package func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] {
        var outcomes: [AttemptOutcome] = []
        for question in orders {
            await self.scheduler.sleep(ms: Int64(self.scheduler.random.below(500)))
            if self.scheduler.random.chance(permille: self.lossPermille) {
                outcomes.append(.unknown)
            } else if let known = self.answers[question.order.key] {
                outcomes.append(known)
            } else if question.mayResend, let age = question.ageMs,
                age < self.traits.keyRetentionMs - Milliseconds.hour
            {
                outcomes.append(self.execute(question.order))
            } else if let age = question.ageMs, age > Milliseconds.minute {
                outcomes.append(.notSent(.notFound))
            } else {
                outcomes.append(.unknown)
            }
        }
        return outcomes
    }

    /// Makes the charge, once for each key.
    private func execute(_ order: ChargeOrder) -> AttemptOutcome {
        if let known = self.answers[order.key] { return known }
        let isApproved = self.scheduler.random.chance(permille: 250)
        self.charges.append(
            Charge(
                account: order.account.key, obligation: order.obligation, key: order.key,
                wasApproved: isApproved, atMs: self.scheduler.nowMs))
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
