import Foundation
import Testing

/// House rules that neither the compiler nor swift-format can see.
@Suite struct SourceTidyTests {
    static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// Targets whose output is a function of their input alone.
    static let pureTargets = ["DunlinCore", "DunlinCluster"]

    /// What would make a pure target's answer depend on the machine, the moment or the run.
    static let bannedInPure = [
        "import Foundation", "import Dispatch", "import Synchronization", "Date(", "Clock().now",
        "Task.sleep", "Task {", ".random(", ".shuffled()", "UUID()", "Double", "Float(",
        "@unchecked", "nonisolated(unsafe)", "print(",
    ]

    /// What no library may hold.
    static let bannedInLibraries = ["TODO", "FIXME", "try!", "fatalError("]

    /// Adapters of the outside world, which the simulator replaces as a whole.
    static let realAdapters = ["DunlinConnect", "DunlinWeb", "DunlinTransport"]

    static func swiftFiles(under folder: String) throws -> [String] {
        let base = self.root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return names.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: try swiftFiles(under: "Sources") + swiftFiles(under: "Tests"))
    func `files are short`(path: String) throws {
        let lines = try self.text(path).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 600, "split it: one type or one concern a file")
    }

    @Test(arguments: try swiftFiles(under: "Sources"))
    func `sources keep the house rules`(path: String) throws {
        let code = try self.text(path).split(separator: "\n").filter {
            !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//")
        }.joined(separator: "\n")
        let target = path.split(separator: "/")[1]
        if Self.pureTargets.contains(String(target)) {
            for banned in Self.bannedInPure {
                #expect(!code.contains(banned), "pure targets may not use \(banned)")
            }
        }
        if target.hasPrefix("Dunlin") {
            for banned in Self.bannedInLibraries {
                #expect(!code.contains(banned), "libraries may not use \(banned)")
            }
        }
        if !Self.realAdapters.contains(String(target)), target.hasPrefix("Dunlin") {
            #expect(!code.contains("Task.sleep"), "it would escape the simulator")
        }
        for name in ["Manager", "Helper", "Util"] {
            #expect(
                !code.contains("struct \(name)") && !code.contains("class \(name)"),
                "name it for what it does")
        }
    }

    @Test(arguments: try swiftFiles(under: "Sources"))
    func `types that cross a target say what they are`(path: String) throws {
        let lines = try self.text(path).split(separator: "\n", omittingEmptySubsequences: false)
        let kinds = ["struct ", "final class ", "enum ", "actor ", "protocol "]
        for (number, line) in lines.enumerated()
        where kinds.contains(where: { line.hasPrefix("package \($0)") }) {
            var above = number - 1
            while above >= 0, lines[above].hasPrefix("@") { above -= 1 }
            let isDocumented = above >= 0 && lines[above].hasPrefix("///")
            let isEventPayload = path.hasSuffix("Events/AccountEvent.swift")
            #expect(isDocumented || isEventPayload, "line \(number + 1) needs a doc comment")
        }
    }

    @Test func `nothing but the known lies at the top`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
        let visible = names.filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }.sorted()
        #expect(visible == ["Package.swift", "README.md", "Sources", "Tests", "cluster", "proto"])
    }
}
