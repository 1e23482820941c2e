package import DunlinCore
import DunlinPolicy

/// Workload W2: subscriptions of a payment world renew for some days, and 5 to 10 percent of the
/// renewals fail.
///
/// Exact: the end state of each account is a function of world, seed and policy, so that any two
/// runs end in the same digest, whatever was killed in between.
package struct WorldWorkload: Sendable {
    package let world: PaymentWorld
    package let subscriptions: Int
    package let days: Int
    package let tenant: String
    /// Renewals that are paid are reported, too.
    package let sendsSuccesses: Bool

    package static let subscriptionsMax = 99_999_999
    package static let daysMax = 400

    package init(
        world: PaymentWorld, subscriptions: Int, days: Int,
        tenant: String = EntityKey.mainTenant, sendsSuccesses: Bool = false
    ) {
        self.world = world
        self.subscriptions = subscriptions
        self.days = days
        self.tenant = tenant
        self.sendsSuccesses = sendsSuccesses
    }

    /// Steps of the world's grain; happenings fall on those from 0 up to it, without it.
    package var steps: Int {
        Int(Int64(self.days) * Milliseconds.day / self.world.parameters.grainMs)
    }

    package var end: Timestamp { self.world.instant(ofStep: self.steps) }

    /// A case that was opened before this had all the time that policies give it.
    package var maturedBefore: Timestamp { self.end.advanced(byMs: -30 * Milliseconds.day) }

    package func key(_ index: UInt64) -> EntityKey {
        EntityKey(tenant: self.tenant, key: WorldNames.account(index))
    }

    /// The renewal that is due at a step for an account; `nil` when none is.
    func renewal(of index: UInt64, atStep step: Int) -> UInt32? {
        let past = step - self.world.slot(of: index)
        guard past >= 0, past % self.world.slots == 0 else { return nil }
        return UInt32(past / self.world.slots + 1)
    }

    /// The failing renewals within the run, each with its step.
    func failures(of index: UInt64, _ body: (UInt32, Int) -> Void) {
        var step = self.world.slot(of: index)
        var number: UInt32 = 1
        while step < self.steps {
            if self.world.fails(number, of: index) { body(number, step) }
            number += 1
            step += self.world.slots
        }
    }

    /// Whether an earlier renewal failed, so that the subscription may have ended.
    func failedBefore(_ renewal: UInt32, of index: UInt64) -> Bool {
        (1..<renewal).contains { self.world.fails($0, of: index) }
    }

    /// The subscription has ended: its renewals are no more.
    func hasEnded(_ state: AccountState) -> Bool {
        state.cases.contains { $0.phase == .exhausted || $0.phase == .cancelled }
    }

    // MARK: Looking

    /// Messages count until so long after the failure, in milliseconds.
    static let lookedForMs = 60 * Milliseconds.day

    /// The first step from `first` on in which a message could move the customer; `nil` for none.
    func nextLook(
        _ episode: WorldEpisode, of customer: WorldCustomer, from first: Int
    ) -> Int? {
        let failed = self.world.step(notBefore: episode.failedAt)
        let last = min(
            self.steps - 1, failed + Int(Self.lookedForMs / self.world.parameters.grainMs))
        var step = max(first, failed)
        while step <= last {
            for channel in self.world.parameters.customers.channels
            where self.world.mayMove(episode, of: customer, by: channel, inStep: step) {
                return step
            }
            step += 1
        }
        return nil
    }

    /// What the messages of a step made the customer do.
    enum Sight {
        case nothing
        /// The case is closed: nothing more is awaited.
        case over
        case deed(WorldDeed)
    }

    func sight(
        _ state: AccountState, _ episode: WorldEpisode, of customer: WorldCustomer, inStep step: Int
    ) -> Sight {
        let name = WorldNames.obligation(customer.index, renewal: episode.number)
        guard let index = state.caseIndex(obligation: name) else { return .over }
        guard state.cases[index].isOpen else { return .over }
        let number = state.cases[index].number
        var earlier: UInt32 = 0
        for touch in state.outreach.first?.touches ?? []
        where touch.caseNumber == number && touch.outcome == .accepted {
            if self.world.step(notBefore: touch.at) == step {
                let deed = self.world.deed(
                    episode, of: customer, after: touch.channel, at: touch.at, earlier: earlier)
                if let deed { return .deed(deed) }
            }
            earlier += 1
        }
        return .nothing
    }

    /// The step at which a deed is told: after `step`, and never with a renewal of the account.
    func step(of deed: WorldDeed, of index: UInt64, after step: Int) -> Int {
        let at: Timestamp =
            switch deed {
            case .givesCard(let at), .cancels(let at): at
            }
        return self.free(max(step + 1, self.world.step(notBefore: at)), of: index)
    }

    /// The step of a change that nobody asked for; `nil` for none.
    func spontaneousStep(_ episode: WorldEpisode, of index: UInt64) -> Int? {
        self.world.spontaneousChange(episode).map {
            self.free(
                max(
                    self.world.step(notBefore: episode.failedAt) + 1,
                    self.world.step(notBefore: $0)), of: index)
        }
    }

    private func free(_ step: Int, of index: UInt64) -> Int {
        self.renewal(of: index, atStep: step) == nil ? step : step + 1
    }
}
