import DunlinCluster
import DunlinConnect
import DunlinCore
import DunlinNode
import DunlinPolicy
import DunlinTransport
import DunlinWeb
import DunlinWorld
import Foundation

/// A node's configuration, checked: what the file says, over what the environment says.
struct Configuration: Sendable {
    enum Gateway: Sendable {
        case simulated(SimulatedBehavior, SimulatedExtras)
        case stripe(StripeSettings)
    }

    /// What a simulated gateway has beside its behaviour.
    struct SimulatedExtras: Sendable {
        /// Where every charge is written down; `nil` for nowhere.
        var ledger: String?
        /// Where every charge's arrival is written down; `nil` for nowhere.
        var arrivals: String?
        /// The payment world of the accounts that a load test makes; others have a small one.
        var world: PaymentWorld?
        /// Messages are counted, and nobody reads them.
        var countsMessages = false
    }

    struct Tenant: Sendable {
        var settings: TenantSettings
        var gateway: Gateway
        /// Requests that the gateway takes in a second, of all nodes together; 0 for no limit.
        var requestsPerSecondMax: UInt32 = 0
        var policy: String?
        var displayName: String
        var support: String
        var paymentLink: String
        /// Where a customer can cancel; empty for nowhere.
        var cancelLink = ""
        var email: ConfigurationFile.EmailFile?
        var webhooks: [ConfigurationFile.WebhookFile]
        var eventRules = EventRules()

        /// Who speaks to its customers.
        var merchant: MerchantIdentity {
            MerchantIdentity(
                name: self.displayName.isEmpty ? self.settings.name : self.displayName,
                support: self.support)
        }

        /// Its messages are shown in a folder instead of sent: nothing is real, and no mail server
        /// is named. Load tests have nobody who reads them.
        var usesOutbox: Bool {
            guard self.email == nil, case .simulated(let behavior, let extras) = self.gateway
            else { return false }
            if extras.countsMessages { return false }
            if case .ladder = behavior { return false }
            return true
        }
    }

    /// In the order of names.
    var tenants: [Tenant]
    /// File name and text.
    var policies: [PolicyText]
    /// File name and text.
    var declineMaps: [PolicyText]
    var reconcileEveryMs: Int64
    var residentMax: Int?
    var tailRecordsMax: UInt64?
    var nodeKeyFile: String?
    var templates: String?
    var keys: APIKeys
    /// Of both listeners; `nil` for none.
    var tls: TLSSettings?
    /// This process's part in a cluster; `nil` for none.
    var cluster: ClusterConfiguration?

    /// `path`: of the file; `nil` for the simulated tenant, or Stripe by the environment.
    init(path: String?, environment: [String: String]) throws {
        let file = try path.map { try ConfigurationFile.read($0) }
        let directory =
            path.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? "."
        let stripe: StripeSettings?
        do {
            stripe = try StripeSettings(environment: environment)
        } catch {
            throw Failure("environment: \(error)")
        }
        var tenants: [Tenant] = []
        for (name, entry) in (file?.tenants ?? [:]).sorted(by: { $0.key < $1.key }) {
            tenants.append(try Self.tenant(name, entry, directory: directory, stripe: stripe))
        }
        if tenants.isEmpty { tenants = [try Self.fallback(stripe)] }
        self.tenants = tenants
        self.policies = try Self.texts(file?.policies, directory)
        self.declineMaps = try Self.texts(file?.declineMaps, directory)
        self.reconcileEveryMs =
            try Self.span(file?.reconcile?.every, "reconcile.every") ?? 10 * Milliseconds.minute
        self.residentMax = file?.limits?.residentMax
        self.tailRecordsMax = file?.limits?.tailRecordsMax
        self.nodeKeyFile = file?.nodeKeyFile.map { Self.resolved($0, directory) }
        self.templates = file?.templates.map { Self.resolved($0, directory) }
        self.keys = try Self.keys(file?.api?.keys ?? [])
        self.cluster = try file?.cluster.map { try ClusterConfiguration($0, directory: directory) }
        self.tls = file?.tls.map { tls in
            TLSSettings(
                certificatePath: Self.resolved(tls.certificate, directory),
                keyPath: Self.resolved(tls.key, directory),
                trustRootsPath: tls.clientAuthority.map { Self.resolved($0, directory) },
                requiresClientCertificate: tls.clientAuthority != nil)
        }
    }

    private static func texts(_ names: [String]?, _ directory: String) throws -> [PolicyText] {
        try (names ?? []).map { name in
            let path = Self.resolved(name, directory)
            let bytes = try Console.read(path, bytesMax: ConfigurationFile.bytesMax)
            return PolicyText(file: name, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// What each tenant has promised about its ids.
    var eventRules: [String: EventRules] {
        let rules = self.tenants.map { ($0.settings.name, $0.eventRules) }
        return Dictionary(rules) { first, _ in first }
    }

    /// Without a file: Stripe when the environment has a key, observing; else the simulated
    /// tenant, live, so that a first run shows something.
    private static func fallback(_ stripe: StripeSettings?) throws -> Tenant {
        guard let stripe else {
            return Tenant(
                settings: Self.settings(EntityKey.mainTenant, mode: .live, gateway: "simulated"),
                gateway: .simulated(.world(seed: 1), SimulatedExtras()), policy: nil,
                displayName: "Example Shop", support: "help@shop.example",
                paymentLink: "https://shop.example/pay", email: nil, webhooks: [])
        }
        return Tenant(
            settings: Self.settings(EntityKey.mainTenant, mode: .observe, gateway: "stripe"),
            gateway: .stripe(stripe), policy: nil, displayName: "", support: "", paymentLink: "",
            email: nil, webhooks: [])
    }

    private static func settings(
        _ name: String, mode: TenantSettings.Mode, gateway: String
    ) -> TenantSettings {
        var settings = TenantSettings(name: name, mode: mode)
        settings.gateway = gateway
        return settings
    }

    private static func tenant(
        _ name: String, _ entry: ConfigurationFile.TenantFile, directory: String,
        stripe: StripeSettings?
    ) throws -> Tenant {
        guard !name.isEmpty, name.utf8.count <= EntityKey.keyBytesMax else {
            throw Failure("tenants: a tenant's name has 1 to \(EntityKey.keyBytesMax) bytes")
        }
        let gateway = try Self.gateway(
            entry.gateway, tenant: name, directory: directory, stripe: stripe)
        var isReal = false
        if case .stripe = gateway { isReal = true }
        let mode: TenantSettings.Mode
        switch entry.mode {
        case nil: mode = isReal ? .observe : .live
        case "observe": mode = .observe
        case "live": mode = .live
        case let other?:
            throw Failure("tenants.\(name).mode: `\(other)` is neither `observe` nor `live`")
        }
        var settings = TenantSettings(
            name: name, mode: mode, announces: entry.webhooks?.isEmpty == false,
            zone: entry.zone ?? "UTC")
        settings.gateway = isReal ? "stripe" : "simulated"
        settings.usesTestCards = entry.gateway?.testCards ?? false
        var rules = EventRules()
        switch entry.ids {
        case nil: break
        case "numeric":
            settings.idsAreNumeric = true
            rules.idsAreNumeric = true
        case "hashed": rules.idsAreHashed = true
        case let other?:
            throw Failure("tenants.\(name).ids: `\(other)` is neither `numeric` nor `hashed`")
        }
        return Tenant(
            settings: settings, gateway: gateway,
            requestsPerSecondMax: try Self.rate(entry.gateway, tenant: name), policy: entry.policy,
            displayName: entry.displayName ?? "", support: entry.support ?? "",
            paymentLink: entry.links?.updatePayment ?? "",
            cancelLink: entry.links?.cancel ?? "", email: entry.email,
            webhooks: entry.webhooks ?? [], eventRules: rules)
    }

    private static func gateway(
        _ file: ConfigurationFile.GatewayFile?, tenant: String, directory: String,
        stripe: StripeSettings?
    ) throws -> Gateway {
        let place = "tenants.\(tenant).gateway"
        switch file?.kind ?? (stripe == nil ? "simulated" : "stripe") {
        case "simulated":
            let seed = file?.seed ?? 1
            let behavior: SimulatedBehavior
            switch file?.behaviour ?? "world" {
            case "world": behavior = .world(seed: seed)
            case "ladder": behavior = .ladder(seed: seed)
            case "approve": behavior = .approve
            case let other:
                throw Failure("\(place).behaviour: `\(other)` is not world, ladder or approve")
            }
            var extras = SimulatedExtras(
                ledger: file?.ledger.map { Self.resolved($0, directory) },
                arrivals: file?.arrivals.map { Self.resolved($0, directory) })
            extras.countsMessages = file?.countMessages ?? false
            if case .world = behavior {
                let path = file?.world.map { Self.resolved($0, directory) }
                extras.world = PaymentWorld(try WorldReading.parameters(path), seed: seed)
            } else if file?.world != nil {
                throw Failure("\(place).world: only a gateway whose behaviour is `world` has one")
            }
            return .simulated(behavior, extras)
        case "stripe":
            guard var settings = Self.base(file, tenant: tenant, stripe) else {
                throw Failure("\(place).api_key is missing; set it or STRIPE_API_KEY")
            }
            if let base = file?.apiBase { settings.apiBase = base }
            if let secret = file?.webhookSecret { settings.webhookSecrets = [StripeSecret(secret)] }
            if let sends = file?.sendPaymentMethod { settings.sendsPaymentMethod = sends }
            if let wait = try Self.span(file?.unknownSettlesAfter, "\(place).unknown_settles_after")
            {
                settings.unknownSettlesAfterMs = wait
            }
            try Self.checkWait(of: settings, place)
            do {
                try settings.validate()
            } catch {
                throw Failure("\(place): \(error)")
            }
            return .stripe(settings)
        case let other:
            throw Failure("\(place).kind: `\(other)` is neither `stripe` nor `simulated`")
        }
    }

    /// A charge may leave so long after its intent, and come to something until its timeout: only
    /// then does one that shows nowhere count as never made. A stand-in for Stripe may be quicker.
    private static func checkWait(of settings: StripeSettings, _ place: String) throws {
        let stripe = "https://api.stripe.com"
        let waitMin = NodeLimits().sendWithinMs + settings.timeoutMs + 10 * Milliseconds.second
        guard settings.apiBase.hasPrefix(stripe), settings.unknownSettlesAfterMs < waitMin else {
            return
        }
        throw Failure(
            "\(place).unknown_settles_after must be at least \(waitMin / 1000)s: a charge that is "
                + "still on its way would be taken for one that was never made, and made again")
    }

    private static func rate(
        _ file: ConfigurationFile.GatewayFile?, tenant: String
    ) throws(Failure) -> UInt32 {
        guard let rate = file?.requestsPerSecond else { return 0 }
        guard let limit = UInt32(exactly: rate), (1...RatePacer.perSecondMax).contains(limit) else {
            throw Failure(
                "tenants.\(tenant).gateway.requests_per_second: \(rate) is not 1 to "
                    + "\(RatePacer.perSecondMax); leave it out for no limit")
        }
        return limit
    }

    private static func base(
        _ file: ConfigurationFile.GatewayFile?, tenant: String, _ environment: StripeSettings?
    ) -> StripeSettings? {
        let idempotency: StripeSettings.Idempotency? = file?.idempotency.flatMap {
            StripeSettings.Idempotency(rawValue: $0)
        }
        guard let key = file?.apiKey else {
            guard var settings = environment else { return nil }
            settings.tenant = tenant
            if let idempotency { settings.idempotency = idempotency }
            return settings
        }
        let timeout = (file?.timeout).flatMap { DurationText.milliseconds($0) }
        return StripeSettings(
            apiKey: StripeSecret(key), webhookSecrets: environment?.webhookSecrets ?? [],
            tenant: tenant, timeoutMs: timeout ?? 60 * Milliseconds.second,
            idempotency: idempotency ?? .keys)
    }

    private static func span(_ text: String?, _ place: String) throws(Failure) -> Int64? {
        guard let text else { return nil }
        guard let ms = DurationText.milliseconds(text) else {
            throw Failure("\(place): `\(text)` is no duration; write 30s, 10m, 2h or 1d")
        }
        return ms
    }

    private static func keys(_ files: [ConfigurationFile.APIKeyFile]) throws(Failure) -> APIKeys {
        var keys: [APIKeys.Key] = []
        for (index, file) in files.enumerated() {
            var roles: APIKeys.Roles = file.roles == nil ? .all : []
            for name in file.roles ?? [] {
                guard let role = APIKeys.Roles(name: name) else {
                    throw Failure("api.keys[\(index)].roles: `\(name)` is no role")
                }
                roles.formUnion(role)
            }
            guard
                let key = APIKeys.Key(
                    hexDigest: file.sha256, tenant: file.tenant ?? EntityKey.mainTenant,
                    roles: roles)
            else { throw Failure("api.keys[\(index)].sha256 must be 64 hex digits") }
            keys.append(key)
        }
        return APIKeys(keys)
    }

    static func resolved(_ path: String, _ directory: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }
}
