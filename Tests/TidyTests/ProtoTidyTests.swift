import Foundation
import Testing

/// The schema keeps to the part of proto2 that libprotobuf-c handles safely: `optional` and
/// `repeated` fields of scalars, enums and messages, at most 64 a message, and nothing that refers
/// to itself.
@Suite("Schema")
struct ProtoTidyTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "proto/dunlin/v1")

    @Test("every .proto file keeps the rules")
    func files() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".proto") }.sorted()
        #expect(names.count >= 5)
        var schema = ProtoSchema()
        for name in names {
            let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            schema.read(text, file: name)
        }
        #expect(schema.findings() == [])
        #expect(schema.fieldCount > 100)
    }

    @Test(
        "what is banned is found",
        arguments: [
            ("message A { required int32 a = 1; }", "required"),
            ("message A { optional group B = 1 { } }", "group"),
            ("message A { extensions 100 to 199; }", "extensions"),
            ("message A { } extend A { optional int32 a = 100; }", "extend"),
            ("message A { optional int32 a = 1 [default = 4]; }", "default"),
            ("message A { oneof b { int32 c = 1; } }", "oneof"),
            ("message A { map<string, int32> b = 1; }", "map"),
            ("message A { int32 b = 1; }", "label"),
            ("message A { optional A b = 1; }", "recursion"),
            ("message A { repeated B b = 1; } message B { optional A a = 1; }", "recursion"),
            ("message A { optional int32 a = 1; optional int32 b = 1; }", "twice"),
            (
                "message A { \((1...65).map { "optional int32 f\($0) = \($0);" }.joined()) }",
                "over 64"
            ),
        ])
    func banned(_ body: String, _ word: String) {
        var schema = ProtoSchema()
        schema.read("syntax = \"proto2\"; package dunlin.v1; \(body)", file: "bad.proto")
        #expect(schema.findings().contains { $0.contains(word) }, "\(schema.findings())")
    }

    @Test("another syntax is found")
    func syntax() {
        var schema = ProtoSchema()
        schema.read("syntax = \"proto3\"; message A { }", file: "bad.proto")
        #expect(schema.findings().contains { $0.contains("proto2") })
    }
}

/// As much of a .proto file as the rules are about.
struct ProtoSchema {
    private struct Field {
        var type: String
        var number: String
    }

    private var messages: [String: [Field]] = [:]
    private var order: [String] = []
    private var found: [String] = []

    private static let banned: Set = [
        "required", "group", "extensions", "extend", "oneof", "map", "default",
    ]

    var fieldCount: Int { self.messages.values.reduce(0) { $0 + $1.count } }

    mutating func read(_ text: String, file: String) {
        let tokens = Self.tokens(text)
        if !Self.starts(tokens, with: ["syntax", "=", "\"proto2\"", ";"]) {
            self.found.append("\(file): it does not begin with syntax = \"proto2\"")
        }
        for token in tokens where Self.banned.contains(token) {
            self.found.append("\(file): \(token)")
        }
        var index = 0
        while index < tokens.count {
            if tokens[index] == "message", index + 2 < tokens.count, tokens[index + 2] == "{" {
                index = self.readMessage(tokens, at: index, file: file)
            } else {
                index += 1
            }
        }
    }

    /// Answers the index after the message.
    private mutating func readMessage(_ tokens: [String], at start: Int, file: String) -> Int {
        let name = tokens[start + 1]
        var fields: [Field] = []
        var statement: [String] = []
        var index = start + 3
        while index < tokens.count, tokens[index] != "}" {
            let opens = index + 2 < tokens.count && tokens[index + 2] == "{"
            if tokens[index] == "message", opens {
                self.found.append("\(file): \(name) holds a message of its own")
            }
            if tokens[index] == ";" || tokens[index] == "{" {
                if let field = self.field(statement, of: name, file: file) { fields.append(field) }
                statement = []
            } else {
                statement.append(tokens[index])
            }
            index += 1
        }
        self.messages[name] = fields
        self.order.append(name)
        return index + 1
    }

    private mutating func field(_ statement: [String], of name: String, file: String) -> Field? {
        guard let label = statement.first, label != "reserved" else { return nil }
        guard label == "optional" || label == "repeated" else {
            self.found.append("\(file): \(name) has a field without a label: \(label)")
            return nil
        }
        guard statement.count >= 5, statement[3] == "=" else { return nil }
        return Field(type: statement[1], number: statement[4])
    }

    func findings() -> [String] {
        var findings = self.found
        for name in self.order {
            let fields = self.messages[name] ?? []
            if fields.count > 64 { findings.append("\(name): over 64 fields") }
            if Set(fields.map(\.number)).count != fields.count {
                findings.append("\(name): a number twice")
            }
            if self.reaches(name, from: name, visited: []) {
                findings.append("\(name): recursion")
            }
        }
        return findings
    }

    private func reaches(_ target: String, from name: String, visited: Set<String>) -> Bool {
        for field in self.messages[name] ?? [] {
            let type = field.type.split(separator: ".").last.map(String.init) ?? field.type
            if type == target { return true }
            if self.messages[type] != nil, !visited.contains(type),
                self.reaches(target, from: type, visited: visited.union([type]))
            {
                return true
            }
        }
        return false
    }

    private static func starts(_ tokens: [String], with wanted: [String]) -> Bool {
        Array(tokens.prefix(wanted.count)) == wanted
    }

    /// Words, quoted texts and single marks; comments are left out.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        for line in text.split(separator: "\n") {
            let code = line.range(of: "//").map { line[..<$0.lowerBound] } ?? line
            var word = ""
            func flush() {
                if !word.isEmpty { tokens.append(word) }
                word = ""
            }
            for character in code {
                if character.isLetter || character.isNumber || "_.\"".contains(character) {
                    word.append(character)
                } else {
                    flush()
                    if !character.isWhitespace { tokens.append(String(character)) }
                }
            }
            flush()
        }
        return tokens
    }
}
