import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct AccountExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes everything that is held about a customer as JSON, addresses in clear.",
        discussion: "What the law calls access and portability. Keep the output as you would "
            + "the customer's letters.")

    @OptionGroup var account: AccountOptions

    func run() async throws {
        let key = self.account.key
        let found = try await self.account.connection.withNode {
            try await AccountExport(of: key, from: $0)
        }
        guard let export = found else { throw self.account.notFound }
        Console.write(export.json)
    }
}

struct AccountErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Forgets a person: destroys the account's sealing key, for good.",
        discussion: """
            Addresses, locale, zone, country and attributes can be read nowhere any more, not in \
            the journal, not in copies of it. What was owed, charged and decided stays, and stays \
            verifiable. An open case goes on without messages: cancel or write it off first if \
            it should not. Erase the customer at the billing system as well, or it tells them \
            again.
            """)

    @OptionGroup var account: AccountOptions

    @Option(help: ArgumentHelp("The account's id once more.", valueName: "id"))
    var confirm: String

    func validate() throws {
        guard self.confirm == self.account.id else {
            throw ValidationError("--confirm must repeat the account's id: nothing was erased.")
        }
    }

    func run() async throws {
        let key = self.account.key
        let found = try await self.account.connection.withNode {
            try await $0.operate(key, OperatorRequest(verb: .erase))
        }
        guard let answer = found else { throw self.account.notFound }
        if self.account.output.json { return Console.write(answer.json) }
        switch answer {
        case .accepted: Console.write("erased: the key is destroyed")
        case .repeated: Console.write("nothing personal is held")
        case .ignored(let reason): Console.write("nothing to do: \(reason.words)")
        case .refused(let reason): throw Failure("Refused: \(reason.words).")
        }
    }
}
