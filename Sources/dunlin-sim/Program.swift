import ArgumentParser
import Glibc

@main
struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dunlin-sim",
        abstract: "Runs nodes on a seeded scheduler, in virtual time, and does its worst to them.",
        subcommands: [NodeCommand.self, ClusterCommand.self], defaultSubcommand: NodeCommand.self)

    static func main() {
        Self.hashAlike()
        Self.main(nil)
    }

    /// Begins again as a process in which the order of dictionaries and sets depends on nothing but
    /// what is in them: else one seed would not be one world.
    private static func hashAlike() {
        let name = "SWIFT_DETERMINISTIC_HASHING"
        guard getenv(name) == nil, setenv(name, "1", 1) == 0 else { return }
        Self.beginAgain()
    }

    /// The same program in the same place, with nothing in memory.
    static func beginAgain() -> Never {
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        perror("dunlin-sim: cannot begin again")
        Glibc.exit(71)
    }
}
