import ArgumentParser

/// W5: Dunlin's wire and grpc-swift-2 doing the same, one after the other in one run.
@main
struct WireBesideGRPC: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire-beside-grpc",
        abstract: "Unary echoes of 150 bytes on one TCP connection: Dunlin's wire beside gRPC.",
        subcommands: [CompareCommand.self, EchoCommand.self], defaultSubcommand: CompareCommand.self
    )
}

/// What both programs are told to do.
struct EchoOptions: ParsableArguments {
    @Option(parsing: .upToNextOption, help: "Calls that are open at once.")
    var windows: [Int] = [1, 16, 256]

    @Option(help: "Bytes of the command.")
    var bytes = 150

    @Option(help: "Calls that are measured for each window (window 1: a tenth of them).")
    var calls = 100_000

    func validate() throws {
        guard self.windows.allSatisfy({ (1...4096).contains($0) }),
            (0...65_536).contains(self.bytes), self.calls > 0
        else {
            throw ValidationError("--windows are 1 to 4096, --bytes 0 to 65536, --calls 1 or more.")
        }
    }
}
