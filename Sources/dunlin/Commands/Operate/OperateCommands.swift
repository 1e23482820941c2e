import ArgumentParser

/// Commands that change what a node does.
enum OperateCommands {
    static let group = CommandGroup(
        name: "Operate",
        subcommands: [
            PauseCommand.self, ResumeCommand.self, TenantCommands.self, ClockCommands.self,
            PolicyCommands.self, SnoozeCommand.self,
        ])
}
