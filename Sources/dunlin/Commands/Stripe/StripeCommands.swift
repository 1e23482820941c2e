import ArgumentParser
import AsyncHTTPClient
import DunlinConnect
import DunlinCore
import DunlinPorts
import DunlinWeb
import Foundation
import Logging

struct StripeCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stripe", abstract: "Talks to Stripe.", subcommands: [StripeCheck.self])

    static let group = CommandGroup(name: "Connect", subcommands: [StripeCommands.self])
}

/// Which Stripe account a command means: the configuration's, else the environment's.
struct StripeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("YAML; else STRIPE_API_KEY and its like.", valueName: "file"))
    var config: String?

    @Option(help: "Whose Stripe account.")
    var tenant = "main"

    func settings() throws -> StripeSettings {
        let configuration = try Configuration(
            path: self.config, environment: ProcessInfo.processInfo.environment)
        let tenant = configuration.tenants.first { $0.settings.name == self.tenant }
        guard let tenant, case .stripe(let settings) = tenant.gateway else {
            throw Failure(
                "tenant \(self.tenant) has no Stripe account: set STRIPE_API_KEY or write"
                    + " `gateway: {kind: stripe, api_key: …}` into the configuration")
        }
        return settings
    }

    /// What refusals of the tenant mean, by the maps that come with Dunlin and the configuration's.
    func declines() throws -> DeclineMap {
        let configuration = try Configuration(
            path: self.config, environment: ProcessInfo.processInfo.environment)
        let files = try BundleFiles(
            policies: [], declineMaps: configuration.declineMaps, tenantPolicies: [:],
            templates: Set(TemplateCatalog().allNames))
        return try files.initial().bundle.declines(gateway: "stripe", tenant: self.tenant)
    }

    /// Runs `body` with Stripe's billing side and closes the connection.
    func withBilling<Answer: Sendable>(
        _ body: @Sendable (any BillingSystem) async throws -> Answer
    ) async throws -> Answer {
        let settings = try self.settings()
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: StripeClient.httpConfiguration)
        let client = StripeClient(
            settings: settings, http: http, logger: Logger(label: "dunlin.stripe"))
        let answer: Answer
        do {
            answer = try await body(StripeBilling(client: client))
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
        return answer
    }
}

struct StripeCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tries the key, the secret and Stripe's own settings, and says what is missing.",
        discussion: """
            Reads up to 500 open invoices, too: decline codes that the map does not know, and \
            facts that attempts and messages would need.
            """)

    /// Pages of a hundred invoices that are read.
    private static let pagesMax = 5

    @OptionGroup var stripe: StripeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let declines = try self.stripe.declines()
        let findings = try await self.stripe.withBilling { billing in
            let found = await billing.check()
            guard !found.contains(where: { $0.severity == .problem }) else { return found }
            return found + (await Self.gaps(at: billing, declines))
        }
        if self.output.json {
            let rows = findings.map { finding -> JSONValue in
                [
                    "severity": .string(finding.severity.rawValue),
                    "message": .string(finding.message),
                ]
            }
            Console.write(["findings": .array(rows)])
        } else {
            for finding in findings {
                let colour: Colour =
                    switch finding.severity {
                    case .good: .green
                    case .warning: .yellow
                    case .problem: .red
                    }
                Console.write("\(colour(finding.severity.rawValue)): \(finding.message)")
            }
        }
        if findings.contains(where: { $0.severity == .problem }) { throw ExitCode(1) }
    }

    private static func gaps(
        at billing: any BillingSystem, _ declines: DeclineMap
    ) async -> [CheckFinding] {
        var events: [IntakeEvent] = []
        var cursor: String?
        do {
            for _ in 0..<Self.pagesMax {
                let page = try await billing.openInvoices(after: cursor)
                events += page.events
                cursor = page.next
                guard cursor != nil else { break }
            }
        } catch {
            return [
                CheckFinding(
                    severity: .warning, message: "open invoices could not be read: \(error.message)"
                )
            ]
        }
        return StripeGaps(events, declines: declines).findings
    }
}
