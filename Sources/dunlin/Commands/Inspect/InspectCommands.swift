import ArgumentParser

/// Commands that only look.
enum InspectCommands {
    static let group = CommandGroup(
        name: "Look",
        subcommands: [
            AccountCommands.self, AccountExplain.self, CaseCommands.self, ShardCommands.self,
            TimersCommand.self,
            NodeCommands.self, ReportCommand.self,
            ExperimentCommands.self,
        ])
}
