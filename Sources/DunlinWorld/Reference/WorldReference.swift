package import DunlinCore
import DunlinPolicy

/// W2 under the pure core alone, one account after the other: what every undisturbed run of an
/// engine must come to.
package struct WorldReference: Sendable {
    /// What a run came to.
    package struct Outcome: Sendable {
        package var tally: WorldTally
        /// Commands that changed something.
        package var transitions: UInt64 = 0
        /// Attempts by the hour since the world's start.
        package var attemptsByHour: [Int]
    }

    package let workload: WorldWorkload
    package let context: DecisionContext

    package init(_ workload: WorldWorkload, context: DecisionContext) {
        self.workload = workload
        self.context = context
    }

    package func run() -> Outcome { self.run(accounts: 0..<UInt64(self.workload.subscriptions)) }

    /// Of some of the accounts: outcomes of parts add up.
    package func run(accounts: Range<UInt64>) -> Outcome {
        let hours = self.workload.days * 24 + 1
        var outcome = Outcome(
            tally: WorldTally(reasons: self.workload.world.parameters.reasons.count),
            attemptsByHour: Array(repeating: 0, count: hours))
        for index in accounts {
            var hasFailed = self.workload.sendsSuccesses
            self.workload.failures(of: index) { _, _ in hasFailed = true }
            if hasFailed { self.run(index, &outcome) }
        }
        return outcome
    }

    private func run(_ index: UInt64, _ outcome: inout Outcome) {
        let start = self.workload.world.parameters.start
        var attempts: [Timestamp] = []
        var account = ReferenceAccount(
            key: self.workload.key(index), bank: WorldBank(self.workload.world),
            context: self.context, at: start
        ) { attempts.append($0) }
        var diary = Diary(self.workload, index)
        while let step = diary.nextStep {
            account.advance(to: self.workload.world.instant(ofStep: step))
            for (news, renewal) in diary.takeNews(at: step) {
                let isRenewal = news == .renewalFailed || news == .renewalPaid
                let mayHaveEnded =
                    isRenewal && self.workload.failedBefore(renewal, of: index)
                if mayHaveEnded, self.workload.hasEnded(account.state) { continue }
                account.take(
                    self.workload.event(news, index, renewal: renewal, atStep: step))
                if news == .renewalFailed { diary.begin(renewal, at: step) }
            }
            for renewal in diary.takeLooks(at: step) {
                diary.look(renewal, at: step, account.state)
            }
        }
        account.advance(to: self.workload.end)
        outcome.tally.add(account.state, of: index, self.workload)
        outcome.transitions += account.transitions
        for at in attempts {
            let hour = Int((at.ms - start.ms) / Milliseconds.hour)
            outcome.attemptsByHour[min(max(0, hour), outcome.attemptsByHour.count - 1)] += 1
        }
    }

    /// What one account has ahead.
    private struct Diary {
        let workload: WorldWorkload
        let index: UInt64
        let customer: WorldCustomer
        private var news: [(step: Int, news: WorldNews, renewal: UInt32)] = []
        private var looks: [(step: Int, renewal: UInt32)] = []

        init(_ workload: WorldWorkload, _ index: UInt64) {
            self.workload = workload
            self.index = index
            self.customer = workload.world.customer(index)
            var step = workload.world.slot(of: index)
            var renewal: UInt32 = 1
            while step < workload.steps {
                let fails = workload.world.fails(renewal, of: index)
                if fails || workload.sendsSuccesses {
                    self.news.append((step, fails ? .renewalFailed : .renewalPaid, renewal))
                }
                renewal += 1
                step += workload.world.slots
            }
        }

        var nextStep: Int? {
            let next = min(
                self.news.map(\.step).min() ?? .max, self.looks.map(\.step).min() ?? .max)
            return next < self.workload.steps ? next : nil
        }

        /// At most one: what is too much is told a step later.
        mutating func takeNews(at step: Int) -> [(WorldNews, UInt32)] {
            var due = self.news.filter { $0.step == step }
            due.sort { $0.renewal < $1.renewal }
            self.news.removeAll { $0.step == step }
            for entry in due.dropFirst() {
                self.news.append((step + 1, entry.news, entry.renewal))
            }
            return due.prefix(1).map { ($0.news, $0.renewal) }
        }

        mutating func takeLooks(at step: Int) -> [UInt32] {
            let due = self.looks.filter { $0.step == step }.map(\.renewal)
            self.looks.removeAll { $0.step == step }
            return due
        }

        /// A case was opened: the customer may act unasked, and messages are looked at.
        mutating func begin(_ renewal: UInt32, at step: Int) {
            let episode = self.workload.world.episode(renewal, of: self.customer)
            if let step = self.workload.spontaneousStep(episode, of: self.index) {
                self.news.append((step, .cardGiven, renewal))
            }
            self.lookNext(episode, from: step)
        }

        mutating func look(_ renewal: UInt32, at step: Int, _ state: AccountState) {
            let episode = self.workload.world.episode(renewal, of: self.customer)
            switch self.workload.sight(state, episode, of: self.customer, inStep: step) {
            case .over: break
            case .nothing: self.lookNext(episode, from: step + 1)
            case .deed(let deed):
                let at = self.workload.step(of: deed, of: self.index, after: step)
                self.news.append((at, deed.news, renewal))
            }
        }

        private mutating func lookNext(_ episode: WorldEpisode, from step: Int) {
            let next = self.workload.nextLook(episode, of: self.customer, from: step)
            if let next { self.looks.append((next, episode.number)) }
        }
    }
}

extension WorldDeed {
    /// How it is told.
    var news: WorldNews {
        switch self {
        case .givesCard: .cardGiven
        case .cancels: .canceled
        }
    }
}
