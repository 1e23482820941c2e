/// Cases that are opened under a policy of their own. The first segment that matches decides.
package struct Segment: Sendable, Equatable {
    package var name: String
    package var when: SegmentExpression
    package var policy: String

    package init(name: String, when: SegmentExpression, policy: String) {
        self.name = name
        self.when = when
        self.policy = policy
    }
}

/// What a segment may ask about a case that is being opened.
package struct SegmentFacts: Sendable {
    package var profile: Profile
    package var obligation: Obligation
    package var decline: Decline
    package var method: PaymentMethod?
    package var interval: BillingInterval
    package var now: Timestamp

    package init(
        profile: Profile, obligation: Obligation, decline: Decline, method: PaymentMethod? = nil,
        interval: BillingInterval = .unknown, now: Timestamp
    ) {
        self.profile = profile
        self.obligation = obligation
        self.decline = decline
        self.method = method
        self.interval = interval
        self.now = now
    }

    /// The attributes that every case has; any other name is looked up in the profile.
    package static let builtIn = [
        "amount_minor", "class", "country", "currency", "funding", "interval", "locale", "method",
        "tenure_days",
    ]

    /// The value of an attribute; empty when it is not known.
    package func value(of name: String) -> String {
        switch name {
        case "amount_minor": "\(self.obligation.openMinor)"
        case "class": self.decline.declineClass.name
        case "country": self.profile.country
        case "currency": self.obligation.currency.code
        case "funding": self.method?.funding.name ?? ""
        case "interval": self.interval == .unknown ? "" : self.interval.name
        case "locale": self.profile.locale
        case "method": self.method?.network.name ?? ""
        case "tenure_days": self.tenureDays
        default: self.profile.attributes.first { $0.name.hasSameBytes(as: name) }?.value ?? ""
        }
    }

    /// Whole days since the attribute `customer_since`, a date as `2024-05-31`.
    private var tenureDays: String {
        let since = self.profile.attributes.first { $0.name == "customer_since" }?.value ?? ""
        let parts = since.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, let year = Int64(parts[0]),
            let month = Int64(parts[1]), let day = Int64(parts[2]), year > 0,
            (1...12).contains(month), (1...31).contains(day)
        else { return "" }
        let start = CivilTime(year: year, month: month, day: day).utc
        let days = self.now.ms.decreased(by: start.ms).flooredDivision(by: Milliseconds.day)
        return days < 0 ? "" : "\(days)"
    }
}
