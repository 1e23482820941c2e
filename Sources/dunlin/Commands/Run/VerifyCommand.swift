import ArgumentParser
import DunlinNode
import DunlinStore
import DunlinWeb
import Foundation

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a data directory that no node has open.",
        discussion: """
            Follows every shard's hash chain, replays the journal to states and compares them with \
            the rows. Says which shard and batch is damaged, and exits with 1.
            """)

    @Option(help: ArgumentHelp("The node's data directory.", valueName: "dir"))
    var data: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try DataDirectory(path: self.data, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(70)
        }
        let report = try Verifier(
            journal: directory.journal, rows: directory.rows,
            shardCount: directory.identity.shardCount
        ).run()
        try directory.close()
        if self.output.json {
            Console.write(report.json)
        } else {
            Console.write(report.lines)
        }
        if !report.isSound { throw ExitCode(1) }
    }
}
