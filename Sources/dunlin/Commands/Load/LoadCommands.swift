import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb
import DunlinWorld
import Foundation

/// Workloads that everything is measured by.
struct LoadCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Runs a workload.",
        subcommands: [
            LoadLadder.self, LoadWorld.self, LoadStorm.self, LoadShaping.self, LoadCompare.self,
        ])
}

struct LoadLadder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ladder",
        abstract: "W1: N accounts fail at once and are retried after 1, 3, 5 and 7 days.",
        discussion: """
            In process it measures the engine. Connected, the node must run with `--clock manual \
            --start 2026-01-01T00:00:00Z`, the policy `ladder` (`policy: ladder` in the \
            configuration) and a simulated gateway with `behaviour: ladder` and the same seed. To \
            one that behaves otherwise, --tokens says what to answer.
            """)

    @Option(help: "How many accounts.")
    var accounts = 100_000

    @Option(help: "Use multiples of 8 for independent runs.")
    var seed: UInt64 = 1

    @Flag(help: "Runs the engine in this process.")
    var inProcess = false

    @Option(help: ArgumentHelp("Kept; without it a temporary one, removed.", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The node to talk to, or several of one cluster: when one is gone, the next is asked.",
            valueName: "host:port,…"))
    var connect: Endpoints?

    @OptionGroup(title: "How to connect") var security: ConnectSecurity

    @Option(help: "Whose accounts they are, when connected.")
    var tenant = "main"

    @Flag(help: "Says W1's answers in the payment method of each failure.")
    var tokens = false

    @Flag(help: "Reads a directory's result back, without running anything.")
    var read = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard self.accounts > 0, self.accounts <= 99_999_999 else {
            throw ValidationError("--accounts must be 1 to 99999999")
        }
        guard self.inProcess != (self.connect != nil) else {
            throw ValidationError("say either --in-process or --connect HOST:PORT")
        }
        guard !self.read || self.data != nil else {
            throw ValidationError("--read needs --data")
        }
    }

    func run() async throws {
        let figures: LadderFigures
        if let endpoints = self.connect {
            figures = try await self.connected(endpoints)
        } else {
            figures = try await InProcessLadder(
                workload: LadderWorkload(accounts: self.accounts, seed: self.seed),
                data: self.data, readsOnly: self.read
            ).run()
        }
        if self.output.json { return Console.write(figures.json.compactText) }
        Console.write(figures.lines)
    }

    /// Calls of a thousand events that are under way at once: enough for batches of a few hundred
    /// on every shard.
    private static let callsMax = 32

    private func connected(_ endpoints: Endpoints) async throws -> LadderFigures {
        let workload = LadderWorkload(
            accounts: self.accounts, seed: self.seed,
            methodToken: self.tokens ? "sim:ladder:\(self.seed)" : "", tenant: self.tenant)
        return try await NodeConnection.open(endpoints, self.security) { node in
            let usage = Usage()
            let before = try await node.status().transitions
            Console.note("opening \(workload.accounts) cases…")
            try await NodeConnection.routing(by: node, at: endpoints, self.security) { intake in
                try await workload.open(intake, eventsPerCall: 1000, callsMax: Self.callsMax)
            }
            Console.note("advancing the clock to \(LadderWorkload.end)…")
            _ = try await node.advanceClock(to: LadderWorkload.end)
            let spent = usage.spent()
            Console.note("reading every account back…")
            let result = try await workload.result(node)
            let after = try await node.status().transitions
            return LadderFigures(
                workload: workload, result: result,
                transitions: after >= before ? after - before : 0, spent: spent,
                diskBytes: 0)
        }
    }
}
