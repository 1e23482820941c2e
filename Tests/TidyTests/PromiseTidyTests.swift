import Foundation
import Testing

/// The page that says which test shows what is promised names tests that are there.
@Suite struct PromiseTidyTests {
    static let page = "Sources/dunlin/dunlin.docc/WhatIsPromised.md"

    /// A row of the page's tables.
    struct Row: Sendable, CustomTestStringConvertible {
        var promise: String
        var tests: String

        var testDescription: String { self.promise }
    }

    static func rows() throws -> [Row] {
        let text = try String(
            contentsOf: SourceTidyTests.root.appending(path: Self.page), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count > 1, line.hasPrefix("|"), !cells[0].hasPrefix("---"),
                cells[1] != "test"
            else { return nil }
            return Row(promise: cells[0], tests: cells[1])
        }
    }

    /// Whatever is written in tests, in one text.
    static let written: String = {
        let files = (try? SourceTidyTests.swiftFiles(under: "Tests")) ?? []
        return files.compactMap {
            try? String(contentsOf: SourceTidyTests.root.appending(path: $0), encoding: .utf8)
        }.joined(separator: "\n")
    }()

    @Test(arguments: try rows())
    func `each promise names a test that is there`(row: Row) {
        var isNamed = false
        for part in row.tests.split(separator: ";") {
            let words = part.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            for match in words[0].matches(of: /\b\w+Tests\b/) where match.output != "ProcessTests" {
                isNamed = true
                #expect(
                    Self.written.contains("struct \(match.output)")
                        || Self.written.contains("enum \(match.output)"),
                    "there is no suite of that name")
            }
            guard words.count > 1, words[0].hasSuffix("Tests") else { continue }
            #expect(Self.written.contains(words[1]), "\(words[0]) has no test of that name")
        }
        #expect(isNamed || row.tests.contains("`dunlin"), "no test is named")
    }

    @Test func `the page has its tables`() throws {
        #expect(try Self.rows().count > 60)
    }
}
