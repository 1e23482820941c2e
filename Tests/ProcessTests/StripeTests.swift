import Foundation
import Testing

extension ProcessTests {
    /// A failed renewal at Stripe's side, from the failure to the money.
    @Suite(.serialized) struct StripeTests {
        /// Everything that one story needs.
        struct Stage {
            let side: StripeSide
            let mail: MailBox
            let app: PythonServer
            let node: DunlinProcess
        }

        static func onStage(
            proxied: Bool, tenant: StripeTenant = StripeTenant(),
            _ body: (Stage) async throws -> Void
        ) async throws {
            try await Scratch.with { scratch in
                try await StripeSide.with(proxied: proxied, scratch: scratch) { side in
                    try await MailBox.with(scratch: scratch) { mail in
                        try await PythonServer.with(
                            "webhook_receiver.py", ["--secret", StripeTenant.merchantSecret],
                            scratch: scratch
                        ) { app in
                            var tenant = tenant
                            tenant.smtpPort = mail.port
                            tenant.webhookPort = app.port
                            let config = try tenant.write(to: scratch, side: side)
                            let node = try DunlinProcess(
                                scratch: scratch, config: config, start: realNow())
                            try await node.whileRunning { node in
                                try await side.sendEvents(to: node)
                                try await body(
                                    Stage(side: side, mail: mail, app: app, node: node))
                            }
                        }
                    }
                }
            }
        }

        /// Waits until the node has a case for the customer's invoice. Reconciliation goes by the
        /// clock, so the clock is moved a little at each look.
        static func foundCase(_ customer: StripeCustomer, _ stage: Stage) async throws {
            try await waitUntil("case", within: .seconds(60), poll: .milliseconds(250)) {
                let account = try await stage.node.account(customer.id)
                if account["cases"].array.contains(where: {
                    $0["invoice_id"].string == customer.invoice
                }) {
                    return true
                }
                try await stage.node.advance("5s")
                return false
            }
        }

        /// The first message came, and says what it should and nothing that it should not.
        static func checkNotice(to address: String, link: String, _ stage: Stage) async throws {
            let message = try await eventually("message to \(address)", within: .seconds(60)) {
                try stage.mail.messages(to: address).first
            }
            for kind in ["text", "html"] {
                let text = message[kind].string ?? ""
                #expect(text.contains("42.00"), "\(kind): \(text)")
                #expect(text.contains(link), "\(kind): \(text)")
                for word in ["insufficient", "fraud", "stolen", StripeSide.apiKey] {
                    #expect(!text.lowercased().contains(word), "\(kind): \(text)")
                }
            }
            #expect(message["headers"]["From"].string?.contains("billing@acme.test") == true)
            #expect(message["defects"].array.isEmpty)
        }

        /// The ladder says 1, 3, 5 and 7 days: nothing an hour before, one an hour after.
        static func checkLadder(_ customer: StripeCustomer, rungs: Int, _ stage: Stage) async throws
        {
            let spans = [("23h", "2h"), ("46h", "2h"), ("46h", "2h"), ("46h", "2h")]
            for rung in 0..<rungs {
                try await stage.node.advance(spans[rung].0)
                #expect(try await stage.side.attemptsMade(customer) == rung)
                try await stage.node.advance(spans[rung].1)
                try await waitUntil("attempt \(rung + 1) at Stripe's side") {
                    try await stage.side.attemptsMade(customer) > rung
                }
                #expect(try await stage.side.attemptsMade(customer) == rung + 1)
            }
        }

        /// A new card pays within a minute, gives access back, and nothing is charged after that.
        static func checkRecovery(_ customer: StripeCustomer, _ stage: Stage) async throws {
            #expect(try await stage.node.access(customer.id) == "limited")
            let before = try await stage.side.attemptsMade(customer)
            try await stage.side.giveCard(StripeSide.workingCard, to: customer.id)
            try await waitUntil("payment", within: .seconds(60), poll: .milliseconds(250)) {
                try await stage.side.invoiceStatus(customer.invoice) == "paid"
            }
            try await waitUntil("access") { try await stage.node.access(customer.id) == "full" }
            let held = try await stage.node.account(customer.id)["cases"][0]
            #expect(held["collected_minor"].integer == StripeSide.amountMinor, "\(held)")
            #expect(!held["flags"].array.contains(.string("overcharged")))
            #expect(held["flags"].array.contains(.string("recovered_by_us")))
            try await stage.node.advance("20d")
            #expect(try await stage.side.attemptsMade(customer) == before + 1)
        }

        /// Kinds of a timeline's entries that tell the story, in order.
        static func story(_ customer: StripeCustomer, _ stage: Stage) async throws -> [String] {
            let told = [
                "caseOpened", "messageIntended", "attemptIntended", "attemptSettled",
                "accessChanged", "caseClosed",
            ]
            let entries = try await stage.node.timeline(customer.id)
            let instants = entries.compactMap { $0["at"].string }
            #expect(instants == instants.sorted())
            return entries.compactMap { entry in
                guard let kind = entry["event"].string, told.contains(kind) else { return nil }
                switch kind {
                case "attemptSettled": return entry["verdict"].string
                case "accessChanged": return entry["access"].string
                default: return kind
                }
            }
        }

        static let wholeStory = [
            "caseOpened", "warned", "messageIntended", "attemptIntended", "declined", "limited",
            "attemptIntended", "declined", "attemptIntended", "approved", "full",
            "messageIntended",
        ]

        @Test func `through the proxy an event opens the case and the whole story follows`()
            async throws
        {
            try await Self.onStage(proxied: true) { stage in
                let proxy = try #require(stage.side.proxy)
                _ = try await proxy.control("declines", #"{"decline_code":"insufficient_funds"}"#)
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "ada@example.test")
                try await waitUntil("case by event") {
                    try await !stage.node.account(customer.id)["cases"].array.isEmpty
                }
                try await Self.checkNotice(
                    to: "ada@example.test", link: "\(stage.side.base)/i/\(customer.invoice)", stage)
                try await Self.checkLadder(customer, rungs: 2, stage)
                try await Self.checkRecovery(customer, stage)
                let story = try await Self.story(customer, stage)
                #expect(story.sorted() == Self.wholeStory.sorted(), "\(story)")
                #expect(story.first == "caseOpened")
                try await Self.checkKeys(customer, proxy)
                try await Self.checkAnnouncements(customer, stage)
            }
        }

        /// Every attempt of ours had a key of its own.
        private static func checkKeys(
            _ customer: StripeCustomer, _ proxy: PythonServer
        ) async throws {
            let pays = try await proxy.control("ledger")["pays"].array
                .filter { $0["foreign"].bool == false }
            #expect(pays.map { $0["outcome"].string } == ["declined", "declined", "paid"])
            let keys = pays.compactMap { $0["key"].string }
            #expect(Set(keys).count == 3)
        }

        /// The merchant's app was told, signed, each thing once and in order.
        private static func checkAnnouncements(
            _ customer: StripeCustomer, _ stage: Stage
        ) async throws {
            let states = try await eventually("announcement of regained access") {
                () -> [String]? in
                let received = try await stage.app.control("received")["received"].array
                let bad = received.filter { $0["verified"].bool != true }
                #expect(bad.isEmpty, "\(bad)")
                let found = received.filter { $0["type"].string == "access.changed" }
                    .compactMap { $0["body"]["data"]["access"]["state"].string }
                return found.last == "full" ? found : nil
            }
            #expect(states == ["warned", "limited", "full"])
        }

        @Test func `with its events withheld the invoice is found by reconciliation`() async throws
        {
            try await Self.onStage(proxied: true) { stage in
                let proxy = try #require(stage.side.proxy)
                _ = try await proxy.control("webhook_mode", #"{"mode":"withhold"}"#)
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "bea@example.test")
                try await Self.foundCase(customer, stage)
                try await Self.checkNotice(
                    to: "bea@example.test", link: "\(stage.side.base)/i/\(customer.invoice)", stage)
                // Late, twice and in the wrong order: the same failure, no second case.
                _ = try await proxy.control("webhook_mode", #"{"mode":"deliver"}"#)
                _ = try await proxy.control(
                    "webhook_flush", #"{"order":"reversed","times":2}"#)
                try await waitUntil("delivery of every event") {
                    try await proxy.control("events")["waiting"].integer == 0
                }
                #expect(try await stage.node.account(customer.id)["cases"].array.count == 1)
                try await Self.checkLadder(customer, rungs: 2, stage)
                try await Self.checkRecovery(customer, stage)
            }
        }

        @Test func `directly at localstripe the same holds without events`() async throws {
            try await Self.onStage(proxied: false) { stage in
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "cleo@example.test")
                try await Self.foundCase(customer, stage)
                // localstripe has no invoice page: the tenant's own link is used.
                try await Self.checkNotice(
                    to: "cleo@example.test", link: "https://acme.test/update", stage)
                try await Self.checkLadder(customer, rungs: 2, stage)
                try await Self.checkRecovery(customer, stage)
                let story = try await Self.story(customer, stage)
                #expect(story.sorted() == Self.wholeStory.sorted(), "\(story)")
            }
        }

        @Test func `lost answers are asked about and never charged again`() async throws {
            try await Self.onStage(proxied: true) { stage in
                let proxy = try #require(stage.side.proxy)
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "dora@example.test")
                try await Self.foundCase(customer, stage)
                for (day, fault) in [
                    (1, #"{"kind":"drop_after","path":"*/pay"}"#),
                    (3, #"{"kind":"status_after","status":500,"path":"*/pay"}"#),
                    (5, #"{"kind":"delay_after","delay_ms":4000,"path":"*/pay"}"#),
                    (7, #"{"kind":"drop_before","path":"*/pay","times":1}"#),
                ] {
                    _ = try await proxy.control("faults", fault)
                    try await stage.node.advance(day == 1 ? "25h" : "48h")
                    try await waitUntil("end of day \(day)'s attempt", within: .seconds(60)) {
                        let account = try await stage.node.account(customer.id)
                        if account["cases"][0]["in_flight"] == .null { return true }
                        try await stage.node.advance("1m")
                        return false
                    }
                }
                try await stage.node.advance("2h")
                #expect(try await stage.side.attemptsMade(customer) == 4)
                let settled = try await Self.story(customer, stage).filter { $0 == "declined" }
                #expect(settled.count == 4)
            }
        }

        @Test func `signatures, ages, replays and unknown types are told apart`() async throws {
            try await Self.onStage(proxied: true) { stage in
                let proxy = try #require(stage.side.proxy)
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "emma@example.test")
                try await Self.foundCase(customer, stage)
                let events = try await eventually("delivery of every event") { () -> [JSON]? in
                    let listing = try await proxy.control("events")
                    return listing["waiting"].integer == 0 ? listing["events"].array : nil
                }
                // Types that mean nothing here were answered 200 as well.
                #expect(events.contains { $0["type"].string == "charge.succeeded" })
                for event in events {
                    #expect(event["deliveries"].array.map { $0["status"].integer } == [200])
                }
                let failed = try #require(
                    events.first { $0["type"].string == "invoice.payment_failed" }?["id"].string)
                func again(_ more: String) async throws -> [Int64?] {
                    let body = #"{"event":"\#(failed)"\#(more)}"#
                    return try await proxy.control("webhook_again", body)["statuses"].array
                        .map(\.integer)
                }
                #expect(try await again(#","secret":"whsec_wrong""#) == [400])
                #expect(try await again(#","age_s":3600"#) == [400])
                #expect(try await again("") == [200])
                #expect(try await stage.node.account(customer.id)["cases"].array.count == 1)
            }
        }

        @Test func `a case that is not recovered ends with the subscription cancelled`()
            async throws
        {
            try await Self.onStage(proxied: true) { stage in
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "fay@example.test")
                try await Self.foundCase(customer, stage)
                try await stage.node.advance("10d")
                #expect(
                    try await stage.side.subscriptionStatus(customer.subscription) == "past_due")
                try await stage.node.advance("20d")
                try await waitUntil("cancellation") {
                    try await stage.side.subscriptionStatus(customer.subscription) == "canceled"
                }
                #expect(try await stage.side.attemptsMade(customer) == 4)
                #expect(try await stage.node.access(customer.id) == "terminated")
            }
        }

        @Test func `an observing tenant charges nobody and writes to nobody`() async throws {
            try await Self.onStage(proxied: true, tenant: StripeTenant(mode: "observe")) { stage in
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "gus@example.test")
                try await Self.foundCase(customer, stage)
                try await stage.node.advance("10d")
                #expect(try await stage.side.attemptsMade(customer) == 0)
                #expect(try stage.mail.messages().isEmpty)
            }
        }

        @Test func `attempts that are not ours are noticed, with the remedy`() async throws {
            try await Self.onStage(proxied: true) { stage in
                let proxy = try #require(stage.side.proxy)
                let customer = try await stage.side.customerWithFailedRenewal(
                    email: "hal@example.test")
                try await Self.foundCase(customer, stage)
                _ = try await proxy.control("foreign", #"{"invoice":"\#(customer.invoice)"}"#)
                try await waitUntil("warning about foreign retries") {
                    let status = try await stage.node.json("node", "status")
                    return status["warnings"].array.contains {
                        $0.string?.contains("foreign") == true
                    }
                }
            }
        }
    }
}

extension StripeSide {
    /// Has events sent to the node. localstripe itself tells only of changed customers in time.
    func sendEvents(to node: DunlinProcess) async throws {
        let url = "\(node.http)/webhooks/stripe"
        if let proxy = self.proxy {
            _ = try await proxy.control(
                "webhooks", #"{"url":"\#(url)","secret":"\#(Self.webhookSecret)"}"#)
            return
        }
        let body = """
            {"url":"\(url)","secret":"\(Self.webhookSecret)","events":["customer.updated"]}
            """
        let answer = try await HTTPCall.post("\(self.base)/_config/webhooks/node", json: body)
        guard answer.status == 200 else {
            throw ServerRefused(description: "_config/webhooks: \(answer.status)")
        }
    }
}
