import DunlinCore
import DunlinPorts
import Logging
import Synchronization

/// Performs effects outside of the shards: charges and look-ups at real gateways, messages,
/// announcements and end actions.
///
/// An effect that fails for the moment is let go and taken up again after a while; how often is
/// kept in memory only, since the effect itself stays listed in the account until it is answered.
final class EffectRunner: Sendable {
    private struct LaneName: Hashable {
        var tenant: String
        var kind: EffectKind
    }

    private let lanes: [LaneName: EffectLane<EffectWork>]
    let words = EffectLane<WordWork>(concurrencyMax: EffectRunner.lettersMax)
    let mail: MailRoute
    let runtime: any NodeRuntime
    let journal: any JournalStore
    let keys: any KeyStore
    let sealer: AccountSealer
    let limits: NodeLimits
    let log = Logger(label: "dunlin.effects")

    /// Waits before an effect is taken up again, in real ms; the last one repeats.
    static let retryDelaysMs: [Int64] = [5000, 30000, 120_000, 600_000, 3_600_000]
    /// Letters of a tenant, and words of all, that are on their way at once.
    static let lettersMax = 128
    /// After so many tries a failure is final: about three days.
    static let triesMax = 76

    init(
        tenants: [TenantHandle], runtime: any NodeRuntime, journal: any JournalStore,
        keys: any KeyStore, sealer: AccountSealer, limits: NodeLimits, mail: MailRoute
    ) {
        var lanes: [LaneName: EffectLane<EffectWork>] = [:]
        // What is left of tenants that are no longer configured is answered on lanes of its own.
        for kind in EffectKind.allCases {
            lanes[LaneName(tenant: "", kind: kind)] = EffectLane(concurrencyMax: 1)
        }
        for tenant in tenants {
            let charges = max(1, tenant.parts.gateway.traits.concurrencyMax)
            for kind in EffectKind.allCases {
                let limit =
                    switch kind {
                    case .charge: charges
                    case .lookUp, .endAction, .cardLookUp: min(charges, 8)
                    case .message, .announcement, .notice: 16
                    case .budgetReport: Self.lettersMax
                    }
                lanes[LaneName(tenant: tenant.name, kind: kind)] = EffectLane(
                    concurrencyMax: limit)
            }
        }
        self.lanes = lanes
        self.runtime = runtime
        self.journal = journal
        self.keys = keys
        self.sealer = sealer
        self.limits = limits
        self.mail = mail
    }

    func submit(_ work: EffectWork) {
        let kind = work.task.kind
        let own = self.lanes[LaneName(tenant: work.account.tenant.name, kind: kind)]
        let lane = own ?? self.lanes[LaneName(tenant: "", kind: kind)]
        if kind == .charge { work.account.tenant.pace?.enqueue() }
        lane?.submit(work)
    }

    /// Performs effects until ``finish()``.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.words.run { await self.tell($0) } }
            for lane in self.lanes.values {
                group.addTask {
                    await lane.run(admitting: { await self.admit($0) }) { await self.perform($0) }
                }
            }
        }
    }

    /// Lets ``run()`` return when everything that was submitted is done.
    func finish() {
        self.words.finish()
        for lane in self.lanes.values { lane.finish() }
    }

    /// Waits until the gateway takes another request. False when the node stops meanwhile: the
    /// effect stays listed.
    private func admit(_ work: EffectWork) async -> Bool {
        guard let pace = work.account.tenant.pace else { return true }
        let mayBegin: Bool
        switch work.task.kind {
        case .charge:
            mayBegin = await pace.admit()
            pace.dequeue()
        case .lookUp, .endAction, .cardLookUp: mayBegin = await pace.admit()
        case .message, .announcement, .notice, .budgetReport: return true
        }
        if !mayBegin { work.shard.letGo(work) }
        return mayBegin
    }

    private func perform(_ work: EffectWork) async {
        guard work.shard.mayAct else {
            self.waitForLease(work)
            return
        }
        switch work.task {
        case .charge(let caseNumber, let attempt, _):
            await self.charge(work, caseNumber: caseNumber, attempt: attempt)
        case .resumedCharge(let effect), .lookUp(let effect):
            await self.lookUp(work, effect)
        case .message(let effect): await self.send(work, effect)
        case .announcement(let effect): await self.announce(work, effect)
        case .endAction(let effect): await self.end(work, effect)
        case .cardLookUp(let effect): await self.readCard(work, effect)
        case .notice(let effect): await self.give(work, effect)
        case .budgetReport(let effect): await self.report(work, effect)
        }
    }

    /// The effect is listed: it waits here for the lease, or another node takes it up. It counts as
    /// under way, so that a manual clock waits for it as for timers that may not fire.
    func waitForLease(_ work: EffectWork) {
        work.shard.executor.run(afterMs: self.limits.leaseWaitMs) { work.shard.tryAgain(work) }
    }

    /// Reports a message, announcement or end action, or tries again later.
    func conclude(_ work: EffectWork, _ id: RecordPosition, _ outcome: EffectOutcome) {
        guard case .failed(let reason) = outcome, work.tries + 1 < Self.triesMax else {
            work.shard.deliver(work, id: id, outcome: outcome)
            return
        }
        self.log.warning(
            "an effect failed and will be tried again",
            metadata: [
                "kind": "\(work.task.kind)", "tries": "\(work.tries + 1)", "why": "\(reason)",
            ])
        work.shard.letGo(work)
        var again = work
        again.tries += 1
        let next = again
        let delay = Self.retryDelaysMs[min(work.tries, Self.retryDelaysMs.count - 1)]
        work.shard.executor.run(afterMs: delay) { next.shard.takeUp(next) }
    }
}

extension EffectTask {
    /// The lane that performs it.
    var kind: EffectKind {
        switch self {
        case .charge: .charge
        case .resumedCharge, .lookUp: .lookUp
        case .message: .message
        case .announcement: .announcement
        case .endAction: .endAction
        case .cardLookUp: .cardLookUp
        case .notice: .notice
        case .budgetReport: .budgetReport
        }
    }
}
