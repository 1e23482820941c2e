import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPolicy
import DunlinPorts
import DunlinStore
import DunlinWeb
import Foundation

struct RulesCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Audits attempts against the networks' and schemes' rules.",
        subcommands: [RulesAudit.self])
}

struct RulesAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Replays the permit of every attempt in a data directory that no node has open.",
        discussion: """
            Counts again, from the journal alone, what each attempt's rules had counted, and \
            compares it with the permit that the attempt carries. Exits with 1 when an attempt \
            broke a rule, or when its permit lacks one.
            """)

    @Option(help: ArgumentHelp("The node's data directory.", valueName: "dir"))
    var data: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try DataDirectory(path: self.data, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
        let bundles = try Self.bundles(of: directory.meta)
        let report = try PermitCheck(journal: directory.journal) { bundles[$0] }.run()
        try directory.close()
        if self.output.json {
            Console.write(report.json)
        } else {
            Console.write(report.lines(bundles: bundles.count))
        }
        if !report.isGood { throw ExitCode(1) }
    }

    /// Every bundle that was in force in this directory.
    private static func bundles(of meta: any MetaStore) throws -> [BundleID: DunlinCore.Bundle] {
        var bundles: [BundleID: DunlinCore.Bundle] = [:]
        for source in try BundleShelf.sources(in: meta) {
            let bundle = try BundleCompiler.reload(try BundleSource(encoded: source))
            bundles[bundle.id] = bundle
        }
        return bundles
    }
}

extension PermitCheck.Report {
    fileprivate func lines(bundles: Int) -> [String] {
        var lines = [
            "\(self.accounts) accounts, \(self.attempts) attempts, \(self.lines) rules checked, "
                + "\(bundles) bundles"
        ]
        if self.brokenShards > 0 {
            lines.append(
                Colour.red(
                    "\(self.brokenShards) shards cannot be read to their end: see dunlin verify"))
        }
        lines += self.violations.map { Colour.red("\($0)") }
        let more = self.violationCount - UInt64(self.violations.count)
        if more > 0 { lines.append(Colour.red("and \(more) more")) }
        lines.append(
            self.isGood
                ? Colour.green("0 violations, 0 missing")
                : Colour.red("\(self.violationCount) violations"))
        return lines
    }

    fileprivate var json: JSONValue {
        [
            "good": .bool(self.isGood), "accounts": .integer(self.accounts),
            "attempts": .integer(self.attempts), "rules_checked": .integer(self.lines),
            "broken_shards": .integer(self.brokenShards),
            "violation_count": .integer(self.violationCount),
            "violations": .array(self.violations.map { .string("\($0)") }),
        ]
    }
}
