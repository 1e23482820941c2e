package import DunlinCore

/// What a node would make of an import: how many and how much, by outcome and by day.
package struct ImportOutlook: Sendable {
    /// Failed payments with one outcome, in one currency.
    package struct Part: Sendable, Equatable {
        package var outcome: IntakeForecast.Outcome
        package var currency: Currency
        package var count: Int
        package var minor: Int64
    }

    /// What would be charged and said for the first time on one day by UTC.
    package struct Day: Sendable, Equatable {
        /// Midnight.
        package var at: Timestamp
        package var casesBegun: Int
        package var firstAttempts: Int
        package var firstMessages: Int
        /// What the first attempts of the day would charge.
        package var charges: [Part]
    }

    /// Of failed payments, by outcome, then by currency.
    package private(set) var parts: [Part] = []
    /// In the order of time; days on which nothing begins are left out.
    package private(set) var days: [Day] = []
    /// Of events that are no failed payments, by outcome.
    package private(set) var others: [(outcome: IntakeForecast.Outcome, count: Int)] = []

    package init() {}

    package mutating func take(_ event: IntakeEvent, _ forecast: IntakeForecast) {
        guard case .paymentFailed(let failed) = event.facts.fact else {
            if let index = self.others.firstIndex(where: { $0.outcome == forecast.outcome }) {
                self.others[index].count += 1
            } else {
                self.others.append((forecast.outcome, 1))
            }
            return
        }
        let money = Money(minor: failed.obligation.openMinor, currency: failed.obligation.currency)
        Self.add(forecast.outcome, money, to: &self.parts)
        if forecast.startsAt.ms != 0 { self.change(forecast.startsAt) { $0.casesBegun += 1 } }
        if forecast.messageAt.ms != 0 { self.change(forecast.messageAt) { $0.firstMessages += 1 } }
        guard forecast.attemptAt.ms != 0 else { return }
        self.change(forecast.attemptAt) { day in
            day.firstAttempts += 1
            Self.add(forecast.outcome, money, to: &day.charges)
        }
    }

    private static func add(
        _ outcome: IntakeForecast.Outcome, _ money: Money, to parts: inout [Part]
    ) {
        let key = (outcome.rawValue, money.currency)
        let index = parts.firstIndex { ($0.outcome.rawValue, $0.currency) >= key } ?? parts.count
        if index == parts.count || (parts[index].outcome.rawValue, parts[index].currency) != key {
            parts.insert(
                Part(outcome: outcome, currency: money.currency, count: 0, minor: 0), at: index)
        }
        parts[index].count += 1
        parts[index].minor.increase(by: money.minor)
    }

    private mutating func change(_ instant: Timestamp, _ body: (inout Day) -> Void) {
        let day = instant.ms >= 0 ? instant.ms / Milliseconds.day : 0
        let at = Timestamp(ms: day * Milliseconds.day)
        let index = self.days.firstIndex { $0.at >= at } ?? self.days.count
        if index == self.days.count || self.days[index].at != at {
            self.days.insert(
                Day(at: at, casesBegun: 0, firstAttempts: 0, firstMessages: 0, charges: []),
                at: index)
        }
        body(&self.days[index])
    }

    package var json: JSONValue {
        [
            "payments": .array(self.parts.map { $0.json }),
            "others": .object(
                self.others.map { .init(name: $0.outcome.name, value: .integer($0.count)) }),
            "days": .array(
                self.days.map { day in
                    [
                        "day": .string(String("\(day.at)".prefix(10))),
                        "cases": .integer(day.casesBegun),
                        "first_attempts": .integer(day.firstAttempts),
                        "first_messages": .integer(day.firstMessages),
                        "charges": .array(day.charges.map { $0.json }),
                    ]
                }),
        ]
    }

    /// For people.
    package var lines: [String] {
        var lines = ["the node would make of them:"]
        for part in self.parts {
            let money = Money(minor: part.minor, currency: part.currency)
            lines.append("  \(part.count) failed payments over \(money): \(part.outcome.words)")
        }
        for other in self.others {
            lines.append("  \(other.count) other events: \(other.outcome.words)")
        }
        for day in self.days {
            let charges = day.charges.map { "\(Money(minor: $0.minor, currency: $0.currency))" }
            let money = charges.isEmpty ? "" : " over \(charges.joined(separator: " and "))"
            lines.append(
                "  \("\(day.at)".prefix(10)): \(day.casesBegun) cases begin, "
                    + "\(day.firstAttempts) first attempts\(money), \(day.firstMessages) first "
                    + "messages")
        }
        return lines
    }
}

extension ImportOutlook.Part {
    fileprivate var json: JSONValue {
        [
            "outcome": .string(self.outcome.name), "currency": .string(self.currency.code),
            "count": .integer(self.count), "amount_minor": .integer(self.minor),
        ]
    }
}

extension IntakeForecast.Outcome {
    /// After "12 failed payments: ".
    fileprivate var words: String {
        switch self {
        case .opensCase: "a case opens"
        case .opensForMessages: "a case opens, and only messages are sent for it"
        case .leftOut: "left out, being older than the policy takes"
        case .changes: "what is there changes"
        case .nothing: "nothing changes"
        case .refused: "refused"
        }
    }
}
