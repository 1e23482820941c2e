import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ImportStripeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stripe",
        abstract: "Imports the open invoices of Stripe whose payment failed, with their attempts.",
        discussion: """
            Reads Stripe with the configuration's key, or STRIPE_API_KEY, and writes nothing there. \
            Importing again changes nothing. A file of that name is `./stripe`.
            """)

    @OptionGroup var stripe: StripeOptions
    @OptionGroup var importing: ImportOptions

    /// Invoices that are read, at most.
    static let invoicesMax = 1_000_000

    func run() async throws {
        let events = try await self.stripe.withBilling { billing in
            try await Self.failures(at: billing)
        }
        // Their place in the list, from 1, is how a refused one is named.
        let entries = events.enumerated().map { ImportFile.Entry(line: $0 + 1, event: $1) }
        try await self.importing.run(entries)
    }

    private static func failures(at billing: any BillingSystem) async throws -> [IntakeEvent] {
        var events: [IntakeEvent] = []
        var read = 0
        var cursor: String?
        repeat {
            let page: InvoicePage
            do {
                page = try await billing.openInvoices(after: cursor)
            } catch {
                throw Failure("\(error.message); \(read) invoices were read, nothing was imported")
            }
            read += page.obligations.count
            events += page.events
            guard read <= Self.invoicesMax else {
                throw Failure(
                    "Stripe lists more than \(Self.invoicesMax) open invoices; let the running "
                        + "node's reconciliation bring them in")
            }
            Console.note("\(read) open invoices read, \(events.count) events")
            cursor = page.next
        } while cursor != nil
        return events
    }
}
