import DunlinCore

/// How the subscription of an invoice is billed, as the invoice's lines tell it.
struct StripeRenewal: Sendable, Equatable {
    var interval = BillingInterval.unknown
    /// Seconds since 1970 at which the paid period ends and the next one is charged; 0 when no
    /// line says so.
    var nextSeconds: Int64 = 0

    /// `lines`: In the shapes of versions before and after 2025-03-31. Lines that are no
    /// subscription's, and corrections of earlier periods, say nothing about the next one.
    init(lines: [StripeJSON]) {
        for line in lines {
            let parent = line["parent", "subscription_item_details"]
            let isRecurring =
                line["subscription"]?.reference != nil || line["type"]?.text == "subscription"
                || parent?.members != nil
            let isCorrection =
                line["proration"]?.bool ?? parent?["proration"]?.bool ?? false
            guard isRecurring, !isCorrection, let end = line["period", "end"]?.integer else {
                continue
            }
            guard end > self.nextSeconds else { continue }
            self.nextSeconds = end
            self.interval = Self.interval(line)
        }
    }

    private static func interval(_ line: StripeJSON) -> BillingInterval {
        let rhythm = line["price", "recurring"] ?? line["plan"]
        let count = rhythm?["interval_count"]?.integer ?? 1
        let unitDays: Int64 =
            switch rhythm?["interval"]?.text {
            case "day": 1
            case "week": 7
            case "month": 30
            case "year": 365
            default: 0
            }
        if unitDays > 0 { return Self.interval(days: unitDays * max(1, min(count, 1_000))) }
        // Newer invoices name the price by its id only: the period's length says it, too.
        guard let start = line["period", "start"]?.integer, let end = line["period", "end"]?.integer
        else { return .unknown }
        let length = end.subtractingReportingOverflow(start)
        return length.overflow ? .unknown : Self.interval(days: length.partialValue / 86_400)
    }

    /// The nearest rhythm that ladders know.
    private static func interval(days: Int64) -> BillingInterval {
        switch days {
        case ..<1: .unknown
        case 1...3: .daily
        case 4...13: .weekly
        case 14...59: .monthly
        case 60...182: .quarterly
        default: .yearly
        }
    }
}
