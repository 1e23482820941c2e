import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct CaseCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "Lists cases, or acts on one.",
        subcommands: [
            CaseList.self, CaseOperate.self, CasePromise.self, CaseMigrate.self,
        ])
}

extension CasePhase: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }

    package static var allValueStrings: [String] { Self.allCases.map(\.name) }
}

struct CaseList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists cases in the order of their opening.")

    @Option(help: "Only this merchant's; all without it.")
    var tenant: String?

    @Option(help: "Only of this phase; may be given several times.")
    var phase: [CasePhase] = []

    @Option(help: "Only with this flag; may be given several times.")
    var flag: [String] = []

    @Option(help: "At most so many, 1 to 1000.")
    var limit = 100

    @Option(help: "The `next` of the page before.")
    var after: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try self.query() }

    private func query() throws -> CaseQuery {
        guard (1...1_000).contains(self.limit) else {
            throw ValidationError("--limit is 1 to 1000.")
        }
        var flags: DunningCase.Flags = []
        for name in self.flag {
            guard let found = DunningCase.Flags(name: name) else {
                let known = DunningCase.Flags.allNames.joined(separator: ", ")
                throw ValidationError("--flag is one of \(known).")
            }
            flags.formUnion(found)
        }
        var cursor: CaseQuery.Cursor?
        if let after = self.after {
            cursor = CaseQuery.Cursor(text: after)
            guard cursor != nil else {
                throw ValidationError("--after is the `next` of an earlier answer.")
            }
        }
        return CaseQuery(
            tenant: self.tenant, phases: self.phase, flags: flags, after: cursor,
            limit: self.limit)
    }

    func run() async throws {
        let query = try self.query()
        let page = try await self.connection.withNode { try await $0.cases(query) }
        if self.output.json { return Console.write(page.json(limit: self.limit)) }
        var table = TextTable([
            ("OPENED", .left), ("TENANT", .left), ("ACCOUNT", .left), ("CASE", .right),
            ("INVOICE", .left), ("AMOUNT", .right), ("PHASE", .left), ("DECLINE", .left),
            ("ATTEMPTS", .right), ("NEXT ATTEMPT", .left), ("FLAGS", .left),
        ])
        for row in page.rows {
            table.add([
                String("\(row.openedAt)".prefix(10)), row.key.tenant, row.key.key,
                "\(row.caseNumber)", row.obligation, "\(row.amount)", row.phase.name,
                row.declineClass.name,
                "\(row.attempts)", instantText(row.nextAttemptAt),
                row.flags.names.joined(separator: " "),
            ])
        }
        let dropped = table.fit(dropping: ["TENANT", "INVOICE", "DECLINE", "OPENED"])
        Console.write(table.lines(empty: "no such cases"))
        if !dropped.isEmpty {
            Console.note("Too wide for \(dropped.joined(separator: ", ")): --json has all.")
        }
        if case .string(let next)? = page.json(limit: self.limit)["next"] {
            Console.note("There may be more: --after \(next)")
        }
        noteMissing(page.missingShards)
    }
}

/// Says which shards an answer lacks.
func noteMissing(_ shards: [UInt32]) {
    guard !shards.isEmpty else { return }
    let names = shards.map { "\($0)" }.joined(separator: ", ")
    Console.note("These shards did not answer and are missing here: \(names)")
}

extension OperatorRequest.Verb: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(name: argument)
        // It is said of an account, and asks once more: `dunlin account erase`.
        if self == .erase { return nil }
    }
    package static var allValueStrings: [String] { Self.ofCases.map(\.name) }
}

struct CaseOperate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operate",
        abstract: "Pauses, resumes, attempts, cancels or writes off a case, or says what became "
            + "of an attempt whose outcome nobody could find out.")

    @Argument(help: "What to do.")
    var verb: OperatorRequest.Verb

    @OptionGroup var account: AccountOptions

    @Option(name: .customLong("case"), help: "The case's number; all open ones without it.")
    var number: UInt32 = 0

    func validate() throws {
        switch self.verb {
        case .snooze: throw ValidationError("Say `dunlin snooze`.")
        case .promise: throw ValidationError("Say `dunlin case promise`.")
        case .migrate: throw ValidationError("Say `dunlin case migrate`.")
        default: return
        }
    }

    func run() async throws {
        let asked = OperatorRequest(verb: self.verb, caseNumber: self.number)
        try await self.account.operate(asked)
    }
}

extension AccountOptions {
    /// Asks the node and says what came of it.
    func operate(_ asked: OperatorRequest) async throws {
        let key = self.key
        let found = try await self.connection.withNode { try await $0.operate(key, asked) }
        guard let answer = found else { throw self.notFound }
        if case .refused(let reason) = answer {
            throw Failure("Refused: \(reason.words).")
        }
        if self.output.json { return Console.write(answer.json) }
        switch answer {
        case .accepted: Console.write("done")
        case .repeated: Console.write("was done before")
        case .ignored(.nothingDue):
            Console.write("nothing to do: \(asked.verb.nothingDueWords)")
        case .ignored(let reason): Console.write("nothing to do: \(reason.words)")
        case .refused: return
        }
    }
}
