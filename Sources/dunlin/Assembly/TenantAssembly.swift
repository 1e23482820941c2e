import DunlinConnect
import DunlinCore
import DunlinPorts
import DunlinWorld
import Foundation
import Logging

/// Makes a tenant's real parts from its configuration.
struct TenantAssembly: Sendable {
    let outgoing: OutgoingConnections
    let templates: TemplateCatalog
    /// For links and reply tokens.
    let returnSecret: [UInt8]
    /// Takes the messages of simulated tenants that name no mail server.
    let outbox: SimulatedOutbox
    let log = Logger(label: "dunlin.connect")

    /// What a tenant is made of, and its webhook reader when it has one.
    struct Assembled: Sendable {
        var parts: TenantParts
        var stripe: StripeWebhook?
    }

    func assemble(_ tenant: Configuration.Tenant) throws -> Assembled {
        let name = tenant.settings.name
        var stripe: StripeWebhook?
        let gateway: any PaymentGateway
        let billing: any BillingSystem
        switch tenant.gateway {
        case .simulated(let behavior, let extras):
            let simulated = try Self.simulated(behavior, extras, place: "tenants.\(name).gateway")
            gateway = simulated
            billing = simulated
        case .stripe(let settings):
            let client = StripeClient(
                settings: settings, http: self.outgoing.http, logger: self.log)
            gateway = StripeGateway(client: client)
            billing = StripeBilling(client: client)
            stripe = StripeWebhook(client: client)
        }
        let email = try self.email(tenant)
        var senders: [Channel: any MessageSender] = email.map { [.email: $0] } ?? [:]
        if tenant.usesOutbox { senders = [.email: self.outbox] }
        let announcer = try self.announcer(tenant)
        if let announcer { senders[.webhook] = WebhookMessages(announcer) }
        if case .simulated(_, let extras) = tenant.gateway, extras.countsMessages {
            let sink = CountingSink()
            for channel in Channel.allCases where senders[channel] == nil {
                senders[channel] = sink
            }
        }
        var settings = tenant.settings
        settings.readsCards = gateway.traits.readsCards
        settings.takesParts = gateway.traits.takesParts
        var parts = TenantParts(
            settings: settings, gateway: gateway, billing: billing,
            senders: senders, announcer: announcer,
            paymentLink: tenant.paymentLink, cancelLink: tenant.cancelLink)
        parts.requestsPerSecondMax = tenant.requestsPerSecondMax
        return Assembled(parts: parts, stripe: stripe)
    }

    private static func simulated(
        _ behavior: SimulatedBehavior, _ extras: Configuration.SimulatedExtras, place: String
    ) throws -> SimulatedGateway {
        let oracle = extras.world.map { WorldBank($0) }
        do {
            let book = try extras.arrivals.map { path throws(SimulatedLedgerError) in
                try SimulatedArrivals(path: path) {
                    Int64(Date().timeIntervalSince1970 * 1000)
                }
            }
            guard let ledger = extras.ledger else {
                // W1's answers are computed, alike each time: there is nothing to remember.
                var remembersKeys = true
                if case .ladder = behavior { remembersKeys = false }
                return SimulatedGateway(
                    defaultBehavior: behavior, remembersKeys: remembersKeys, arrivals: book,
                    oracle: oracle)
            }
            return try SimulatedGateway(
                defaultBehavior: behavior, ledgerPath: ledger, arrivals: book, oracle: oracle)
        } catch {
            throw Failure("\(place): \(error)")
        }
    }

    private func email(_ tenant: Configuration.Tenant) throws -> EmailSender? {
        guard let file = tenant.email else { return nil }
        let place = "tenants.\(tenant.settings.name).email"
        let security: EmailSettings.Security
        switch file.security {
        case nil: security = .required
        case "none": security = .off
        case "starttls": security = .required
        case "opportunistic": security = .opportunistic
        case "tls": security = .implicit
        case let other?:
            throw Failure(
                "\(place).security: `\(other)` is not none, opportunistic, starttls or tls")
        }
        let merchant = tenant.merchant
        let settings = EmailSettings(
            host: file.host, port: file.port ?? 587, security: security, user: file.user ?? "",
            password: file.password ?? "", authorityFile: file.authorityFile ?? "",
            from: file.from, fromName: file.fromName ?? merchant.name,
            replyTo: file.replyTo ?? "", returnSecret: self.returnSecret,
            merchants: [tenant.settings.name: merchant])
        do {
            let email = try EmailSender(settings: settings, templates: self.templates)
            self.outgoing.add { await email.shutdown() }
            return email
        } catch {
            throw Failure("\(place): \(error)")
        }
    }

    private func announcer(_ tenant: Configuration.Tenant) throws -> WebhookAnnouncer? {
        guard let first = tenant.webhooks.first else { return nil }
        let place = "tenants.\(tenant.settings.name).webhooks"
        guard tenant.webhooks.allSatisfy({ $0.url == first.url }) else {
            throw Failure("\(place): one address only; several entries may give it several secrets")
        }
        let endpoint = WebhookEndpoint(url: first.url, secrets: tenant.webhooks.map(\.secret))
        do {
            let announcer = try WebhookAnnouncer(
                settings: WebhookSettings(endpoints: [tenant.settings.name: endpoint]))
            self.outgoing.add { await announcer.shutdown() }
            return announcer
        } catch {
            throw Failure("\(place): \(error)")
        }
    }
}
