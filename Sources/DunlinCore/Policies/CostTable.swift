/// What recovering costs in one currency. Every amount is in thousandths of the minor unit: a fee of
/// ten cents is 10,000, an e-mail at four hundredths of a cent 40.
package struct CostTable: Sendable, Equatable {
    /// What the network takes for an attempt. The first row that matches is taken.
    package struct AttemptFee: Sendable, Equatable {
        /// `nil` for every network.
        package var network: PaymentNetwork?
        /// The class of the refusal before it; empty for all.
        package var after: [DeclineClass]
        package var milli: Int64

        package init(network: PaymentNetwork? = nil, after: [DeclineClass] = [], milli: Int64) {
            self.network = network
            self.after = after
            self.milli = milli
        }
    }

    package var attempts: [AttemptFee]
    /// What the gateway takes for a charge that was approved, whatever its amount.
    package var approvalMilli: Int64
    /// … and of its amount, in basis points.
    package var approvalBp: Int64
    package var messages: [Channel: Int64]
    /// What each message costs beside its price: the customer's patience.
    package var annoyanceMilli: Int64

    package static let attemptFeesMax = 64

    package init(
        attempts: [AttemptFee] = [], approvalMilli: Int64 = 0, approvalBp: Int64 = 0,
        messages: [Channel: Int64] = [:], annoyanceMilli: Int64 = 0
    ) {
        self.attempts = attempts
        self.approvalMilli = approvalMilli
        self.approvalBp = approvalBp
        self.messages = messages
        self.annoyanceMilli = annoyanceMilli
    }

    /// The network's fee for one attempt after a refusal of that class.
    package func attemptMilli(_ network: PaymentNetwork, after latest: DeclineClass) -> Int64 {
        let row = self.attempts.first {
            ($0.network ?? network) == network && ($0.after.isEmpty || $0.after.contains(latest))
        }
        return row?.milli ?? 0
    }

    /// The gateway's fee for money that came.
    package func approvalMilli(ofMinor minor: Int64) -> Int64 {
        let (milli, overflow) = minor.multipliedReportingOverflow(by: 1000)
        return self.approvalMilli.increased(
            by: overflow ? .max : milli.share(bp: self.approvalBp))
    }

    package func messageMilli(_ channel: Channel) -> Int64 {
        (self.messages[channel] ?? 0).increased(by: channel.tellsCustomer ? self.annoyanceMilli : 0)
    }
}

/// Which rungs of the ladder are left out because they cost more than they are likely to bring.
package struct AttemptWorth: Sendable, Equatable {
    /// How likely each rung is to be approved, in basis points; the last holds for all further ones.
    package var chancesBp: [Int64]
    /// How much a cost weighs against money, in basis points: 0 takes every rung.
    package var weightBp: Int64

    package static let chancesMax = 64

    package init(chancesBp: [Int64], weightBp: Int64 = 10_000) {
        self.chancesBp = chancesBp
        self.weightBp = weightBp
    }

    /// Whether a rung brings at least what it costs, counted in whole numbers.
    func takes(rung: UInt32, amountMinor: Int64, costMilli: Int64) -> Bool {
        guard let last = self.chancesBp.last, self.weightBp > 0, costMilli > 0 else { return true }
        let chance = Int(rung) < self.chancesBp.count ? self.chancesBp[Int(rung)] : last
        let (perMinor, tooLikely) = chance.multipliedReportingOverflow(by: 1000)
        let gain = amountMinor.multipliedFullWidth(by: tooLikely ? .max : perMinor)
        let loss = costMilli.multipliedFullWidth(by: self.weightBp)
        return gain.high != loss.high ? gain.high > loss.high : gain.low >= loss.low
    }
}
