import ArgumentParser

/// Commands that bring facts in.
enum IntakeCommands {
    static let group = CommandGroup(name: "Bring in", subcommands: [ImportCommand.self])
}

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Imports a backlog of failed payments.",
        subcommands: [ImportFileCommand.self, ImportStripeCommand.self],
        defaultSubcommand: ImportFileCommand.self)
}
