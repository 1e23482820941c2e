import DunlinConnect
import DunlinCore
import DunlinPolicy
import DunlinPorts
import DunlinWorld

/// Files of load tests: worlds and policies.
enum WorldReading {
    /// `path`: `nil` for the world that comes with Dunlin.
    static func parameters(_ path: String?) throws(Failure) -> WorldParameters {
        do {
            guard let path else { return try WorldFile.standard() }
            let bytes = try Console.read(path, bytesMax: 1 << 20)
            return try WorldFile.read(
                PolicyText(file: path, text: String(decoding: bytes, as: UTF8.self)))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(error)")
        }
    }

    /// `path`: `nil` for the policy that W2 is measured with.
    static func policy(_ path: String?) throws(Failure) -> PolicyText {
        guard let path else { return BuiltInSources.worldPolicy }
        let bytes = try Console.read(path, bytesMax: 1 << 20)
        return PolicyText(file: path, text: String(decoding: bytes, as: UTF8.self))
    }

    /// The policy's bundle with the data that comes with Dunlin.
    static func bundles(_ policy: PolicyText) throws(Failure) -> BundleFiles {
        try BundleFiles(
            policies: [policy], tenantPolicies: [:], templates: Set(TemplateCatalog().allNames))
    }

    /// What decisions are made with, for a run of the pure core.
    static func context(
        _ policy: PolicyText, tenant: String
    ) throws(Failure) -> DecisionContext {
        let bundle: Bundle
        let files = try self.bundles(policy)
        do {
            bundle = try files.initial().bundle
        } catch {
            throw Failure(error.message)
        }
        let gateway = SimulatedGateway()
        let parts = TenantParts(
            settings: self.settings(tenant), gateway: gateway, billing: gateway,
            senders: self.senders(CountingSink()))
        var settings = parts.settings
        settings.readsCards = gateway.traits.readsCards
        return DecisionContext(
            current: bundle, bundles: [bundle.id: bundle], tenant: settings,
            origin: ClusterOrigin(cluster: 1, generation: 1))
    }

    static func settings(_ tenant: String) -> TenantSettings {
        var settings = TenantSettings(name: tenant, mode: .live)
        settings.gateway = "simulated"
        settings.readsCards = true
        return settings
    }

    static func senders(_ sink: CountingSink) -> [Channel: any MessageSender] {
        var senders: [Channel: any MessageSender] = [:]
        for channel in Channel.allCases { senders[channel] = sink }
        return senders
    }
}
