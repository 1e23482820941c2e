import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWeb
import Foundation

struct JournalCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Shows a shard's journal.",
        subcommands: [JournalDump.self])
}

struct JournalDump: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Lists a shard's batches and records, of a data directory that no node has open.",
        discussion: """
            A copy of a directory will do. With --verify each batch's hash is checked against the \
            chain; the first one that differs is named, and the command exits with 1.
            """)

    @Option(help: ArgumentHelp("The node's data directory, or a copy.", valueName: "dir"))
    var data: String

    @Option(help: "The shard's number.")
    var shard: UInt32

    @Option(help: "The first batch.")
    var from: UInt64 = 1

    @Option(help: "The most batches.")
    var limit = 100

    @Flag(help: "Checks the chain.")
    var verify = false

    @Flag(help: "Lists each record.")
    var records = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard self.from > 0, self.limit > 0 else {
            throw ValidationError("--from and --limit begin at 1")
        }
    }

    func run() async throws {
        let directory = try DataDirectory(path: self.data, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
        defer { try? directory.close() }
        guard self.shard < directory.identity.shardCount else {
            throw Failure(
                "there is no shard \(self.shard); this directory has 0 to "
                    + "\(directory.identity.shardCount - 1)")
        }
        var previous = try directory.journal.batch(shard: self.shard, op: self.from - 1)?.hash
        var rows: [JSONValue] = []
        var damaged: UInt64?
        for batch in try directory.journal.batches(
            shard: self.shard, fromOp: self.from, limit: self.limit)
        {
            let isChained = self.verify ? JournalChain.follows(batch, previous) : nil
            if isChained == false { damaged = damaged ?? batch.op }
            previous = batch.hash
            let records = try self.recordLines(batch)
            if self.output.json {
                rows.append(self.json(batch, records, isChained))
            } else {
                Console.write(self.lines(batch, records, isChained))
            }
        }
        if self.output.json { Console.write(["batches": .array(rows)]) }
        if let damaged {
            Console.note("shard \(self.shard), op \(damaged): the hash is not that of its records")
            throw ExitCode(1)
        }
    }

    private func recordLines(_ batch: JournalBatch) throws -> [String] {
        var lines: [String] = []
        var reader = BatchReader(batch.records)
        while let record = try reader.next() {
            let name =
                record.key.kind == .shard ? "shard" : "\(record.key.tenant)/\(record.key.key)"
            lines.append("\(record.kind.name) \(name)")
        }
        return lines
    }

    private func lines(
        _ batch: JournalBatch, _ records: [String], _ isChained: Bool?
    ) -> [String] {
        let check = isChained.map { $0 ? Colour.green("  good") : Colour.red("  DAMAGED") } ?? ""
        let head =
            "op \(batch.op)  epoch \(batch.epoch)  \(records.count) records  "
            + "\(batch.records.count) bytes  \(hexText(batch.hash.prefix(8)))\(check)"
        return [head] + (self.records ? records.map { "    \($0)" } : [])
    }

    private func json(
        _ batch: JournalBatch, _ records: [String], _ isChained: Bool?
    ) -> JSONValue {
        [
            "op": .integer(batch.op), "epoch": .integer(batch.epoch),
            "hash": .string(hexText(batch.hash[...])), "bytes": .integer(batch.records.count),
            "record_count": .integer(records.count),
            "records": self.records ? .array(records.map { .string($0) }) : .null,
            "good": isChained.map { .bool($0) } ?? .null,
        ]
    }
}

private func hexText(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
