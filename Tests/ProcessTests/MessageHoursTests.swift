import Foundation
import Testing

extension ProcessTests {
    /// Messages at the edge of the hours in which they may go.
    @Suite(.serialized) struct MessageHoursTests {
        /// At midnight in Greenwich it is 19:00 in New York, an hour before the evening's end.
        private static let failure = """
            {"event_id":"f1","type":"payment_failed","occurred_at":"2026-01-01T00:00:00Z",\
            "account_id":"acct-1","invoice_id":"in_1","subscription_id":"sub_1",\
            "amount_minor":4200,"currency":"USD","decline_code":"insufficient_funds",\
            "payment_method":{"token":"sim:decline:insufficient_funds","brand":"visa",\
            "last_four":"4242","expiry_month":12,"expiry_year":2031},\
            "profile":{"email":"a@example.test","locale":"en","zone":"America/New_York"}}
            """

        @Test func `what falls due in the last hour is said once, however far the clock is moved`()
            async throws
        {
            try await Scratch.with { scratch in
                try await DunlinProcess(scratch: scratch).whileRunning { node in
                    #expect(try await node.send(Self.failure).status == 202)
                    try await node.advance("40d")
                    let outbox = try FileManager.default.contentsOfDirectory(
                        atPath: node.data + "/outbox")
                    let reminders = outbox.filter {
                        $0.contains("payment_reminder_acct-1") && $0.hasSuffix(".txt")
                    }
                    #expect(reminders.count == 3, "\(outbox.sorted())")
                    let answers = try await node.timeline("acct-1").map { "\($0)" }
                    #expect(!answers.contains { $0.contains("later") })
                }
            }
        }
    }
}
