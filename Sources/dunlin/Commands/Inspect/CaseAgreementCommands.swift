import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct CasePromise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promise",
        abstract: "Takes down what a customer promised to pay: once, or in parts.",
        discussion: """
            Nothing is charged or said before the promised day, and each part is charged on its \
            day, within the networks' rules. A promise that is not kept goes back to the ladder.
            """)

    @OptionGroup var account: AccountOptions

    @Option(
        name: .customLong("pay"),
        help: ArgumentHelp(
            "A day, with the amount in minor units where it is a part: 2026-02-01 or "
                + "2026-02-01=2500. Several times for instalments.", valueName: "day[=amount]"))
    var parts: [Part]

    @Option(name: .customLong("case"), help: "The case's number; all open ones without it.")
    var number: UInt32 = 0

    struct Part: ExpressibleByArgument {
        var agreed: AgreedPart

        init?(argument: String) {
            let pieces = argument.split(separator: "=", omittingEmptySubsequences: false)
            guard (1...2).contains(pieces.count), let at = Instant(argument: String(pieces[0]))
            else { return nil }
            var amount: Int64 = 0
            if pieces.count == 2 {
                guard let given = Int64(pieces[1]), given > 0 else { return nil }
                amount = given
            }
            self.agreed = AgreedPart(at: at.timestamp, amountMinor: amount)
        }
    }

    func validate() throws {
        guard (1...CaseParticulars.partsMax).contains(self.parts.count) else {
            throw ValidationError("Give --pay 1 to \(CaseParticulars.partsMax) times.")
        }
        guard self.parts.count == 1 || self.parts.allSatisfy({ $0.agreed.amountMinor > 0 }) else {
            throw ValidationError("Each of several parts needs its amount: --pay DAY=AMOUNT.")
        }
    }

    func run() async throws {
        try await self.account.operate(
            OperatorRequest(
                verb: .promise, caseNumber: self.number, parts: self.parts.map(\.agreed)))
    }
}

struct CaseMigrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Moves running cases to another policy, or to its newest version.",
        discussion: """
            A case keeps the policy that it was opened under, whatever is applied later. This \
            moves the cases that are named or filtered, and no other; messages that were sent \
            count by their names.
            """)

    @Option(help: "The policy: NAME for its newest version, NAME@BUNDLE for another.")
    var policy: String

    @Option(help: "Only this account's cases.")
    var account: String?

    @Option(help: "Only this case of the account.")
    var `case`: UInt32?

    @Option(help: "Only cases of this phase; may be given several times.")
    var phase: [CasePhase] = []

    @Option(help: "Only cases with this flag; may be given several times.")
    var flag: [String] = []

    @Option(help: "Only cases of this policy, by its name.")
    var fromPolicy: String?

    @Option(help: "Only cases that this segment chose the policy of.")
    var segment: String?

    @Option(help: "Only cases opened before: 2026-01-01, or how long ago, 30d.")
    var openedBefore: Since?

    @Flag(help: "Says which cases it would move, and moves none.")
    var dryRun = false

    @OptionGroup var tenant: TenantOption
    @OptionGroup var connection: ConnectOptions

    func validate() throws {
        guard PolicyReference(self.policy) != nil else {
            throw ValidationError("--policy is NAME or NAME@BUNDLE, the bundle in hexadecimal.")
        }
        guard self.case == nil || self.account != nil else {
            throw ValidationError("--case needs --account.")
        }
        guard self.phase.allSatisfy(\.isOpen) else {
            throw ValidationError("Only open cases can move.")
        }
        guard self.flag.allSatisfy({ DunningCase.Flags(name: $0) != nil }) else {
            let known = DunningCase.Flags.allNames.joined(separator: ", ")
            throw ValidationError("--flag is one of \(known).")
        }
    }

    func run() async throws {
        let counts = try await self.connection.withNode { try await self.migrate($0) }
        let verb = self.dryRun ? "would move" : "moved"
        Console.write("\(verb) \(counts.moved) cases, left \(counts.left) as they were")
    }

    private func migrate(_ node: any NodeService) async throws -> (moved: Int, left: Int) {
        guard let target = PolicyReference(self.policy) else { return (0, 0) }
        let before = try await self.openedBefore?.timestamp(now: node.clock().now)
        var flags: DunningCase.Flags = []
        for name in self.flag { flags.formUnion(DunningCase.Flags(name: name) ?? []) }
        let open = CasePhase.allCases.filter(\.isOpen)
        var query = CaseQuery(
            tenant: self.tenant.tenant, phases: self.phase.isEmpty ? open : self.phase,
            flags: flags, limit: Self.pageMax)
        // All are chosen before any is moved: a move must not change what the filter sees.
        var chosen: [CaseRow] = []
        while true {
            let page = try await node.cases(query)
            // What a shard that is missing here holds would silently stay as it was.
            guard page.missingShards.isEmpty else {
                noteMissing(page.missingShards)
                throw Failure("Not all shards answered; no case was moved. Try again.")
            }
            let rows = page.rows.filter { self.selects($0, before: before) }
            chosen += try await self.ofPolicy(rows, node)
            guard page.rows.count == Self.pageMax, let last = page.rows.last else { break }
            query.after = CaseQuery.Cursor(
                openedAt: last.openedAt, key: last.key, caseNumber: last.caseNumber)
        }
        guard !self.dryRun else { return (chosen.count, 0) }
        var moved = 0
        for entry in chosen {
            let asked = OperatorRequest(
                verb: .migrate, caseNumber: entry.caseNumber, policy: target.policy,
                bundle: target.bundle)
            let answer = try await node.operate(entry.key, asked)
            if case .refused(let reason)? = answer { throw Failure("Refused: \(reason.words).") }
            if answer == .accepted { moved += 1 }
        }
        return (moved, chosen.count - moved)
    }

    private static let pageMax = 1000

    /// Those of the policy and segment that are asked for: a list of cases names neither.
    private func ofPolicy(
        _ rows: [CaseRow], _ node: any NodeService
    ) async throws -> [CaseRow] {
        guard self.fromPolicy != nil || self.segment != nil, !rows.isEmpty else { return rows }
        let views = try await node.accounts(rows.map(\.key))
        return zip(rows, views).filter { row, view in
            guard let state = view?.state, let index = state.caseIndex(row.caseNumber) else {
                return false
            }
            let found = state.cases[index]
            if let fromPolicy, fromPolicy != found.policy { return false }
            if let segment, segment != found.particulars.first?.segment { return false }
            return true
        }.map(\.0)
    }

    private func selects(_ row: CaseRow, before: Timestamp?) -> Bool {
        if let account, account != row.key.key { return false }
        if let number = self.case, number != row.caseNumber { return false }
        if let before, row.openedAt >= before { return false }
        return true
    }
}
