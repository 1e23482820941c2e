import ArgumentParser

@main
struct Program: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dunlin",
        abstract: "Recovers failed subscription payments.",
        discussion: """
            A self-hosted dunning engine: it decides when to try a charge again, within the card \
            networks' rules, tells the customer, and proves what it recovered.
            """,
        version: ProductVersion.current,
        groupedSubcommands: [
            RunCommands.group, InspectCommands.group, OperateCommands.group, IntakeCommands.group,
            ClusterCommandGroup.group,
            StripeCommands.group,
        ])
}
