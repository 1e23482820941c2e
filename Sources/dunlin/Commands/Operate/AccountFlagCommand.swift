import ArgumentParser
import DunlinCore
import DunlinPorts

extension AccountFlag: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { Self.allCases.map(\.name) }
}

struct AccountFlagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flag",
        abstract: "Says something about an account that stops attempts, messages or losses of "
            + "access, at once.",
        discussion: """
            neverDun, deceased, bankrupt and vulnerable stop everything and leave access as it is; \
            noRetry stops attempts, noMessages messages, overdueEnforcementOff the loss of access \
            and the end. wantsToCancel stops nothing: a person must look.
            """)

    @OptionGroup var account: AccountOptions

    @Argument(help: "What to say.")
    var flag: AccountFlag

    @Flag(help: "Take it back.")
    var clear = false

    @Option(help: "Why, for the timeline.")
    var reason: String

    func validate() throws {
        guard (1...FlagChange.reasonBytesMax).contains(self.reason.utf8.count) else {
            throw ValidationError("--reason has 1 to \(FlagChange.reasonBytesMax) bytes.")
        }
    }

    func run() async throws {
        let change = FlagChange(flag: self.flag, isSet: !self.clear, reason: self.reason)
        let key = self.account.key
        let result = try await self.account.connection.withNode { node in
            let now = try await node.status().now
            let event = IntakeEvent(
                key: key,
                facts: IntakeFacts(eventID: "", occurredAt: now, fact: .accountFlagged(change)))
            return try await node.intake([event]).first
        }
        switch result {
        case .accepted: Console.write(self.clear ? "cleared" : "set")
        case .repeated: Console.write(self.clear ? "was not set" : "was set before")
        case .ignored(let reason): Console.write("nothing to do: \(reason.words)")
        case .refused(let code, let message): throw Failure("Refused (\(code)): \(message).")
        case .retry(_, let message): throw Failure("Not taken this time: \(message). Try again.")
        case nil: throw Failure("The node did not answer. Try again.")
        }
    }
}
