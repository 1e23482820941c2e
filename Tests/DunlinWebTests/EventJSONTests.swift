import DunlinCore
import DunlinWeb
import Testing

private func read(_ text: String, rules: EventRules = EventRules()) throws -> EventBatch {
    try EventJSON(tenant: "main", rules: rules).read(Array(text.utf8))
}

private func event(_ text: String) throws -> IntakeEvent? {
    guard case .event(let event) = try read(text).items.first?.content else { return nil }
    return event
}

private func problems(_ text: String, rules: EventRules = EventRules()) throws -> [EventProblem] {
    guard case .refused(let problems) = try read(text, rules: rules).items.first?.content else {
        return []
    }
    return problems
}

/// The contract's event with members put in or replaced (`nil` removes).
private func contract(_ changes: [(String, String?)]) -> String {
    var members: [(String, String)] = [
        ("event_id", #""e1""#), ("type", #""payment_failed""#),
        ("occurred_at", #""2026-01-01T00:00:00Z""#), ("account_id", #""acct-1""#),
        ("invoice_id", #""in_1""#), ("amount_minor", "4200"), ("currency", #""EUR""#),
    ]
    for (name, value) in changes {
        members.removeAll { $0.0 == name }
        if let value { members.append((name, value)) }
    }
    return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
}

@Suite struct EventJSONTests {
    @Test func `The event of the contract is accepted as it stands`() throws {
        let found = try #require(try event(contractEvent))
        #expect(found.key == EntityKey(tenant: "main", key: "acct-1"))
        #expect(found.facts.eventID == "e1")
        #expect(found.facts.occurredAt.description == "2026-01-01T00:00:00Z")
        guard case .paymentFailed(let failed) = found.facts.fact else {
            Issue.record("not a failed payment")
            return
        }
        #expect(failed.obligation == Obligation(id: "in_1", amountMinor: 4200, currency: .eur))
        #expect(failed.codes == DeclineCodes(code: "insufficient_funds"))
        #expect(try read(contractEvent).warnings.isEmpty)
    }

    @Test(arguments: [
        ("[\(contractEvent),\(contractEvent)]", 2), ("{\"events\":[\(contractEvent)]}", 1),
        ("[]", 0), ("{\"events\":[]}", 0), (contractEvent, 1),
    ])
    func `One object, a list and an object with events are all read`(
        text: String, count: Int
    ) throws {
        #expect(try read(text).items.count == count)
    }

    struct Bad: CustomTestStringConvertible {
        var testDescription: String
        var json: String
        var pointer: String
        var code: EventProblem.Code

        init(
            _ name: String, _ changes: [(String, String?)], _ pointer: String,
            _ code: EventProblem.Code
        ) {
            self.testDescription = name
            self.json = contract(changes)
            self.pointer = pointer
            self.code = code
        }
    }

    static let bad: [Bad] = [
        Bad("no event id", [("event_id", nil)], "/event_id", .missing),
        Bad("empty event id", [("event_id", #""""#)], "/event_id", .missing),
        Bad("event id is a number", [("event_id", "7")], "/event_id", .wrongKind),
        Bad(
            "long id", [("account_id", "\"\(String(repeating: "a", count: 256))\"")], "/account_id",
            .outOfRange),
        Bad(
            "control character in an id", [("account_id", #""a\u0000b""#)], "/account_id",
            .malformed),
        Bad("no type", [("type", nil)], "/type", .missing),
        Bad("unknown type", [("type", #""payment_fialed""#)], "/type", .unknownType),
        Bad("no time", [("occurred_at", nil)], "/occurred_at", .missing),
        Bad(
            "time without zone", [("occurred_at", #""2026-01-01T00:00:00""#)], "/occurred_at",
            .malformed),
        Bad(
            "a day that is not", [("occurred_at", #""2026-02-30T00:00:00Z""#)], "/occurred_at",
            .malformed),
        Bad("unix time", [("occurred_at", "1767225600")], "/occurred_at", .wrongKind),
        Bad(
            "a time long ago", [("occurred_at", #""1970-01-01T00:00:00Z""#)], "/occurred_at",
            .outOfRange),
        Bad("no account", [("account_id", nil)], "/account_id", .missing),
        Bad("null account", [("account_id", "null")], "/account_id", .missing),
        Bad("address as account", [("account_id", #""ann@example.com""#)], "/account_id", .address),
        Bad(
            "card number as account", [("account_id", #""4242424242424242""#)], "/account_id",
            .cardNumber),
        Bad(
            "card number with dashes as invoice", [("invoice_id", #""in 4242-4242-4242-4242""#)],
            "/invoice_id", .cardNumber),
        Bad("no invoice", [("invoice_id", nil)], "/invoice_id", .missing),
        Bad("float amount", [("amount_minor", "42.0")], "/amount_minor", .wrongKind),
        Bad("exponent amount", [("amount_minor", "42e2")], "/amount_minor", .wrongKind),
        Bad("amount as text", [("amount_minor", #""4200""#)], "/amount_minor", .wrongKind),
        Bad("no amount", [("amount_minor", nil)], "/amount_minor", .missing),
        Bad("zero amount", [("amount_minor", "0")], "/amount_minor", .outOfRange),
        Bad("negative amount", [("amount_minor", "-1")], "/amount_minor", .outOfRange),
        Bad(
            "amount past Int64", [("amount_minor", "99999999999999999999")], "/amount_minor",
            .outOfRange),
        Bad("no currency", [("currency", nil)], "/currency", .missing),
        Bad("none of ISO 4217", [("currency", #""XXQ""#)], "/currency", .malformed),
        Bad("four letters", [("currency", #""EURO""#)], "/currency", .malformed),
        Bad("initiator", [("initiator", #""robot""#)], "/initiator", .malformed),
        Bad("link without scheme", [("link", #""example.com/pay""#)], "/link", .malformed),
        Bad("script link", [("link", #""javascript:alert(1)""#)], "/link", .malformed),
        Bad(
            "earlier attempts no list", [("earlier_attempts", #""x""#)], "/earlier_attempts",
            .wrongKind),
        Bad("method no object", [("payment_method", "[]")], "/payment_method", .wrongKind),
        Bad("method without token", [("payment_method", "{}")], "/payment_method/token", .missing),
        Bad(
            "card number as token", [("payment_method", #"{"token":"4242 4242 4242 4242"}"#)],
            "/payment_method/token", .cardNumber),
        Bad(
            "card number as last four",
            [("payment_method", #"{"token":"pm","last_four":"4242424242424242"}"#)],
            "/payment_method/last_four", .malformed),
        Bad(
            "half an expiry", [("payment_method", #"{"token":"pm","expiry_month":12}"#)],
            "/payment_method/expiry_year", .missing),
        Bad(
            "month 13",
            [("payment_method", #"{"token":"pm","expiry_month":13,"expiry_year":2030}"#)],
            "/payment_method/expiry_month", .outOfRange),
        Bad("no address", [("profile", #"{"email":"ann"}"#)], "/profile/email", .malformed),
        Bad("country name", [("profile", #"{"country":"Spain"}"#)], "/profile/country", .malformed),
        Bad(
            "zone with spaces", [("profile", #"{"zone":"Middle of nowhere"}"#)], "/profile/zone",
            .malformed),
        Bad("locale", [("profile", #"{"locale":"spanish!"}"#)], "/profile/locale", .malformed),
        Bad(
            "nested attribute", [("profile", #"{"attributes":{"a":{}}}"#)], "/profile/attributes",
            .wrongKind),
    ]

    @Test(arguments: Self.bad)
    func `A bad field is named by its pointer and code`(row: Bad) throws {
        let found = try problems(row.json)
        #expect(found.map(\.pointer) == [row.pointer])
        #expect(found.map(\.code) == [row.code])
        #expect(found.allSatisfy { $0.detail.hasSuffix(".") })
    }

    @Test func `Every problem of every event is found at once`() throws {
        let batch = try read(
            #"{"events":[\#(contractEvent),{"type":"payment_failed"},7]}"#)
        #expect(batch.items.count == 3)
        guard case .event = batch.items[0].content,
            case .refused(let second) = batch.items[1].content,
            case .refused(let third) = batch.items[2].content
        else {
            Issue.record("expected one good and two bad events")
            return
        }
        #expect(
            second.map(\.pointer).sorted() == [
                "/events/1/account_id", "/events/1/amount_minor", "/events/1/currency",
                "/events/1/event_id", "/events/1/invoice_id", "/events/1/occurred_at",
            ])
        #expect(third.map(\.pointer) == ["/events/2"])
    }

    @Test func `No problem repeats what the sender wrote in a card number's place`() throws {
        let found = try problems(contract([("account_id", #""4242424242424242""#)]))
        #expect(!found.contains { $0.detail.contains("4242") })
    }

    @Test func `A tenant's promises let numeric ids and hashed ids pass`() throws {
        let numeric = contract([("account_id", #""4242424242424242""#)])
        #expect(try problems(numeric, rules: EventRules(idsAreNumeric: true)).isEmpty)
        let hashed = contract([("account_id", #""h@sh""#)])
        #expect(try problems(hashed, rules: EventRules(idsAreHashed: true)).isEmpty)
    }

    @Test func `A card number in free text is masked and the event is taken`() throws {
        let text = contract([
            ("decline_code", #""refused 4242 4242 4242 4242""#),
            ("profile", #"{"attributes":{"note":"card 378282246310005!"}}"#),
        ])
        let found = try #require(try event(text))
        guard case .paymentFailed(let failed) = found.facts.fact else { return }
        #expect(failed.codes.code == "refused [card ending 4242]")
        #expect(found.facts.profile?.attributes.first?.value == "card [card ending 0005]!")
        #expect(try read(text).warnings.map(\.code) == [.cardNumber, .cardNumber])
    }

    @Test func `An unknown field is ignored with a hint at the nearest known one`() throws {
        let batch = try read(contract([("subscripton_id", #""sub_1""#)]))
        #expect(batch.warnings.map(\.pointer) == ["/subscripton_id"])
        #expect(batch.warnings.first?.detail.contains("did you mean subscription_id?") == true)
        guard case .event = batch.items.first?.content else {
            Issue.record("the event was not taken")
            return
        }
    }

    @Test func `Each type becomes its fact`() throws {
        func fact(_ type: String, _ changes: [(String, String?)]) throws -> IntakeFacts.Fact? {
            try event(contract([("type", "\"\(type)\"")] + changes))?.facts.fact
        }
        guard case .paymentSucceeded(let paid)? = try fact("payment_succeeded", []) else {
            Issue.record("payment_succeeded")
            return
        }
        #expect(paid.amountMinor == 4200 && paid.obligation == "in_1")
        let method =
            #"{"token":"pm_1","brand":"visa","last_four":"4242","expiry_month":12,"expiry_year":2031,"funding":"debit","backup":true}"#
        let updated = try #require(
            try event(
                contract([("type", #""payment_method_updated""#), ("payment_method", method)])))
        #expect(
            updated.facts.method?.method
                == PaymentMethod(
                    token: "pm_1", network: .visa, funding: .debit, lastFour: "4242",
                    expiryMonth: 2031 * 12 + 11))
        #expect(updated.facts.method?.isBackup == true && updated.facts.method?.makeDefault == true)
        guard
            case .paymentMethodRemoved(let token)? = try fact(
                "payment_method_removed", [("payment_method", #"{"token":"pm_1"}"#)]),
            token == "pm_1"
        else {
            Issue.record("payment_method_removed")
            return
        }
        guard
            case .subscriptionCanceled(let subscription)? = try fact(
                "subscription_canceled", [("subscription_id", #""sub_1""#)]),
            subscription == "sub_1"
        else {
            Issue.record("subscription_canceled")
            return
        }
        guard case .obligationVoided("in_1")? = try fact("obligation_voided", []) else {
            Issue.record("obligation_voided")
            return
        }
        guard
            case .externalAttempt(let attempt)? = try fact(
                "external_attempt", [("approved", "true"), ("initiator", #""customer""#)])
        else {
            Issue.record("external_attempt")
            return
        }
        #expect(attempt.wasApproved && attempt.initiator == .customer)
        let profile =
            #"{"email":"ann@example.com","name":"Ann","locale":"es_MX","zone":"Europe/Madrid","country":"es","attributes":{"plan":"pro","mrr":4200,"old":null}}"#
        let changed = try #require(
            try event(contract([("type", #""profile_updated""#), ("profile", profile)])))
        #expect(changed.personal.map(\.address) == ["ann@example.com"])
        #expect(changed.facts.profile?.locale == "es-MX")
        #expect(changed.facts.profile?.country == "ES")
        #expect(changed.facts.profile?.attributes.map(\.name) == ["mrr", "old", "plan"])
        #expect(changed.facts.profile?.attributes.map(\.value) == ["4200", "", "pro"])
    }

    @Test func `A pending debit names its invoice and charge, and a return when it was presented`()
        throws
    {
        let pending = try event(
            contract([
                ("type", #""payment_pending""#), ("charge_id", #""py_1""#),
                ("payment_method", #"{"token":"ba_1","brand":"us_bank_account"}"#),
            ]))
        guard case .paymentPending(let debit)? = pending?.facts.fact else {
            Issue.record("payment_pending")
            return
        }
        #expect(debit.obligation == "in_1")
        #expect(debit.chargeID == "py_1")
        #expect(debit.methodToken == "ba_1")
        #expect(pending?.facts.method?.method.network == .ach)
        #expect(pending?.facts.method?.makeDefault == false)
        let returned = try event(contract([("presented_at", #""2025-12-20T00:00:00Z""#)]))
        guard case .paymentFailed(let failed)? = returned?.facts.fact else {
            Issue.record("payment_failed")
            return
        }
        #expect(failed.presentedAt.description == "2025-12-20T00:00:00Z")
    }

    @Test func `A backlog's earlier attempts come in the order of time`() throws {
        let found = try event(
            contract([
                ("earlier_attempts", #"["2025-12-20T00:00:00Z","2025-12-10T00:00:00+01:00"]"#)
            ]))
        guard case .paymentFailed(let failed)? = found?.facts.fact else {
            Issue.record("not taken")
            return
        }
        #expect(
            failed.earlierAttempts.map(\.description) == [
                "2025-12-09T23:00:00Z", "2025-12-20T00:00:00Z",
            ])
    }

    @Test func `Too many events are refused before any is looked at`() {
        let many = "[" + Array(repeating: "1", count: 10_001).joined(separator: ",") + "]"
        #expect(throws: EventBodyError.tooMany(10_001)) { try read(many) }
    }
}
