import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct AccountCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Shows, flags, exports or erases one account.",
        subcommands: [
            AccountShow.self, AccountWhere.self, AccountTimeline.self, AccountExplain.self,
            AccountExportCommand.self,
            AccountErase.self, AccountFlagCommand.self,
        ])
}

/// Which account, where.
struct AccountOptions: ParsableArguments {
    @Argument(help: "The account's id at its billing system.")
    var id: String

    @OptionGroup var tenant: TenantOption
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    var key: EntityKey { EntityKey(tenant: self.tenant.tenant, kind: .account, key: self.id) }

    func validate() throws {
        guard (1...EntityKey.keyBytesMax).contains(self.id.utf8.count) else {
            throw ValidationError("An account id has 1 to \(EntityKey.keyBytesMax) bytes.")
        }
    }

    func view() async throws -> AccountView {
        let key = self.key
        let views = try await self.connection.withNode { try await $0.accounts([key]) }
        guard let view = views.first ?? nil else { throw self.notFound }
        return view
    }

    var notFound: Failure {
        Failure(
            "The tenant \(self.tenant.tenant) has no account of that id that was ever heard of; "
                + "check the id and --tenant.")
    }
}

struct AccountShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows an account's access, payment methods and cases.")

    @OptionGroup var account: AccountOptions

    func run() async throws {
        let view = try await self.account.view()
        if self.account.output.json { return Console.write(view.json) }
        Console.write(AccountText.lines(view))
    }
}

struct AccountTimeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Tells an account's history, one line a record.")

    @OptionGroup var account: AccountOptions

    @Option(help: "The newest records that are shown, 1 to 10000.")
    var limit = 1_000

    func validate() throws {
        guard (1...10_000).contains(self.limit) else {
            throw ValidationError("--limit is 1 to 10000.")
        }
    }

    func run() async throws {
        let (key, limit) = (self.account.key, self.limit)
        let found = try await self.account.connection.withNode {
            try await $0.timeline(key, limit: limit)
        }
        guard let timeline = found else { throw self.account.notFound }
        if self.account.output.json { return Console.write(timeline.json) }
        if let first = timeline.entries.first {
            Console.write(Colour.faint("\(key.key) from \(first.record.at)"))
        }
        Console.write(TimelineText.lines(timeline))
    }
}

struct AccountExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why each thing planned comes when it comes, and what would change it.",
        discussion: """
            For the next attempt, each message, the next loss of access and the end: every rule \
            that keeps it from an earlier time, with its version and source, when that rule \
            alone would let it happen, and when it would happen without it.
            """)

    @OptionGroup var account: AccountOptions

    func run() async throws {
        let key = self.account.key
        let found = try await self.account.connection.withNode { try await $0.explain(key) }
        guard let reasons = found else { throw self.account.notFound }
        if self.account.output.json { return Console.write(reasons.json) }
        Console.write(reasons.lines)
    }
}

/// An account for people.
enum AccountText {
    static func lines(_ view: AccountView) -> [String] {
        let state = view.state
        var lines = [
            "\(Colour.bold(view.key.key)) of tenant \(view.key.tenant), as of \(view.asOf)"
                + (view.isStale ? " (may be behind)" : ""),
            "access: \(state.access.name)",
        ]
        for entry in state.subscriptions where !entry.subscription.isEmpty {
            lines.append("  \(entry.subscription): \(entry.state.name) since \(entry.since)")
        }
        lines.append("profile: \(Self.profile(state))")
        for method in state.methods { lines.append(Self.method(method)) }
        lines += state.sharingWords.map { "shared: \($0)" }
        lines.append("")
        return lines + Self.cases(state.cases)
    }

    private static func profile(_ state: AccountState) -> String {
        let profile = state.profile
        var parts = profile.contacts.map { "\($0.channel.name) \(state.reachWords(of: $0))" }
        parts += [profile.locale, profile.zone, profile.country].filter { !$0.isEmpty }
        parts += profile.attributes.map { "\($0.name)=\($0.value)" }
        return parts.isEmpty ? "nothing known" : parts.joined(separator: ", ")
    }

    private static func method(_ method: HeldMethod) -> String {
        var parts = [method.words]
        if method.isDefault { parts.append("default") }
        if method.isBackup { parts.append("agreed backup") }
        if method.method.expiryMonth != 0 {
            let month = method.method.expiryMonth % 12 + 1
            parts.append("valid until \(month)/\(method.method.expiryMonth / 12)")
        }
        if let advice = method.standing.blockedBy { parts.append(Colour.red(advice.words)) }
        return parts.joined(separator: ", ")
    }

    private static func cases(_ cases: [DunningCase]) -> [String] {
        var table = TextTable([
            ("CASE", .right), ("INVOICE", .left), ("OPEN", .right), ("PHASE", .left),
            ("DECLINE", .left), ("ATTEMPTS", .right), ("NEXT ATTEMPT", .left), ("FLAGS", .left),
        ])
        for dunningCase in cases.reversed() {
            let open = Money(
                minor: dunningCase.obligation.openMinor, currency: dunningCase.obligation.currency)
            table.add([
                "\(dunningCase.number)", dunningCase.obligation.id, "\(open)",
                dunningCase.phase.name, dunningCase.decline.declineClass.name,
                "\(dunningCase.attempts)", instantText(dunningCase.plan.attemptAt),
                dunningCase.flags.names.joined(separator: " "),
            ])
        }
        return table.lines(empty: "no cases")
    }
}

/// `-` for never.
func instantText(_ instant: Timestamp) -> String { instant.ms == 0 ? "-" : "\(instant)" }
