import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

/// What can be paused.
enum Pausable: String, ExpressibleByArgument, CaseIterable {
    case charges
    case messages
    case all
}

/// Which switches to set, for whom.
struct PauseOptions: ParsableArguments {
    @Argument(help: "What: charges, messages or all.")
    var what: Pausable

    @Option(help: "Only this merchant's; all merchants' without it.")
    var tenant: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func set(paused: Bool) async throws {
        let (what, tenant) = (self.what, self.tenant)
        let views = try await self.connection.withNode { node in
            var names = tenant.map { [$0] } ?? []
            if tenant == nil { names = try await node.status().tenants.map(\.name) }
            if names.isEmpty { names = [EntityKey.mainTenant] }
            var views: [TenantView] = []
            for name in names {
                let change = TenantSwitch(
                    tenant: name, chargesPaused: what == .messages ? nil : paused,
                    messagesPaused: what == .charges ? nil : paused)
                views.append(try await node.switchTenant(change))
            }
            return views
        }
        if self.output.json { return Console.write(["tenants": .array(views.map(\.json))]) }
        Console.write(views.map(TenantText.line))
    }
}

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stops charges, messages or both, durably, at once.")

    @OptionGroup var options: PauseOptions

    func run() async throws { try await self.options.set(paused: true) }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lets charges, messages or both go on.")

    @OptionGroup var options: PauseOptions

    func run() async throws { try await self.options.set(paused: false) }
}

struct TenantCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Says whether a merchant's decisions are carried out.",
        subcommands: [TenantLive.self, TenantObserve.self])
}

/// Which merchant, where.
struct TenantOptions: ParsableArguments {
    @Argument(help: "The merchant.")
    var name: String

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func set(_ mode: TenantSettings.Mode) async throws {
        let change = TenantSwitch(tenant: self.name, mode: mode)
        let view = try await self.connection.withNode { try await $0.switchTenant(change) }
        if self.output.json { return Console.write(view.json) }
        Console.write(TenantText.line(view))
    }
}

struct TenantLive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live", abstract: "Charges and sends for real from now on.")

    @OptionGroup var tenant: TenantOptions

    func run() async throws { try await self.tenant.set(.live) }
}

struct TenantObserve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe", abstract: "Only decides and journals what it would do.")

    @OptionGroup var tenant: TenantOptions

    func run() async throws { try await self.tenant.set(.observe) }
}
