import ArgumentParser
import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinStore
import DunlinWeb
import Foundation

struct ErasureCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erasures",
        abstract: "Lists erasures, and repeats them on a copy that was put back.",
        discussion: """
            A copy of `keys.db` that is older than an erasure holds the key that was destroyed. \
            Keep the list apart from backups, and apply it to what was put back before a node \
            serves it.
            """,
        subcommands: [ErasureListCommand.self, ErasureApply.self])
}

/// A data directory that no node has open.
struct ClosedDirectoryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The node's data directory, or a copy.", valueName: "dir"))
    var data: String

    func open() throws -> DataDirectory {
        try DataDirectory(path: self.data, creating: nil) { error in
            FileHandle.standardError.write(Data("dunlin: \(error)\n".utf8))
            _exit(1)
        }
    }
}

struct ErasureListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Writes which accounts of a data directory were erased, as JSON, one a line.")

    @OptionGroup var directory: ClosedDirectoryOptions

    func run() async throws {
        let directory = try self.directory.open()
        defer { try? directory.close() }
        for (key, at) in try KeyRecords(of: directory.journal).erasures.entries {
            let line: JSONValue = [
                "tenant": .string(key.tenant), "account": .string(key.key),
                "erased_at": .string("\(at)"),
            ]
            Console.write(line.compactText)
        }
    }
}

struct ErasureApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Destroys keys that a copy of `keys.db` brought back.",
        discussion: """
            Counts the directory's own journal, and every list that is named. A key that was made \
            after the erasure stays. Says which accounts are to be erased once more by \
            `dunlin account erase`, because the journal beside the keys is older than their \
            erasure. Applying again changes nothing.
            """)

    @OptionGroup var directory: ClosedDirectoryOptions

    @Option(
        name: .customLong("list"),
        help: ArgumentHelp("What `dunlin erasures list` wrote; may be repeated.", valueName: "file")
    )
    var lists: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var wanted = ErasureList()
        for path in self.lists { wanted.add(try Self.read(path)) }
        let directory = try self.directory.open()
        defer { try? directory.close() }
        let records = try KeyRecords(of: directory.journal)
        wanted.add(records.erasures)
        let again = try wanted.apply(to: directory.keys, holding: records)
        if self.output.json {
            return Console.write([
                "erasures": .integer(wanted.erasedAt.count),
                "erase_again": .array(
                    again.map {
                        ["tenant": .string($0.tenant), "account": .string($0.key)]
                    }),
            ])
        }
        Console.write("\(wanted.erasedAt.count) erasures hold")
        for key in again { Console.write("to be erased again: \(key.tenant) \(key.key)") }
    }

    /// Longest list that is read, in bytes.
    private static let listBytesMax = 1 << 30

    private static func read(_ path: String) throws -> ErasureList {
        let bytes = try Console.read(path, bytesMax: Self.listBytesMax)
        var list = ErasureList()
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let value = try? JSONReader.read(line),
                case .string(let tenant)? = value["tenant"],
                case .string(let account)? = value["account"],
                case .string(let text)? = value["erased_at"], let at = Timestamp(iso8601: text)
            else {
                throw Failure(
                    "\(path), line \(index + 1): no line that `dunlin erasures list` writes; "
                        + "nothing was changed")
            }
            list.add(EntityKey(tenant: tenant, key: account), at: at)
        }
        return list
    }
}
