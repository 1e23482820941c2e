import ArgumentParser
import DunlinConnect
import DunlinCore
import DunlinPolicy
import DunlinPorts
import DunlinWeb

struct PolicyCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks and applies policy files.",
        subcommands: [PolicyCheck.self, PolicyApply.self, PolicyExample.self])
}

/// Writes a policy that comes with Dunlin, to begin one's own with.
struct PolicyExample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "example",
        abstract: "Writes an example policy to stdout, to begin your own with.")

    @Argument(help: "Which: \(Self.names.joined(separator: ", ")).")
    var name: String

    @OptionGroup var output: OutputOptions

    private static var files: [PolicyText] {
        [BuiltInSources.defaultPolicy] + BuiltInSources.examples
    }
    private static var names: [String] {
        Self.files.map { $0.file.replacing(".yaml", with: "") }
    }

    func validate() throws {
        guard Self.names.contains(self.name) else {
            throw ValidationError("The examples are \(Self.names.joined(separator: ", ")).")
        }
    }

    func run() throws {
        for file in Self.files where file.file == self.name + ".yaml" {
            if self.output.json {
                Console.write(["file": .string(file.file), "text": .string(file.text)])
            } else {
                Console.write(file.text.hasSuffix("\n") ? String(file.text.dropLast()) : file.text)
            }
        }
    }
}

/// A policy file, read whole.
struct PolicyFileArgument: ParsableArguments {
    /// Largest policy file, in bytes.
    static let bytesMax = 1 << 20

    @Argument(help: "The policy file (YAML); - for stdin.")
    var file: String

    func text() throws(Failure) -> String { try Self.read(self.file).text }

    static func read(_ file: String) throws(Failure) -> PolicyText {
        let bytes = try Console.read(file, bytesMax: Self.bytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure("\(file) is not UTF-8; save it as UTF-8.")
        }
        return PolicyText(file: file, text: text)
    }
}

struct PolicyCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a policy file without a node: file, line, field, what to do.")

    @OptionGroup var policy: PolicyFileArgument

    @Option(
        help: ArgumentHelp(
            "Another file whose policies this one names; may be given several times.",
            valueName: "file"))
    var beside: [String] = []

    @Option(help: ArgumentHelp("Your own message templates, beside ours.", valueName: "dir"))
    var templates: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let text = try PolicyFileArgument.read(self.policy.file)
        // Budgets are checked against the rules that this program brings along.
        let rules = try BundleCompiler.compile(BundleSource(zones: ZoneCatalog())).bundle.rules
        let catalog = TemplateCatalog(directory: self.templates)
        var known: Set<String> = []
        for file in [BuiltInSources.defaultPolicy, BuiltInSources.ladderPolicy] {
            known.formUnion(BundleCompiler.names(in: file))
        }
        for file in self.beside {
            known.formUnion(BundleCompiler.names(in: try PolicyFileArgument.read(file)))
        }
        let findings = BundleCompiler.check(
            text, rules: rules, templates: Set(catalog.allNames), known: known)
        // Words that no customer may read, keys and languages that are missing.
        let wording = catalog.check()
        let errors =
            findings.filter { $0.severity == .error }.count
            + wording.filter { $0.severity == .error }.count
        if self.output.json {
            Console.write([
                "file": .string(self.policy.file), "good": .bool(errors == 0),
                "findings": .array(findings.map(Self.json)),
                "templates": .array(wording.map { .string("\($0)") }),
            ])
        } else {
            for finding in findings {
                let colour = finding.severity == .error ? Colour.red : Colour.yellow
                Console.note(colour(finding.description))
            }
            for finding in wording { Console.note(Colour.yellow("\(finding)")) }
        }
        guard errors == 0 else {
            throw Failure(
                "\(self.policy.file) has \(errors) \(errors == 1 ? "error" : "errors").")
        }
        if !self.output.json { Console.write("\(self.policy.file) is good") }
    }

    private static func json(_ finding: Finding) -> JSONValue {
        [
            "severity": .string(finding.severity.rawValue), "line": .integer(finding.line),
            "column": .integer(finding.column), "field": .text(finding.field),
            "message": .string(finding.message), "remedy": .string(finding.remedy),
        ]
    }
}

struct PolicyApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Checks a policy file and uses it for new cases, on every shard.",
        discussion: "Open cases keep the policy that they were opened under.")

    @OptionGroup var policy: PolicyFileArgument

    @Option(help: "Only for this merchant; for all that name no policy without it.")
    var tenant: String?

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (yaml, tenant) = (try self.policy.text(), self.tenant)
        let applied = try await self.connection.withNode {
            try await $0.applyPolicy(yaml: yaml, tenant: tenant)
        }
        if self.output.json { return Console.write(applied.json) }
        for warning in applied.warnings { Console.note(Colour.yellow("warning: \(warning)")) }
        Console.write(
            "bundle \(applied.bundle) is in force; policies: "
                + applied.policies.joined(separator: ", "))
    }
}
