import Foundation

/// Where the programs under test and the servers of the tests lie.
enum BuildFolder {
    /// The `dunlin` binary beside the test bundle, or what `DUNLIN_BINARY` names.
    static var dunlin: String { Self.program("dunlin", variable: "DUNLIN_BINARY") }

    /// The repository's root, found from this file.
    static let root = String(
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" })

    /// The interpreter that has Tests/Servers/requirements.txt: `cluster/test` says which.
    static var python: String {
        ProcessInfo.processInfo.environment["DUNLIN_TEST_PYTHON"]
            ?? "\(Self.root)/.build-servers/venv/bin/python"
    }

    static func server(_ file: String) -> String { "\(Self.root)/Tests/Servers/\(file)" }

    private static func program(_ name: String, variable: String) -> String {
        if let path = ProcessInfo.processInfo.environment[variable] { return path }
        let bundle = CommandLine.arguments[0]
        let folder = bundle.lastIndex(of: "/").map { String(bundle[..<$0]) } ?? "."
        return "\(folder)/\(name)"
    }
}
