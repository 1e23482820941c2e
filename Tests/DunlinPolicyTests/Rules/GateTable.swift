import DunlinCore

/// What each row of the rule files means, as questions to the gate without our own caution.
enum GateTable {
    static let inr = Currency("INR") ?? .usd

    static var all: [GateCase] {
        Self.budgets + Self.ach + Self.sepa + Self.bacs + Self.india
    }

    /// A full budget of each network row: so many attempts, evenly within the window, and the
    /// instant at which the oldest has left it.
    private static func full(
        _ name: String, _ network: PaymentNetwork, count: Int, everyMinutes: Int64, from: String,
        free: String, currency: Currency = .usd
    ) -> GateCase {
        let now = instant(from).ms
        let marks = (1...count).map { number in
            AttemptMark(
                at: Timestamp(ms: now - Int64(number) * everyMinutes * Milliseconds.minute),
                method: 1, amountMinor: 5000, currency: currency,
                obligationHash: GateCase.obligation)
        }
        return GateCase(
            name: name, network: network, currency: currency, marks: marks, from: from,
            expected: .slot(free))
    }

    static var budgets: [GateCase] {
        var cases = [
            Self.full(
                "Visa, 15 in 30 days until 2025-05-18", .visa, count: 15, everyMinutes: 1440,
                from: "2025-04-20T00:00:00Z", free: "2025-05-05T00:00:00Z"),
            Self.full(
                "Visa, 20 in 30 days from 2025-05-19", .visa, count: 20, everyMinutes: 1440,
                from: "2026-03-30T00:00:00Z", free: "2026-04-09T00:00:00Z"),
            Self.full(
                "an unknown card, as Visa until 2025-05-18", .unknown, count: 15,
                everyMinutes: 1440, from: "2025-04-20T00:00:00Z", free: "2025-05-05T00:00:00Z"),
            Self.full(
                "an unknown card, as Visa from 2025-05-19", .unknown, count: 20,
                everyMinutes: 1440, from: "2026-03-30T00:00:00Z", free: "2026-04-09T00:00:00Z"),
            // Ten within a day and a half: only the rolling window sees all of them.
            Self.full(
                "Mastercard, 10 in 24 hours", .mastercard, count: 10, everyMinutes: 120,
                from: "2026-03-10T12:00:00Z", free: "2026-03-10T16:00:00Z"),
            Self.full(
                "Mastercard, 35 in 30 days", .mastercard, count: 35, everyMinutes: 1200,
                from: "2026-03-30T00:00:00Z", free: "2026-03-30T20:00:00Z"),
            Self.full(
                "an unknown card, 10 in 24 hours", .unknown, count: 10, everyMinutes: 120,
                from: "2026-03-10T12:00:00Z", free: "2026-03-10T16:00:00Z"),
        ]
        for network in [PaymentNetwork.amex, .discover, .diners, .jcb, .unionpay, .elo] {
            cases.append(
                Self.full(
                    "\(network.name), 20 in 30 days", network, count: 20, everyMinutes: 1440,
                    from: "2026-03-30T00:00:00Z", free: "2026-04-09T00:00:00Z"))
            // Of other amounts: only the row of a day counts them.
            var day = Self.full(
                "\(network.name), 20 in 24 hours", network, count: 20, everyMinutes: 60,
                from: "2026-03-30T00:00:00Z", free: "2026-03-30T04:00:00Z")
            for index in day.marks.indices { day.marks[index].amountMinor = Int64(index) }
            cases.append(day)
        }
        return cases
    }

    // MARK: ACH. 2026-03-02 is a Monday; New York is five hours behind until 2026-03-08.

    static var ach: [GateCase] {
        let original = GateCase.mark("2026-03-02T15:00:00Z", code: "R01", flags: .original)
        let second = GateCase.mark("2026-03-10T15:00:00Z", code: "R09")
        let third = GateCase.mark("2026-03-18T15:00:00Z", code: "R01")
        var cases = [
            GateCase(
                name: "ACH, after R01", network: .ach, marks: [original],
                from: "2026-03-09T15:00:00Z", expected: .slot("2026-03-09T15:00:00Z")),
            GateCase(
                name: "ACH, a second time after R09", network: .ach, marks: [original, second],
                from: "2026-03-17T15:00:00Z", expected: .slot("2026-03-17T15:00:00Z")),
            GateCase(
                name: "ACH, never a third time", network: .ach, marks: [original, second, third],
                from: "2026-03-27T15:00:00Z", expected: .never(.schemeForbids)),
            GateCase(
                name: "ACH, another amount", network: .ach, amountMinor: 4999, marks: [original],
                from: "2026-03-09T15:00:00Z", expected: .never(.schemeForbids)),
            GateCase(
                name: "ACH, a part of the amount", network: .ach, amountMinor: 2500,
                marks: [original], from: "2026-03-09T15:00:00Z",
                expected: .never(.schemeForbids)),
            // 180 days after 2026-03-02 is 2026-08-29, a Saturday: collected on Friday at last.
            GateCase(
                name: "ACH, the last day of 180", network: .ach, marks: [original],
                from: "2026-08-27T15:00:00Z", expected: .slot("2026-08-27T15:00:00Z")),
            GateCase(
                name: "ACH, collected after 180 days", network: .ach, marks: [original],
                from: "2026-08-28T15:00:00Z", expected: .never(.schemeForbids)),
            GateCase(
                name: "ACH, on a Saturday", network: .ach, from: "2026-03-07T15:00:00Z",
                expected: .slot("2026-03-09T04:00:00Z")),
            GateCase(
                name: "ACH, after the cut-off", network: .ach, from: "2026-03-03T22:00:00Z",
                expected: .slot("2026-03-04T05:00:00Z")),
            GateCase(
                name: "ACH, before the cut-off", network: .ach, from: "2026-03-03T21:59:00Z",
                expected: .slot("2026-03-03T21:59:00Z")),
            GateCase(
                name: "ACH, on Juneteenth", network: .ach, from: "2026-06-19T15:00:00Z",
                expected: .slot("2026-06-22T04:00:00Z")),
            GateCase(
                name: "ACH, Christmas on a Sunday is kept on the Monday", network: .ach,
                from: "2022-12-26T15:00:00Z", expected: .slot("2022-12-27T05:00:00Z")),
        ]
        for code in ["R02", "R03", "R05", "R08", "R10", "R16", "R29", "R51", ""] {
            cases.append(
                GateCase(
                    name: "ACH, never after \(code.isEmpty ? "no code" : code)", network: .ach,
                    marks: [GateCase.mark("2026-03-02T15:00:00Z", code: code)],
                    from: "2026-03-09T15:00:00Z", expected: .never(.schemeForbids)))
        }
        return cases
    }

    // MARK: SEPA. Good Friday of 2026 is 04-03, Easter Monday 04-06; Berlin is two hours ahead.

    static var sepa: [GateCase] {
        let original = GateCase.mark("2026-03-02T08:00:00Z", code: "AM04", currency: .eur)
        func sepa(
            _ name: String, _ marks: [AttemptMark], from: String, told: String? = nil,
            agreed: UInt32? = nil, _ expected: GateCase.Expected
        ) -> GateCase {
            GateCase(
                name: name, network: .sepa, currency: .eur, marks: marks, from: from, told: told,
                agreedNoticeDays: agreed, expected: expected)
        }
        var cases = [
            sepa(
                "SEPA, D-1 before Easter: handed in on Thursday for Tuesday", [original],
                from: "2026-04-02T08:00:00Z", .slot("2026-04-02T08:00:00Z")),
            sepa(
                "SEPA, after the cut-off before Easter", [original],
                from: "2026-04-02T09:00:00Z", .slot("2026-04-06T22:00:00Z")),
            sepa(
                "SEPA, on a TARGET holiday", [original], from: "2026-04-03T08:00:00Z",
                .slot("2026-04-06T22:00:00Z")),
            sepa(
                "SEPA, on the first of May", [], from: "2026-05-01T08:00:00Z",
                .slot("2026-05-03T22:00:00Z")),
            // Told on 03-10: collected on 03-24 at the earliest, handed in on 03-23.
            sepa(
                "SEPA, fourteen days of notice", [original], from: "2026-03-10T08:00:00Z",
                told: "2026-03-10T08:00:00Z", .slot("2026-03-22T23:00:00Z")),
            sepa(
                "SEPA, five days of notice by contract", [original],
                from: "2026-03-10T08:00:00Z", told: "2026-03-10T08:00:00Z", agreed: 5,
                .slot("2026-03-12T23:00:00Z")),
            sepa(
                "SEPA, a contract makes no notice longer than the scheme's", [original],
                from: "2026-03-10T08:00:00Z", told: "2026-03-10T08:00:00Z", agreed: 30,
                .slot("2026-03-22T23:00:00Z")),
            sepa(
                "SEPA, also the first collection is announced", [], from: "2026-03-10T08:00:00Z",
                told: "2026-03-10T08:00:00Z", .slot("2026-03-22T23:00:00Z")),
            sepa(
                "SEPA, a third time after the original",
                [
                    original, GateCase.mark("2026-03-16T08:00:00Z", code: "AM04", currency: .eur),
                    GateCase.mark("2026-03-30T08:00:00Z", code: "AM04", currency: .eur),
                ], from: "2026-04-13T08:00:00Z", .never(.schemeForbids)),
            sepa(
                "SEPA, after sixty days", [original], from: "2026-05-04T08:00:00Z",
                .never(.schemeForbids)),
        ]
        for code in [
            "AM04", "AM06", "MS03", "TM01", "CNOR", "DNOR", "ED05", "FOCR", "MD02", "MD16", "MD17",
            "AG01", "AG02", "RC01", "FF05", "SL01", "insufficient_funds", "refer_to_customer",
        ] {
            cases.append(
                sepa(
                    "SEPA, once more after \(code)",
                    [GateCase.mark("2026-03-02T08:00:00Z", code: code, currency: .eur)],
                    from: "2026-03-17T08:00:00Z", .slot("2026-03-17T08:00:00Z")))
        }
        for code in ["AM05", "MD06", "MD07", "MD01", "AC01", "AC04", "AC06", "MS02"] {
            cases.append(
                sepa(
                    "SEPA, never after \(code)",
                    [GateCase.mark("2026-03-02T08:00:00Z", code: code, currency: .eur)],
                    from: "2026-03-17T08:00:00Z", .never(.schemeForbids)))
        }
        return cases
    }

    // MARK: Bacs. 2026-03-02 is a Monday; London is at UTC until 2026-03-29.

    static var bacs: [GateCase] {
        let original = GateCase.mark("2026-03-02T10:00:00Z", code: "0")
        func bacs(
            _ name: String, _ marks: [AttemptMark], amount: Int64 = 5000, from: String,
            told: String? = nil, _ expected: GateCase.Expected
        ) -> GateCase {
            GateCase(
                name: name, network: .bacs, amountMinor: amount, marks: marks, from: from,
                told: told, expected: expected)
        }
        var cases = [
            bacs(
                "Bacs, after 0", [original], from: "2026-03-10T10:00:00Z",
                .slot("2026-03-10T10:00:00Z")),
            // Five working days after 03-09 is 03-16; handed in two working days before.
            bacs(
                "Bacs, five working days of notice", [original], from: "2026-03-09T10:00:00Z",
                told: "2026-03-09T10:00:00Z", .slot("2026-03-12T00:00:00Z")),
            bacs(
                "Bacs, the first presentation needs no notice of ours", [],
                from: "2026-03-09T10:00:00Z", told: "2026-03-09T10:00:00Z",
                .slot("2026-03-09T10:00:00Z")),
            bacs(
                "Bacs, the last day of the month", [original], from: "2026-03-31T10:00:00Z",
                .slot("2026-03-31T10:00:00Z")),
            bacs(
                "Bacs, on day 32", [original], from: "2026-04-03T10:00:00Z",
                .never(.schemeForbids)),
            bacs(
                "Bacs, another amount", [original], amount: 5001, from: "2026-03-10T10:00:00Z",
                .never(.schemeForbids)),
            bacs(
                "Bacs, after the cut-off", [], from: "2026-03-10T15:00:00Z",
                .slot("2026-03-11T00:00:00Z")),
            bacs(
                "Bacs, on a substituted holiday", [], from: "2026-12-28T10:00:00Z",
                .slot("2026-12-29T00:00:00Z")),
            bacs(
                "Bacs, in a year whose holidays are not known", [], from: "2029-03-01T10:00:00Z",
                .never(.calendarUnknown)),
            bacs(
                "Bacs, a third time after the original",
                [
                    original, GateCase.mark("2026-03-10T10:00:00Z", code: "0"),
                    GateCase.mark("2026-03-17T10:00:00Z", code: "0"),
                ], from: "2026-03-25T10:00:00Z", .never(.schemeForbids)),
        ]
        for code in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B"] {
            cases.append(
                bacs(
                    "Bacs, never after \(code)",
                    [GateCase.mark("2026-03-02T10:00:00Z", code: code)],
                    from: "2026-03-10T10:00:00Z", .never(.schemeForbids)))
        }
        return cases
    }

    static var india: [GateCase] {
        func india(
            _ name: String, amount: Int64, from: String = "2026-03-10T10:00:00Z",
            told: String? = nil, initiator: Initiator = .merchant,
            _ expected: GateCase.Expected
        ) -> GateCase {
            GateCase(
                name: name, network: .visa, currency: Self.inr, amountMinor: amount,
                initiator: initiator, from: from, told: told, expected: expected)
        }
        return [
            india(
                "India, 15,000 rupees", amount: 1_500_000, .slot("2026-03-10T10:00:00Z")),
            india(
                "India, more needs the customer", amount: 1_500_001, .never(.needsCustomer)),
            india(
                "India, whom the rule does not bind", amount: 1_500_001, initiator: .customer,
                .slot("2026-03-10T10:00:00Z")),
            india(
                "India, 5,000 rupees until 2022-06-15, then it is let through", amount: 500_001,
                from: "2022-03-10T10:00:00Z", .slot("2022-06-16T00:00:00Z")),
            india(
                "India, a day of notice", amount: 5000, told: "2026-03-10T09:00:00Z",
                .slot("2026-03-11T09:00:00Z")),
            Self.full(
                "India, three in 24 hours", .visa, count: 3, everyMinutes: 60,
                from: "2026-03-10T10:00:00Z", free: "2026-03-11T07:00:00Z", currency: Self.inr),
        ]
    }
}
