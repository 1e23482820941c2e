import ArgumentParser
import DunlinCluster
import DunlinCore
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
            the rows. Books what every event says of money and compares that with the states, too. \
            Says which shard and batch is damaged, and exits with 1.
            """)

    @Option(help: ArgumentHelp("The node's data directory.", valueName: "dir"))
    var data: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try DataDirectory(path: self.data, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
        let report = try Verifier(
            journal: directory.journal, rows: directory.rows,
            map: ShardMap(shardCount: directory.identity.shardCount)
        ).run()
        try directory.close()
        if self.output.json {
            Console.write(report.json)
        } else {
            Console.write(report.lines(of: self.data))
        }
        if !report.isGood { throw ExitCode(1) }
    }
}

extension VerifyReport {
    private var sortedBooks: [(BookKey, BookTotals)] {
        self.books.sorted {
            ($0.key.tenant, $0.key.currency) < ($1.key.tenant, $1.key.currency)
        }.map { ($0.key, $0.value) }
    }

    fileprivate func lines(of directory: String) -> [String] {
        var lines = [
            "\(self.shards) shards, \(self.batches) batches, \(self.records) records, "
                + "\(self.bytes) bytes",
            "\(self.accounts) accounts, \(self.openCases) open cases, \(self.rows) rows, state "
                + hexadecimal(self.stateDigest),
        ]
        for (key, totals) in self.sortedBooks {
            func money(_ minor: Int64) -> String {
                "\(Money(minor: minor, currency: key.currency))"
            }
            lines.append(
                "\(key.tenant): \(totals.cases) cases of \(money(totals.dueMinor)), "
                    + "\(money(totals.byUsMinor)) by us, \(money(totals.elsewhereMinor)) elsewhere, "
                    + "\(money(totals.backMinor)) back; \(totals.attempts) attempts, "
                    + "\(totals.messages) messages")
        }
        if self.unconfirmedBatches > 0 {
            lines.append("\(self.unconfirmedBatches) batches at the end are unconfirmed")
        }
        lines += self.damage.map {
            Colour.red("damage in \(directory)/journal.db or its rows: \($0)")
        }
        let more = self.damageCount - UInt64(self.damage.count)
        if more > 0 { lines.append(Colour.red("and \(more) more")) }
        lines.append(self.isGood ? Colour.green("sound") : Colour.red("damaged"))
        return lines
    }

    fileprivate var json: JSONValue {
        [
            "sound": .bool(self.isGood), "shards": .integer(self.shards),
            "batches": .integer(self.batches), "records": .integer(self.records),
            "bytes": .integer(self.bytes), "accounts": .integer(self.accounts),
            "open_cases": .integer(self.openCases), "rows": .integer(self.rows),
            "unconfirmed_batches": .integer(self.unconfirmedBatches),
            "state_digest": .string(hexadecimal(self.stateDigest)),
            "books": .array(
                self.sortedBooks.map { key, totals in
                    [
                        "tenant": .string(key.tenant), "currency": .string(key.currency.code),
                        "cases": .integer(totals.cases), "due_minor": .integer(totals.dueMinor),
                        "by_us_minor": .integer(totals.byUsMinor),
                        "elsewhere_minor": .integer(totals.elsewhereMinor),
                        "back_minor": .integer(totals.backMinor),
                        "attempts": .integer(totals.attempts),
                        "messages": .integer(totals.messages),
                        "cost_milli": .integer(totals.costMilli),
                    ]
                }),
            "damage_count": .integer(self.damageCount),
            "damage": .array(self.damage.map { .string("\($0)") }),
        ]
    }
}
