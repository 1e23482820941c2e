import ArgumentParser
import DunlinCore
import DunlinPorts
import DunlinWeb

struct ImportFileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "file",
        abstract: "Imports events from a file: .json, .jsonl or .csv.",
        discussion: """
            JSON holds the events of POST /v1/events. A CSV's headers are their fields, with dots \
            for nesting (payment_method.token); type is payment_failed and event_id is made up \
            where they lack. Importing the same file again changes nothing.
            """)

    @Argument(help: "The file; - for stdin, with --format.")
    var file: String

    @Option(help: "json, jsonl or csv; by the file's ending without it.")
    var format: ImportFile.Format?

    @Flag(help: "Ids of this file may be long digits that look like card numbers.")
    var numericIds = false

    @Flag(help: "Ids of this file are hashes, so an @ in them is no address.")
    var hashedIds = false

    @OptionGroup var tenant: TenantOption
    @OptionGroup var importing: ImportOptions

    func run() async throws {
        guard let format = self.format ?? ImportFile.Format(fileName: self.file) else {
            throw ValidationError("Name the format with --format json, jsonl or csv.")
        }
        let (tenant, rules) = (
            self.tenant.tenant,
            EventRules(idsAreNumeric: self.numericIds, idsAreHashed: self.hashedIds)
        )
        // A text is one value, and a dry run sums everything up: both are read as a whole.
        guard format == .json || self.importing.dryRun else {
            let parts = try Console.parts(self.file, isTable: format == .csv)
            let problems: Int
            do {
                problems = try await self.importing.run(parts) {
                    ImportFile($0, format: format, tenant: tenant, rules: rules)
                }
            } catch let error as ImportParts.RowTooLong {
                throw Failure(
                    "\(self.file), line \(error.line): the row is longer than "
                        + "\(ImportParts.rowBytesMax) bytes; is a quote not closed?")
            }
            guard problems == 0 else {
                throw self.failure(problems)
            }
            return
        }
        let bytes = try Console.read(self.file, bytesMax: ImportFile.bytesMax)
        let read = ImportFile(bytes, format: format, tenant: tenant, rules: rules)
        ImportText.note(read.warnings, Colour.yellow("warning"))
        ImportText.note(read.problems, Colour.red("refused"))
        try await self.importing.run(read.entries)
        guard read.problems.isEmpty else {
            throw self.failure(read.problems.count)
        }
    }

    private func failure(_ problems: Int) -> Failure {
        let counted = problems == 1 ? "1 problem" : "\(problems) problems"
        return Failure("\(counted) in \(self.file); mend and import again.")
    }
}

extension ImportFile.Format: ExpressibleByArgument {}
