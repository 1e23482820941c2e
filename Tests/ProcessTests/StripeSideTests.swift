import Testing

extension ProcessTests {
    /// The stage itself: what the stories below stand on must hold without a node.
    @Suite(.serialized) struct StripeSideTests {
        @Test(arguments: [true, false])
        func `a renewal fails, is charged once by each pay, and a new card pays it`(
            proxied: Bool
        ) async throws {
            try await Scratch.with { scratch in
                try await StripeSide.with(proxied: proxied, scratch: scratch) { side in
                    let customer = try await side.customerWithFailedRenewal(
                        email: "ada@example.test")
                    #expect(try await side.invoiceStatus(customer.invoice) == "open")
                    #expect(try await side.attemptsMade(customer) == 0)
                    let path = "/v1/invoices/\(customer.invoice)/pay"
                    if proxied {
                        await #expect(throws: ServerRefused.self) { try await side.post(path, []) }
                        #expect(
                            try await side.subscriptionStatus(customer.subscription) == "past_due")
                    } else {
                        #expect(try await side.post(path, [])["status"].string == "open")
                    }
                    #expect(try await side.attemptsMade(customer) == 1)
                    try await side.giveCard(StripeSide.workingCard, to: customer.id)
                    #expect(try await side.post(path, [])["status"].string == "paid")
                    #expect(try await side.attemptsMade(customer) == 2)
                }
            }
        }

        @Test func `the app's side refuses what is not signed`() async throws {
            try await Scratch.with { scratch in
                try await PythonServer.with(
                    "webhook_receiver.py", ["--secret", StripeTenant.merchantSecret],
                    scratch: scratch
                ) { app in
                    let answer = try await HTTPCall.post("\(app.base)/hook", json: "{}")
                    #expect(answer.status == 401)
                    let received = try await app.control("received")["received"].array
                    #expect(received.map { $0["verified"].bool } == [false])
                }
            }
        }
    }
}
