import Foundation
import Testing

extension ProcessTests {
    /// A merchant's backlog at Stripe's side comes in by one command.
    @Suite(.serialized) struct StripeImportTests {
        /// More than a page of Stripe's list.
        static let count = 105

        /// Customers with an open invoice each, most with attempts before ours.
        private static func backlog(_ side: StripeSide) async throws -> [StripeCustomer] {
            var customers: [StripeCustomer] = []
            for number in 0..<Self.count {
                customers.append(
                    try await side.customerWithFailedRenewal(email: "c\(number)@example.test"))
            }
            return customers
        }

        /// Stripe's side and a node that nobody tells of anything: only an import brings cases.
        private static func onStage(
            _ tenant: StripeTenant,
            _ body: (StripeSide, DunlinProcess, _ config: String) async throws -> Void
        ) async throws {
            try await Scratch.with { scratch in
                try await StripeSide.with(proxied: true, scratch: scratch) { side in
                    let config = try tenant.write(to: scratch, side: side)
                    let node = try DunlinProcess(scratch: scratch, config: config, start: realNow())
                    try await node.whileRunning { node in try await body(side, node, config) }
                }
            }
        }

        /// Another attempt of Stripe's own, and what was made before ours.
        private static func retryAtStripe(
            _ customer: StripeCustomer, _ side: StripeSide
        ) async throws {
            let proxy = try #require(side.proxy)
            _ = try await proxy.control("foreign", #"{"invoice":"\#(customer.invoice)"}"#)
        }

        @Test func `a hundred open invoices come in with their attempts, once`() async throws {
            var tenant = StripeTenant()
            tenant.reconcileEvery = "30d"
            // A page of expanded invoices takes localstripe many seconds.
            tenant.timeoutSeconds = 30
            try await Self.onStage(tenant) { side, node, config in
                let customers = try await Self.backlog(side)
                let tried = Array(customers.prefix(3))
                for customer in tried { try await Self.retryAtStripe(customer, side) }
                let forecast = try await node.json(
                    "import", "stripe", "--config", config, "--dry-run")
                let opens = forecast["outlook"]["payments"].array.first {
                    $0["outcome"].string == "opensCase"
                }
                #expect(opens?["count"].integer == Int64(Self.count))
                #expect(
                    opens?["amount_minor"].integer == Int64(Self.count) * StripeSide.amountMinor)
                let days = forecast["outlook"]["days"].array
                #expect(
                    days.reduce(0) { $0 + ($1["first_attempts"].integer ?? 0) }
                        == Int64(Self.count))
                #expect(
                    try await node.account(customers[0].id)["cases"].array.isEmpty,
                    "a dry run does nothing")

                _ = try await node.json("import", "stripe", "--config", config)
                var before: [String: Int] = [:]
                for customer in customers {
                    let account = try await node.account(customer.id)
                    let cases = account["cases"].array.filter {
                        $0["invoice_id"].string == customer.invoice
                    }
                    #expect(cases.count == 1, "\(customer.id)")
                    before[customer.id] = try await node.timeline(customer.id).count
                }
                for customer in tried {
                    let opened = try await node.timeline(customer.id).first {
                        $0["event"].string == "caseOpened"
                    }
                    #expect(opened?["attempts_before"].integer == 2, "\(opened ?? .null)")
                }

                let again = try await node.json("import", "stripe", "--config", config)
                #expect(again["accepted"].integer == 0, "\(again)")
                for customer in customers {
                    #expect(
                        try await node.timeline(customer.id).count == before[customer.id])
                }

                // Each is charged once on the ladder's first day, however often it was imported.
                try await node.advance("26h")
                try await waitUntil("all first attempts", within: .seconds(120)) {
                    try await side.attemptsMade(customers[Self.count - 1]) > 0
                }
                for customer in customers {
                    let expected = tried.contains { $0.id == customer.id } ? 2 : 1
                    try await waitUntil("the attempt for \(customer.id)", within: .seconds(60)) {
                        try await side.attemptsMade(customer) >= expected
                    }
                    #expect(try await side.attemptsMade(customer) == expected)
                }
            }
        }
    }
}
