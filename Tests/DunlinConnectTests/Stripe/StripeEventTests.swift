import DunlinConnect
import DunlinCore
import Testing

@Suite("What Stripe's events mean")
struct StripeEventTests {
    static let customer = """
        {"id":"cus_1","object":"customer","email":"ada@example.com","preferred_locales":["es-MX"],
        "address":{"country":"MX"},"invoice_settings":{"default_payment_method":"pm_1"},
        "metadata":{"timezone":"America/Mexico_City","dunlin_plan":"gold","seats":"5"}}
        """
    static let card = """
        {"id":"pm_2","object":"payment_method","type":"card","customer":"cus_1","created":1795340000,
        "card":{"brand":"mastercard","last4":"4444","exp_month":1,"exp_year":2031,
        "funding":"credit","fingerprint":"fp_2"}}
        """
    static let objects = [
        "/v1/charges/ch_1": StripeFixture.charge(), "/v1/customers/cus_1": customer,
        "/v1/payment_methods/pm_2": card,
    ]

    @Test("a failed invoice brings its codes, method, customer and address")
    func failed() async throws {
        let intake = try await StripeWebhookTests.receive(
            "invoice.payment_failed", StripeFixture.invoice(charge: #""ch_1""#),
            objects: Self.objects)
        #expect(intake.problems == [])
        let event = try #require(intake.events.first)
        #expect(event.key == EntityKey(key: "cus_1"))
        #expect(event.personal.map(\.address) == ["ada@example.com"])
        #expect(event.facts.eventID == "evt_1")
        // The charge's own time, not the event's.
        #expect(event.facts.occurredAt == Timestamp(ms: 1_795_341_590_000))
        #expect(event.facts.profile?.locale == "es-MX")
        #expect(event.facts.profile?.zone == "America/Mexico_City")
        #expect(event.facts.profile?.country == "MX")
        #expect(
            event.facts.profile?.attributes == [Profile.Attribute(name: "plan", value: "gold")])
        #expect(
            event.facts.method?.method
                == PaymentMethod(
                    token: "pm_1", fingerprint: "fp_1", network: .visa, funding: .debit,
                    lastFour: "0341", expiryMonth: 2030 * 12 + 11))
        #expect(event.facts.method?.makeDefault == true)
        let failed = try #require(event.failed)
        #expect(failed.codes == DeclineCodes(code: "insufficient_funds"))
        #expect(failed.chargeID == "ch_1")
        #expect(failed.methodToken == "pm_1")
        #expect(
            failed.obligation
                == Obligation(
                    id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur,
                    dueAt: Timestamp(ms: 1_795_300_100_000),
                    link: "https://invoice.example/i/1"))
    }

    @Test("a failed invoice is taken even when nothing more can be read")
    func bare() async throws {
        let intake = try await StripeWebhookTests.receive(
            "invoice.payment_failed", StripeFixture.invoice())
        let event = try #require(intake.events.first)
        let failed = try #require(event.failed)
        #expect(failed.codes == DeclineCodes(code: ""))
        #expect(failed.chargeID == "pi_1#1")
        #expect(event.personal.map(\.address) == ["ada@example.com"])
        #expect(event.facts.occurredAt == Timestamp(ms: 1_795_341_595_000))
        #expect(intake.problems.count == 2)
    }

    @Test("the shape of 2025, without charge and subscription, is read through the pinned version")
    func newerShape() async throws {
        let newer = """
            {"id":"in_1","object":"invoice","customer":"cus_1","status":"open","amount_due":4200,
            "amount_remaining":4200,"currency":"eur","attempt_count":1,"attempted":true,
            "parent":{"type":"subscription_details",
            "subscription_details":{"subscription":"sub_9"}}}
            """
        var objects = Self.objects
        objects["/v1/invoices/in_1"] = StripeFixture.invoice(charge: #""ch_1""#)
        let intake = try await StripeWebhookTests.receive(
            "invoice.payment_failed", newer, objects: objects)
        let failed = try #require(intake.events.first?.failed)
        #expect(failed.obligation.subscription == "sub_9")
        #expect(failed.chargeID == "ch_1")
        #expect(failed.codes.code == "insufficient_funds")
    }

    @Test("without a charge the payment intent says why it failed")
    func intent() async throws {
        let intent = #"""
            {"id":"pi_1","status":"requires_payment_method","latest_charge":null,
            "last_payment_error":{"code":"card_declined","decline_code":"lost_card",
            "network_decline_code":"41","advice_code":"do_not_try_again"}}
            """#
        let intake = try await StripeWebhookTests.receive(
            "invoice.payment_failed", StripeFixture.invoice(),
            objects: ["/v1/payment_intents/pi_1": intent])
        #expect(
            intake.events.first?.failed?.codes
                == DeclineCodes(
                    code: "lost_card", networkCode: "41", adviceCode: "do_not_try_again"))
    }

    @Test("a returned debit was presented when its charge was made, and failed when Stripe says so")
    func returnedDebit() async throws {
        let presented: Int64 = 1_795_000_000
        let charge = StripeFixture.charge("py_1", created: presented)
            .replacing(
                #""type":"card","card""#, with: #""type":"us_bank_account","us_bank_account""#)
        let intake = try await StripeWebhookTests.receive(
            "invoice.payment_failed", StripeFixture.invoice(charge: #""py_1""#),
            objects: ["/v1/charges/py_1": charge])
        let event = try #require(intake.events.first)
        #expect(event.failed?.presentedAt == Timestamp(ms: presented * 1000))
        #expect(event.facts.occurredAt == Timestamp(ms: 1_795_341_595_000))
        #expect(event.facts.method?.method.network == .ach)
    }

    @Test("an action that is required and the failure that it belongs to are one")
    func action() async throws {
        let invoice = StripeFixture.invoice()
        let first = try await StripeWebhookTests.receive("invoice.payment_failed", invoice)
        let second = try await StripeWebhookTests.receive(
            "invoice.payment_action_required", invoice)
        #expect(second.events.first?.failed?.codes.code == "authentication_required")
        #expect(second.events.first?.failed?.chargeID == first.events.first?.failed?.chargeID)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var type: String
        var object: String
        var previous = "{}"
        /// `nil` for none.
        var fact: String?
        var testDescription: String { self.type }
    }

    @Test("other events say what they mean", arguments: rows)
    func row(_ row: Row) async throws {
        let intake = try await StripeWebhookTests.receive(
            row.type, row.object, previous: row.previous, objects: Self.objects)
        #expect(intake.events.map(\.words) == (row.fact.map { [$0] } ?? []))
        #expect(intake.ignoredType == nil)
        #expect(intake.type == row.type)
    }

    private static let subscription =
        #"{"id":"sub_1","object":"subscription","customer":"cus_1","default_payment_method":"pm_2"}"#

    static let rows = [
        Row(
            type: "invoice.paid", object: StripeFixture.invoice(status: "paid", charge: #""ch_5""#),
            fact: "cus_1 succeeded in_1 ch_5"),
        Row(
            type: "invoice.payment_succeeded", object: StripeFixture.invoice(status: "paid"),
            fact: "cus_1 succeeded in_1 "),
        Row(
            type: "invoice.voided", object: StripeFixture.invoice(status: "void"),
            fact: "cus_1 voided in_1"),
        Row(
            type: "invoice.marked_uncollectible",
            object: StripeFixture.invoice(status: "uncollectible"), fact: "cus_1 voided in_1"),
        Row(
            type: "customer.updated", object: customer, previous: #"{"email":"old@example.com"}"#,
            fact: "cus_1 profile"),
        Row(
            type: "customer.subscription.updated", object: subscription,
            previous: #"{"default_payment_method":null}"#,
            fact: "cus_1 method pm_2 4444 default"),
        Row(
            type: "customer.subscription.updated", object: subscription,
            previous: #"{"status":"active"}"#, fact: nil),
        Row(
            type: "customer.subscription.deleted", object: subscription,
            fact: "cus_1 canceled sub_1"),
        Row(
            type: "payment_method.attached", object: card,
            fact: "cus_1 method pm_2 4444 default"),
        Row(
            type: "payment_method.automatically_updated", object: card,
            fact: "cus_1 method pm_2 4444 kept"),
        Row(
            type: "payment_method.updated", object: card, fact: "cus_1 method pm_2 4444 kept"),
        Row(
            type: "payment_method.detached",
            object: card.replacing("\"cus_1\"", with: "null"),
            previous: #"{"customer":"cus_1"}"#, fact: "cus_1 removed pm_2"),
        Row(
            type: "customer.source.updated",
            object: #"{"id":"card_1","object":"card","customer":"cus_1","brand":"Visa","#
                + #""last4":"4242","exp_month":2,"exp_year":2030}"#,
            fact: "cus_1 method card_1 4242 kept"),
        Row(
            type: "charge.failed", object: StripeFixture.charge("ch_3", invoice: "null"),
            fact: "cus_1 external pi_1 ch_3"),
        Row(type: "charge.failed", object: StripeFixture.charge("ch_3"), fact: nil),
        Row(
            type: "charge.pending", object: StripeFixture.charge("py_1", status: "pending"),
            fact: "cus_1 pending in_1 py_1"),
        Row(
            type: "charge.pending",
            object: StripeFixture.charge("py_1", status: "pending", invoice: "null"), fact: nil),
        Row(
            type: "payment_method.attached",
            object: #"{"id":"pm_9","object":"payment_method","customer":"cus_1","#
                + #""type":"us_bank_account","us_bank_account":{"last4":"6789"}}"#,
            fact: "cus_1 method pm_9 6789 default"),
    ]

    @Test("a changed default is the one that Stripe has now", arguments: ["pm_1", "pm_3"])
    func presentDefault(_ told: String) async throws {
        var objects = Self.objects
        objects["/v1/customers/cus_1"] = Self.customer.replacing("\"pm_1\"", with: "\"pm_2\"")
        let intake = try await StripeWebhookTests.receive(
            "customer.updated", Self.customer.replacing("\"pm_1\"", with: "\"\(told)\""),
            previous: #"{"invoice_settings":{"default_payment_method":null}}"#, objects: objects)
        #expect(intake.events.map(\.words) == ["cus_1 method pm_2 4444 default"])
    }

    @Test("an unknown type is counted by name, and a strange name is not a label")
    func unknownType() async throws {
        let known = try await StripeWebhookTests.receive("radar.early_fraud_warning.created", "{}")
        #expect(known.ignoredType == "radar.early_fraud_warning.created")
        let strange = try await StripeWebhookTests.receive("ping <b>", "{}")
        #expect(strange.ignoredType == "other")
    }

    @Test(
        "an event that lacks what it needs is taken with a problem that names no id",
        arguments: [
            ("invoice.payment_failed", "{}"), ("invoice.paid", #"{"id":"in_1"}"#),
            ("invoice.payment_failed", StripeFixture.invoice(remaining: 0)),
            (
                "invoice.payment_failed",
                StripeFixture.invoice().replacing("\"eur\"", with: "\"euros\"")
            ),
            ("customer.updated", "{}"), ("customer.subscription.deleted", #"{"id":"sub_1"}"#),
            ("payment_method.attached", "{}"), ("payment_method.detached", "{}"),
        ])
    func strange(_ type: String, _ object: String) async throws {
        let intake = try await StripeWebhookTests.receive(type, object)
        #expect(intake.events.isEmpty)
        #expect(intake.problems.count == 1)
        #expect(intake.problems.allSatisfy { !$0.contains("in_1") && !$0.contains("sub_1") })
    }
}

extension IntakeEvent {
    var failed: PaymentFailed? {
        guard case .paymentFailed(let failed) = self.facts.fact else { return nil }
        return failed
    }

    /// The event in a few words, for tables.
    var words: String {
        let account = self.key.key
        let method = self.facts.method.map {
            "\($0.method.token) \($0.method.lastFour) \($0.makeDefault ? "default" : "kept")"
        }
        switch self.facts.fact {
        case .paymentFailed(let failed):
            return "\(account) failed \(failed.obligation.id) \(failed.chargeID)"
        case .paymentSucceeded(let paid):
            return "\(account) succeeded \(paid.obligation) \(paid.chargeID)"
        case .paymentMethodUpdated: return "\(account) method \(method ?? "")"
        case .paymentMethodRemoved(let token): return "\(account) removed \(token)"
        case .subscriptionCanceled(let subscription): return "\(account) canceled \(subscription)"
        case .obligationVoided(let obligation): return "\(account) voided \(obligation)"
        case .externalAttempt(let failed):
            return "\(account) external \(failed.obligation.id) \(failed.chargeID)"
        case .profileUpdated: return "\(account) profile"
        case .noticed(let notice):
            return "\(account) \(notice.kind.name) \(notice.obligation)"
        case .paymentPending(let pending):
            return "\(account) pending \(pending.obligation) \(pending.chargeID)"
        default: return "\(account) other"
        }
    }
}
