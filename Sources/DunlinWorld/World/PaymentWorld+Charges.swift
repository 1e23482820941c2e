package import DunlinCore
import DunlinPolicy

extension PaymentWorld {
    /// Whether the card that failed is accepted for an attempt at `instant`.
    package func accepts(
        _ episode: WorldEpisode, of customer: WorldCustomer, at instant: Timestamp
    ) -> Bool {
        let msOfDay =
            instant.ms - instant.ms.flooredDivision(by: Milliseconds.day) * Milliseconds.day
        let hour = Double(msOfDay) / Double(Milliseconds.hour)
        return self.accepts(episode, of: customer, at: instant, hour: hour)
    }

    /// As above; `hour` alone is set against the issuer's.
    func accepts(
        _ episode: WorldEpisode, of customer: WorldCustomer, at instant: Timestamp, hour: Double
    ) -> Bool {
        let chance = self.chance(episode, of: customer, at: instant, hour: hour)
        let drawn = episode.draw.about(.attempt, UInt64(bitPattern: instant.ms)).uniform
        return drawn < chance
    }

    /// How likely an attempt is to succeed, for who knows everything.
    func chance(
        _ episode: WorldEpisode, of customer: WorldCustomer, at instant: Timestamp, hour: Double
    ) -> Double {
        let parameters = self.parameters
        switch episode.cause {
        case .dead: return 0
        case .hold:
            return self.chance(parameters.holds, episode, at: instant)
                * self.favour(hour, of: customer, swing: parameters.holds.swing)
        case .outage: return self.chance(parameters.outages, episode, at: instant)
        case .funds:
            let favour = self.favour(hour, of: customer, swing: parameters.funds.swing)
            let level = self.level(customer, at: instant)
            guard parameters.funds.drawsPerPeriod else { return min(0.97, level * favour) }
            let isThere = self.threshold(episode, of: customer, at: instant) < level
            return (isThere ? parameters.funds.there : parameters.funds.gone) * favour
        }
    }

    private func chance(
        _ trouble: WorldParameters.Trouble, _ episode: WorldEpisode, at instant: Timestamp
    ) -> Double {
        instant >= episode.troubleEndsAt ? trouble.after : trouble.during
    }

    private func favour(_ hour: Double, of customer: WorldCustomer, swing: Double) -> Double {
        1 + swing * Numerics.cosine(turns: (hour - customer.issuerHour) / 24)
    }

    /// How well the account is filled, by the time since payday.
    private func level(_ customer: WorldCustomer, at instant: Timestamp) -> Double {
        let funds = self.parameters.funds
        let curve = customer.isShort ? funds.short : funds.normal
        let sinceMs = self.payPeriod(of: customer, at: instant).sinceMs
        let faded = Numerics.exp(-Double(sinceMs) / Double(curve.fadesMs))
        return (curve.base + curve.rise * faded) * funds.lift
    }

    /// Money is there in a pay period while the level is above this. In the period of the failure
    /// it lies above the level of that moment: the renewal did fail.
    private func threshold(
        _ episode: WorldEpisode, of customer: WorldCustomer, at instant: Timestamp
    ) -> Double {
        let period = self.payPeriod(of: customer, at: instant).number
        let drawn = customer.draw.about(.period, UInt64(bitPattern: period)).uniform
        guard period == self.payPeriod(of: customer, at: episode.failedAt).number else {
            return drawn
        }
        let least = min(0.98, self.level(customer, at: episode.failedAt))
        return least + drawn * (1 - least)
    }

    /// Which pay period it is, and how long ago it began.
    func payPeriod(
        of customer: WorldCustomer, at instant: Timestamp
    ) -> (number: Int64, sinceMs: Int64) {
        let day = instant.ms.flooredDivision(by: Milliseconds.day)
        let msOfDay = instant.ms - day * Milliseconds.day
        switch customer.cycle {
        case .weekly, .biweekly:
            let length: Int64 = customer.cycle == .weekly ? 7 : 14
            let shifted = day + customer.phaseDays
            let number = shifted.flooredDivision(by: length)
            return (number, (shifted - number * length) * Milliseconds.day + msOfDay)
        case .semimonthly, .monthly:
            let civil = CivilTime(utc: instant)
            let month = civil.year * 12 + civil.month
            let isSecond = customer.cycle == .semimonthly && civil.day > 15
            let first: Int64 = isSecond ? 16 : 1
            return (
                month * 2 + (isSecond ? 1 : 0), (civil.day - first) * Milliseconds.day + msOfDay
            )
        }
    }

    /// Whether the card that came after the failure is good: it is, or it never is.
    package func acceptsNewCard(_ episode: WorldEpisode) -> Bool {
        episode.draw.about(.newCard).uniform < self.parameters.customers.newCardWorks
    }
}
