package import DunlinCore
package import DunlinPolicy

/// A payment world: a pure function of seed, account and time.
///
/// Accounts are numbered from 0. Each has a customer, whose traits never change, and a renewal in
/// every period; a renewal that fails begins an episode, with one reason that is told and one cause
/// behind it. Nothing is stored: every answer is computed from hashes, by any process, in any order.
///
/// All happenings fall on whole steps of ``WorldParameters/grainMs``.
package struct PaymentWorld: Sendable {
    package let parameters: WorldParameters
    package let seed: UInt64
    /// The hour of each issuer.
    private let hours: [Double]
    /// Engagement at equal steps of its distribution, from 0 to 1.
    private let engagements: [Double]
    private let planShares: [Double]
    private let networkShares: [Double]
    private let reasonShares: [Double]
    /// Renewals fail when a throw of 53 bits is below this.
    private let failsBelow: UInt64
    private let root: Draw

    package init(_ parameters: WorldParameters, seed: UInt64) {
        self.parameters = parameters
        self.seed = seed
        let root = Draw(splitmix64(seed))
        self.root = root
        self.hours = (0..<parameters.issuers).map { issuer in
            let hour = root.about(.issuerHour, UInt64(issuer))
                .normal(mean: parameters.issuerHour, spread: parameters.issuerSpread)
            return hour - (hour / 24).rounded(.down) * 24
        }
        self.engagements = Self.quantiles(
            alpha: parameters.customers.alpha, beta: parameters.customers.beta)
        self.planShares = parameters.plans.map(\.share)
        self.networkShares = parameters.networks.map(\.share)
        self.reasonShares = parameters.reasons.map(\.share)
        self.failsBelow = UInt64(parameters.fails * 0x1p53)
    }

    /// The Beta distribution turned around: its values at 1,025 equal steps of probability.
    private static func quantiles(alpha: Double, beta: Double) -> [Double] {
        let (cells, steps) = (8192, 1024)
        var weights: [Double] = []
        for cell in 0..<cells {
            let x = (Double(cell) + 0.5) / Double(cells)
            weights.append(
                Numerics.exp((alpha - 1) * Numerics.log(x) + (beta - 1) * Numerics.log(1 - x)))
        }
        let total = weights.reduce(0, +)
        var values: [Double] = []
        var (cell, below) = (0, 0.0)
        for step in 0...steps {
            let wanted = total * Double(step) / Double(steps)
            while cell < cells - 1, below + weights[cell] < wanted {
                below += weights[cell]
                cell += 1
            }
            let part = min(1, (wanted - below) / weights[cell])
            values.append((Double(cell) + part) / Double(cells))
        }
        return values
    }

    // MARK: Customers

    package func customer(_ index: UInt64) -> WorldCustomer {
        let draw = self.draw(index)
        let parameters = self.parameters
        let place = draw.about(.engagement).uniform * Double(self.engagements.count - 1)
        let low = Int(place)
        let engagement =
            self.engagements[low]
            + (place - Double(low)) * (self.engagements[low + 1] - self.engagements[low])
        let issuer = Int(draw.about(.issuer).uniform * Double(self.hours.count))
        return WorldCustomer(
            index: index, draw: draw, plan: draw.about(.plan).place(in: self.planShares),
            network: parameters.networks[draw.about(.network).place(in: self.networkShares)]
                .network,
            issuerHour: self.hours[issuer],
            cycle: WorldParameters.Cycle.allCases[
                draw.about(.cycle).place(in: parameters.funds.cycles)],
            phaseDays: Int64(draw.about(.phase).uniform * 14),
            isShort: draw.about(.isShort).uniform < parameters.funds.chronic,
            engagement: engagement)
    }

    @inline(__always)
    private func draw(_ index: UInt64) -> Draw { self.root.about(.customer, index) }

    // MARK: Renewals

    /// Steps of grain in one period of renewals.
    package var slots: Int { Int(self.parameters.renewsEveryMs / self.parameters.grainMs) }

    /// The step, from the world's start, at which the account's first renewal is due.
    package func slot(of index: UInt64) -> Int {
        Int(self.draw(index).about(.slot).uniform * Double(self.slots))
    }

    /// When renewal `number`, counted from 1, is due.
    package func renewal(_ number: UInt32, of index: UInt64) -> Timestamp {
        let steps = self.slot(of: index) + (Int(number) - 1) * self.slots
        return self.instant(ofStep: steps)
    }

    package func instant(ofStep step: Int) -> Timestamp {
        self.parameters.start.advanced(byMs: Int64(step) * self.parameters.grainMs)
    }

    /// The step that `instant` falls on, or the next one.
    package func step(notBefore instant: Timestamp) -> Int {
        let ms = instant.ms - self.parameters.start.ms
        return Int((ms + self.parameters.grainMs - 1).flooredDivision(by: self.parameters.grainMs))
    }

    /// Whether renewal `number` is refused.
    @inline(__always)
    package func fails(_ number: UInt32, of index: UInt64) -> Bool {
        self.draw(index).about(.fails, UInt64(number)).hash >> 11 < self.failsBelow
    }

    /// What lies behind the failure of renewal `number`, if it fails.
    package func episode(_ number: UInt32, of customer: WorldCustomer) -> WorldEpisode {
        let draw = customer.draw.about(.episode, UInt64(number))
        let reason = draw.about(.reason).place(in: self.reasonShares)
        let told = self.parameters.reasons[reason]
        let code = Int(draw.about(.code).uniform * Double(told.codes.count))
        let cause = WorldParameters.Cause.allCases[draw.about(.cause).place(in: told.causes)]
        let at = self.renewal(number, of: customer.index)
        let lastsMs: Int64 =
            switch cause {
            case .hold: self.parameters.holds.lastsMs
            case .outage: self.parameters.outages.lastsMs
            case .funds, .dead: 0
            }
        let endsAt =
            lastsMs == 0 ? at : at.advanced(byMs: draw.about(.length).exponential(meanMs: lastsMs))
        return WorldEpisode(
            number: number, draw: draw, reason: reason, code: told.codes[code], cause: cause,
            failedAt: at, troubleEndsAt: endsAt)
    }
}

/// One customer of a world. See `world.yaml` for what the traits do.
package struct WorldCustomer: Sendable {
    package var index: UInt64
    let draw: Draw
    /// Index of ``WorldParameters/plans``.
    package var plan: Int
    package var network: PaymentNetwork
    /// The issuer's own hour, UTC.
    var issuerHour: Double
    var cycle: WorldParameters.Cycle
    var phaseDays: Int64
    /// Always short of money.
    var isShort: Bool
    /// 0 to 1.
    package var engagement: Double
}

/// One failed renewal.
package struct WorldEpisode: Sendable {
    /// The renewal's, counted from 1.
    package var number: UInt32
    let draw: Draw
    /// Index of ``WorldParameters/reasons``.
    package var reason: Int
    package var code: String
    package var cause: WorldParameters.Cause
    package var failedAt: Timestamp
    /// When a hold or an outage has passed.
    var troubleEndsAt: Timestamp
}
