package import DunlinCore

/// What a payment world is made of: every figure of a world file.
///
/// Shares are fractions of 1, times are milliseconds. See `world.yaml` for what each does.
package struct WorldParameters: Sendable, Equatable {
    package struct Plan: Sendable, Equatable {
        package var name: String
        package var share: Double
        package var amountMinor: Int64
        package var currency: Currency
    }

    /// What is truly behind a failure.
    package enum Cause: String, Sendable, CaseIterable {
        case funds
        case hold
        case outage
        /// Only another card helps.
        case dead
    }

    package struct Reason: Sendable, Equatable {
        package var name: String
        package var share: Double
        /// As a gateway says it; an account is always told the same one.
        package var codes: [String]
        /// In the order of ``Cause/allCases``, shares of 1.
        package var causes: [Double]

        /// Nobody tries a card again that is refused so.
        package var isHard: Bool { self.causes[3] >= 1 }
    }

    /// How often money comes.
    package enum Cycle: String, Sendable, CaseIterable {
        case weekly
        case biweekly
        case semimonthly
        case monthly
    }

    /// The chance that money is there, falling with the days since payday.
    package struct Level: Sendable, Equatable {
        package var base: Double
        package var rise: Double
        package var fadesMs: Int64
    }

    package struct Funds: Sendable, Equatable {
        /// Money is there or not for a whole pay period; else each attempt is a throw of its own.
        package var drawsPerPeriod = true
        /// In the order of ``Cycle/allCases``.
        package var cycles: [Double] = []
        package var chronic = 0.0
        package var normal = Level(base: 0, rise: 0, fadesMs: 1)
        package var short = Level(base: 0, rise: 0, fadesMs: 1)
        package var lift = 1.0
        package var there = 0.0
        package var gone = 0.0
        package var swing = 0.0
    }

    /// A trouble that ends by itself after a time that is drawn from an exponential distribution.
    package struct Trouble: Sendable, Equatable {
        package var lastsMs: Int64 = 0
        package var during = 0.0
        package var after = 0.0
        package var swing = 0.0
    }

    package struct Customers: Sendable, Equatable {
        package var channels: [Channel] = []
        /// By the channel's raw value.
        package var reaction: [Double] = Array(repeating: 0, count: 8)
        package var alpha = 1.0
        package var beta = 1.0
        package var least = 0.0
        package var span = 0.0
        package var needless = 1.0
        package var delayMs: Int64 = 0
        package var fatigue = 0.0
        package var spontaneous = 0.0
        package var spontaneousWithinMs: Int64 = 1
        package var newCardWorks = 0.0
        package var cancel = 0.0
        package var cancelGrowth = 0.0
    }

    /// Costs in minor units.
    package struct Score: Sendable, Equatable {
        package var attemptMinor: Int64 = 0
        /// By the channel's raw value.
        package var messageMinor: [Int64] = Array(repeating: 0, count: 8)
        package var lostCustomerMinor: Int64 = 0
    }

    package var start = Timestamp(ms: 0)
    package var grainMs: Int64 = 0
    package var renewsEveryMs: Int64 = 0
    package var fails = 0.0
    package var plans: [Plan] = []
    package var networks: [(network: PaymentNetwork, share: Double)] = []
    package var issuers: UInt32 = 1
    /// Mean and spread of the issuers' own hours.
    package var issuerHour = 0.0
    package var issuerSpread = 0.0
    package var reasons: [Reason] = []
    package var funds = Funds()
    package var holds = Trouble()
    package var outages = Trouble()
    package var customers = Customers()
    package var score = Score()

    package static func == (left: WorldParameters, right: WorldParameters) -> Bool {
        left.start == right.start && left.grainMs == right.grainMs
            && left.renewsEveryMs == right.renewsEveryMs && left.fails == right.fails
            && left.plans == right.plans && left.issuers == right.issuers
            && left.networks.elementsEqual(right.networks, by: ==)
            && left.issuerHour == right.issuerHour && left.issuerSpread == right.issuerSpread
            && left.reasons == right.reasons && left.funds == right.funds
            && left.holds == right.holds && left.outages == right.outages
            && left.customers == right.customers && left.score == right.score
    }
}
