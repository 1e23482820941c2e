import ArgumentParser

@main
struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dunlin-sim",
        abstract: "Runs nodes on a seeded scheduler, in virtual time, and does its worst to them.",
        subcommands: [NodeCommand.self, ClusterCommand.self], defaultSubcommand: NodeCommand.self)
}
