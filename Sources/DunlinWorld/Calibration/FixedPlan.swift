package import DunlinCore
import DunlinPolicy

/// A plan of attempts and messages that needs no engine: what a world is calibrated with.
package struct FixedPlan: Sendable {
    package enum Timing: Sendable {
        /// Days after the failure.
        case days([Double])
        /// The best times, for who knows everything, at least a day apart.
        case bestOf(Int)
        /// So many tries on the days after payday where it is known, with this chance; others as
        /// by the clock.
        case paydays(tries: Int, known: Double)
    }

    package var timing: Timing
    /// Days after the failure.
    package var messages: [(day: Double, channel: Channel)]

    package init(_ timing: Timing, messages: [(day: Double, channel: Channel)] = []) {
        self.timing = timing
        self.messages = messages
    }

    /// At 0, 3, 7 and 12 days.
    package static let fourEmails: [(day: Double, channel: Channel)] = [
        (0, .email), (3, .email), (7, .email), (12, .email),
    ]
    /// Nine messages by e-mail, text message and in the app.
    package static let manyChannels: [(day: Double, channel: Channel)] = [
        (0, .email), (2, .inApp), (3, .email), (5, .sms), (7, .email), (9, .inApp), (12, .email),
        (14, .sms), (20, .email),
    ]

    /// What a plan came to over many cases.
    package struct Outcome: Sendable, Equatable {
        package var cases = 0
        package var recovered = 0
        /// Of the recovered, within ten days.
        package var soon = 0
        package var attempts = 0

        package var rate: Double { Double(self.recovered) / Double(max(1, self.cases)) }
        package var soonShare: Double { Double(self.soon) / Double(max(1, self.recovered)) }
        package var attemptsPerCase: Double {
            Double(self.attempts) / Double(max(1, self.cases))
        }
    }

    /// Plays the plan for the first failure of `cases` accounts.
    package func play(_ world: PaymentWorld, cases: Int) -> Outcome {
        var outcome = Outcome()
        outcome.cases = cases
        for index in 0..<UInt64(max(0, cases)) {
            let customer = world.customer(index)
            let episode = world.episode(1, of: customer)
            let (day, attempts) = self.play(world, episode, customer)
            outcome.attempts += attempts
            guard let day else { continue }
            outcome.recovered += 1
            if day <= 10 { outcome.soon += 1 }
        }
        return outcome
    }

    /// The day of recovery, `nil` for none, and the attempts that were made.
    private func play(
        _ world: PaymentWorld, _ episode: WorldEpisode, _ customer: WorldCustomer
    ) -> (day: Double?, attempts: Int) {
        let newCard = self.newCard(world, episode, customer)
        var attempts = 0
        if !world.parameters.reasons[episode.reason].isHard {
            let (days, hour) = self.times(world, episode, customer)
            for day in days {
                if let newCard, newCard <= day { break }
                attempts += 1
                let at = episode.failedAt.advanced(days: day)
                if world.accepts(episode, of: customer, at: at, hour: hour) {
                    return (day, attempts)
                }
            }
        }
        guard let newCard, newCard <= 28 else { return (nil, attempts) }
        return (world.acceptsNewCard(episode) ? newCard : nil, attempts + 1)
    }

    private func newCard(
        _ world: PaymentWorld, _ episode: WorldEpisode, _ customer: WorldCustomer
    ) -> Double? {
        for (earlier, message) in self.messages.enumerated() {
            let deed = world.deed(
                episode, of: customer, after: message.channel,
                at: episode.failedAt.advanced(days: message.day), earlier: UInt32(earlier))
            switch deed {
            case .givesCard(let at): return episode.failedAt.days(until: at)
            case .cancels: return nil
            case nil: break
            }
        }
        return world.spontaneousChange(episode).map { episode.failedAt.days(until: $0) }
    }

    /// Hours of attempts whose plan knows nothing of issuers.
    private static let hour = 10.0

    private func times(
        _ world: PaymentWorld, _ episode: WorldEpisode, _ customer: WorldCustomer
    ) -> (days: [Double], hour: Double) {
        switch self.timing {
        case .days(let days): return (days, Self.hour)
        case .bestOf(let tries):
            return (self.best(tries, world, episode, customer), customer.issuerHour)
        case .paydays(let tries, let known):
            let isToldFunds = world.parameters.reasons[episode.reason].causes[0] >= 1
            let isKnown = episode.draw.about(.knowsPayday).uniform < known
            guard isToldFunds, isKnown else { return (Self.byClock(tries), Self.hour) }
            return (Self.afterPaydays(tries, world, episode, customer), Self.hour)
        }
    }

    private static func byClock(_ tries: Int) -> [Double] {
        guard tries <= 4 else {
            return (1...tries).map { 27 * Double($0) / Double(tries) * 0.5 }
        }
        return Array([3, 5, 7, 14].prefix(tries))
    }

    private static func afterPaydays(
        _ tries: Int, _ world: PaymentWorld, _ episode: WorldEpisode, _ customer: WorldCustomer
    ) -> [Double] {
        var days: [Double] = []
        var day = 0.3
        while day < 27, days.count < tries {
            let at = episode.failedAt.advanced(days: day)
            let isFresh = world.payPeriod(of: customer, at: at).sinceMs < Milliseconds.day
            if isFresh, days.last.map({ day - $0 > 2 }) ?? true { days.append(day) }
            day += 0.25
        }
        while days.count < tries { days.append((days.last ?? 0) + 2.5) }
        return days
    }

    private func best(
        _ tries: Int, _ world: PaymentWorld, _ episode: WorldEpisode, _ customer: WorldCustomer
    ) -> [Double] {
        // Whoever knows that a card is dead does not try it.
        guard episode.cause != .dead else { return [] }
        let candidates = (1..<112).map { Double($0) / 4 }
        let ranked = candidates.map { day in
            let chance = world.chance(
                episode, of: customer, at: episode.failedAt.advanced(days: day),
                hour: customer.issuerHour)
            return (day: day, score: chance - day * 0.002)
        }.sorted { ($0.score, $1.day) > ($1.score, $0.day) }
        var days: [Double] = []
        for candidate in ranked where days.count < tries {
            if days.allSatisfy({ abs(candidate.day - $0) >= 1 }) { days.append(candidate.day) }
        }
        return days.sorted()
    }
}

extension Timestamp {
    func advanced(days: Double) -> Timestamp {
        self.advanced(byMs: Int64(days * Double(Milliseconds.day)))
    }

    func days(until later: Timestamp) -> Double {
        Double(later.ms - self.ms) / Double(Milliseconds.day)
    }
}
