package import DunlinCore
import DunlinPolicy

/// What a run of W2 came to, summed over the end states of its accounts. Tallies of parts add up.
package struct WorldTally: Sendable, Equatable {
    /// One reason's share of the whole, over matured cases.
    package struct Reason: Sendable, Equatable {
        package var cases = 0
        package var recovered = 0
        package var attempts = 0
        package var touches = 0
    }

    /// Accounts that ever had a case.
    package var accounts = 0
    package var cases = 0
    package var open = 0
    package var recovered = 0
    package var exhausted = 0
    package var cancelled = 0
    package var attempts = 0
    package var touches = 0
    package var collectedMinor: Int64 = 0
    /// Opened so early that they had all the time that policies give.
    package var matured = 0
    package var maturedMinor: Int64 = 0
    package var maturedRecovered = 0
    package var maturedCollectedMinor: Int64 = 0
    package var maturedAttempts = 0
    package var maturedTouches = 0
    /// From the failure to the money, over matured recovered cases, in milliseconds.
    package var toCashMs: Int64 = 0
    package var attemptCostMinor: Int64 = 0
    package var messageCostMinor: Int64 = 0
    package var lossMinor: Int64 = 0
    /// Matured cases recovered on each day after the failure; the last counts all later ones.
    package var byDay = Array(repeating: 0, count: WorldTally.daysCount)
    /// Matured cases by their number of attempts; the last counts all with more.
    package var byAttempts = Array(repeating: 0, count: WorldTally.attemptsCount)
    /// In the order of the world's reasons.
    package var reasons: [Reason]
    package var digest: UInt64 = 0

    package static let daysCount = 46
    package static let attemptsCount = 22

    package init(reasons: Int) {
        self.reasons = Array(repeating: Reason(), count: reasons)
    }

    package var rate: Double { Self.ratio(self.maturedRecovered, self.matured) }
    package var amountRate: Double {
        self.maturedMinor == 0
            ? 0 : Double(self.maturedCollectedMinor) / Double(self.maturedMinor)
    }
    package var attemptsPerCase: Double { Self.ratio(self.maturedAttempts, self.matured) }
    package var touchesPerCase: Double { Self.ratio(self.maturedTouches, self.matured) }
    package var daysToCash: Double {
        self.maturedRecovered == 0
            ? 0
            : Double(self.toCashMs) / Double(self.maturedRecovered) / Double(Milliseconds.day)
    }
    /// Collected, less attempts, messages and customers who were annoyed; in minor units.
    package var netMinor: Int64 {
        self.collectedMinor - self.attemptCostMinor - self.messageCostMinor - self.lossMinor
    }

    static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }

    /// Adds the end state of one account.
    package mutating func add(_ state: AccountState, of index: UInt64, _ workload: WorldWorkload) {
        guard !state.cases.isEmpty else { return }
        self.accounts += 1
        let customer = workload.world.customer(index)
        var end = UInt64(state.access.rawValue)
        var (attempts, touches) = (UInt64(0), UInt64(0))
        var collected: Int64 = 0
        for dunningCase in state.cases {
            end = end &* 16 &+ UInt64(dunningCase.phase.rawValue)
            attempts += UInt64(dunningCase.attempts)
            touches += UInt64(dunningCase.touches)
            collected += dunningCase.obligation.collectedMinor
            self.add(dunningCase, of: customer, workload)
        }
        self.addMessageCosts(state, Int(touches), workload)
        var mixed = splitmix64(workload.key(index).shardHash)
        for part in [end, attempts, touches, UInt64(bitPattern: collected)] {
            mixed = splitmix64(mixed ^ part)
        }
        self.digest &+= mixed
    }

    private mutating func add(
        _ dunningCase: DunningCase, of customer: WorldCustomer, _ workload: WorldWorkload
    ) {
        let score = workload.world.parameters.score
        let (attempts, touches) = (Int(dunningCase.attempts), Int(dunningCase.touches))
        let isRecovered = dunningCase.phase == .recovered
        self.cases += 1
        self.attempts += attempts
        self.touches += touches
        self.collectedMinor += dunningCase.obligation.collectedMinor
        self.attemptCostMinor += Int64(attempts) * score.attemptMinor
        if dunningCase.isOpen { self.open += 1 }
        if isRecovered { self.recovered += 1 }
        if dunningCase.phase == .exhausted { self.exhausted += 1 }
        if dunningCase.phase == .cancelled {
            self.cancelled += 1
            self.lossMinor += score.lostCustomerMinor
        }
        guard dunningCase.openedAt < workload.maturedBefore else { return }
        self.matured += 1
        self.maturedMinor += dunningCase.obligation.amountMinor
        self.maturedCollectedMinor += dunningCase.obligation.collectedMinor
        self.maturedAttempts += attempts
        self.maturedTouches += touches
        self.byAttempts[min(attempts, Self.attemptsCount - 1)] += 1
        if isRecovered {
            let ms = dunningCase.closedAt.ms - dunningCase.anchor.ms
            self.maturedRecovered += 1
            self.toCashMs += ms
            let day = Int(max(0, ms) / Milliseconds.day)
            self.byDay[min(day, Self.daysCount - 1)] += 1
        }
        guard let name = WorldNames.obligation(dunningCase.obligation.id) else { return }
        let place = workload.world.episode(name.renewal, of: customer).reason
        self.reasons[place].cases += 1
        self.reasons[place].recovered += isRecovered ? 1 : 0
        self.reasons[place].attempts += attempts
        self.reasons[place].touches += touches
    }

    /// Messages that the state no longer lists, for their age, cost as much as an e-mail.
    private mutating func addMessageCosts(
        _ state: AccountState, _ touches: Int, _ workload: WorldWorkload
    ) {
        let prices = workload.world.parameters.score.messageMinor
        var listed = 0
        for touch in state.outreach.first?.touches ?? [] where touch.outcome == .accepted {
            self.messageCostMinor += prices[Int(touch.channel.rawValue)]
            listed += 1
        }
        self.messageCostMinor +=
            Int64(max(0, touches - listed)) * prices[Int(Channel.email.rawValue)]
    }

    package mutating func add(_ other: WorldTally) {
        self.accounts += other.accounts
        self.cases += other.cases
        self.open += other.open
        self.recovered += other.recovered
        self.exhausted += other.exhausted
        self.cancelled += other.cancelled
        self.attempts += other.attempts
        self.touches += other.touches
        self.collectedMinor += other.collectedMinor
        self.matured += other.matured
        self.maturedMinor += other.maturedMinor
        self.maturedRecovered += other.maturedRecovered
        self.maturedCollectedMinor += other.maturedCollectedMinor
        self.maturedAttempts += other.maturedAttempts
        self.maturedTouches += other.maturedTouches
        self.toCashMs += other.toCashMs
        self.attemptCostMinor += other.attemptCostMinor
        self.messageCostMinor += other.messageCostMinor
        self.lossMinor += other.lossMinor
        for day in self.byDay.indices { self.byDay[day] += other.byDay[day] }
        for count in self.byAttempts.indices { self.byAttempts[count] += other.byAttempts[count] }
        for place in self.reasons.indices {
            self.reasons[place].cases += other.reasons[place].cases
            self.reasons[place].recovered += other.reasons[place].recovered
            self.reasons[place].attempts += other.reasons[place].attempts
            self.reasons[place].touches += other.reasons[place].touches
        }
        self.digest &+= other.digest
    }
}
