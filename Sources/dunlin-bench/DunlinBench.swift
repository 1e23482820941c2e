import ArgumentParser

@main
struct DunlinBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dunlin-bench",
        abstract: "Measures Dunlin's hot paths on this machine. Build it with -c release.",
        subcommands: [
            LadderCommand.self, MemoryCommand.self, RestartCommand.self, TimersCommand.self,
            GrowthCommand.self, JournalCommand.self, CodecCommand.self,
            DecideCommand.self, HistoriesCommand.self, WireBenchmark.self,
        ])
}
