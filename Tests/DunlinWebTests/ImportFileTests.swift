import DunlinCore
import DunlinWeb
import Synchronization
import Testing

@Suite struct ImportFileTests {
    private func read(
        _ text: String, _ format: ImportFile.Format, rules: EventRules = EventRules()
    ) -> ImportFile {
        ImportFile(Array(text.utf8), format: format, tenant: "shop", rules: rules)
    }

    static let table = #"""
        \#u{FEFF}account_id,invoice_id,amount_minor,currency,occurred_at,decline_code,earlier_attempts,payment_method.token,payment_method.default,profile.email,profile.attributes.plan
        acct-1,in_1,4200,EUR,2026-01-01T00:00:00Z,insufficient_funds,2025-12-30T00:00:00Z;2025-12-31T00:00:00Z,pm_1,no,ann@example.com,"pro, ""yearly"""

        acct-2,in_2,42.0,EUR,2026-01-01T00:00:00Z,,,,,,
        acct-3,in_3,100,JPY,2025-11-01T00:00:00Z,"two
        lines",,,,,
        acct-4,in_4,100,USD,2025-12-31T12:00:00Z,expired_card,,,,,
        """#

    @Test func `A table becomes events, its problems name the line and field`() throws {
        let file = self.read(Self.table, .csv)
        #expect(file.entries.map(\.line) == [2, 7])
        #expect(file.problems.map(\.line) == [4, 5])
        #expect(file.problems.map(\.pointer) == ["/amount_minor", "/decline_code"])
        #expect(file.warnings.isEmpty)
        let event = try #require(file.entries.first?.event)
        #expect(event.key == EntityKey(tenant: "shop", key: "acct-1"))
        #expect(event.personal.map(\.address) == ["ann@example.com"])
        #expect(event.facts.method?.makeDefault == false)
        #expect(
            event.facts.profile?.attributes == [
                Profile.Attribute(name: "plan", value: "pro, \"yearly\"")
            ])
        guard case .paymentFailed(let failed) = event.facts.fact else {
            Issue.record("not a failed payment")
            return
        }
        #expect(failed.obligation.amountMinor == 4200)
        #expect(failed.earlierAttempts.count == 2)
    }

    @Test func `The made-up event id is the same at every import and differs between rows`() {
        let ids = { self.read(Self.table, .csv).entries.map(\.event.facts.eventID) }
        #expect(ids() == ids())
        #expect(Set(ids()).count == 2)
        #expect(ids().allSatisfy { $0.hasPrefix("import-") })
    }

    @Test(arguments: [(23, 0), (24, 1), (36, 2)] as [(Int64, Int)])
    func `Payments that failed long ago can be left out`(hours: Int64, left: Int) {
        let now = CivilTime(year: 2026, month: 1, day: 2).utc
        let entries = self.read(Self.table, .csv).entries.filter {
            !$0.failedLongerAgo(thanMs: hours * Milliseconds.hour, at: now)
        }
        #expect(entries.count == left)
    }

    @Test(arguments: [
        ("a;b\n1;2\n", [["a", "b"], ["1", "2"]]), ("a\tb\r\n1\t2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n\"x\ny\",\"\"\"q\"\"\"", [["a", "b"], ["x\ny", "\"q\""]]), ("", []),
        ("a,b\n,\n", [["a", "b"], ["", ""]]),
    ])
    func `Tables with other separators, quotes and line ends are split`(
        text: String, rows: [[String]]
    ) throws {
        #expect(try CSVReader.read(Array(text.utf8)).map(\.cells) == rows)
    }

    @Test(arguments: [("a\n\"x", 2), ("a\nb\n\"x\"y", 3), ("\"", 1)])
    func `A table with a broken quote is refused with its line`(text: String, line: Int) {
        let failure = #expect(throws: CSVReader.Failure.self) {
            try CSVReader.read(Array(text.utf8))
        }
        #expect(failure?.line == line)
        #expect(self.read(text, .csv).problems.map(\.line) == [line])
    }

    @Test func `A row with more cells than the header is a problem of its own`() {
        let file = self.read("account_id\nacct-1,7\n", .csv)
        #expect(file.entries.isEmpty)
        #expect(file.problems.map(\.line) == [2])
    }

    @Test func `JSON lines are read one by one, a broken line hinders no other`() {
        let file = self.read("\(contractEvent)\n\n{\n\(contractEvent)\r\n", .jsonLines)
        #expect(file.entries.map(\.line) == [1, 4])
        #expect(file.problems.map(\.line) == [3])
    }

    @Test func `One JSON text may hold more events than a request`() {
        let text = "[" + Array(repeating: contractEvent, count: 10_050).joined(separator: ",") + "]"
        let file = self.read(text, .json)
        #expect(file.entries.count == 10_050)
        #expect(file.problems.isEmpty)
        #expect(self.read("[\n1,\n]", .json).problems.map(\.line) == [3])
    }

    @Test func `The format is known by the file's ending`() {
        let found = ["a.json", "b.JSONL", "c.ndjson", "d.csv", "e.tsv", "f.txt", "csv.d/g"].map {
            ImportFile.Format(fileName: $0)
        }
        #expect(found == [.json, .jsonLines, .jsonLines, .csv, .csv, nil, nil])
    }

    @Test func `A forecast counts amounts, ages and what is too old`() throws {
        let events = self.read(Self.table.replacing("42.0", with: "50"), .csv).entries.map(\.event)
        #expect(events.count == 3)
        let now = try #require(Timestamp(iso8601: "2026-01-01T18:00:00Z"))
        let forecast = ImportForecast(events, now: now)
        #expect(
            forecast.json.compactText == """
                {"events":3,"accounts":3,"types":{"payment_failed":3},"amounts":[\
                {"currency":"EUR","count":2,"amount_minor":4250},\
                {"currency":"USD","count":1,"amount_minor":100}],\
                "ages":[{"from_days":0,"until_days":1,"count":2},\
                {"from_days":1,"until_days":7,"count":1},\
                {"from_days":7,"until_days":28,"count":0},\
                {"from_days":28,"until_days":90,"count":0},{"from_days":90,"count":0}],\
                "late":1,"beyond_budgets":0,"future":0}
                """)
    }

    @Test("a file that is read in parts is the file, line by line, however small the parts")
    func parts() throws {
        for (text, format) in [(Self.table, ImportFile.Format.csv), (Self.lines, .jsonLines)] {
            let whole = self.read(text, format)
            for partBytes in [1, 7, 64, 300, 100_000] {
                let source = TextSource(Array(text.utf8))
                var parts = ImportParts(
                    isTable: format == .csv, partBytes: partBytes, source: source.read)
                var (entries, problems) = ([ImportFile.Entry](), [ImportFile.Problem]())
                while let part = try parts.next() {
                    let file = ImportFile(part, format: format, tenant: "shop")
                    entries += file.entries
                    problems += file.problems
                }
                #expect(entries.map(\.line) == whole.entries.map(\.line))
                #expect(entries.map { "\($0.event)" } == whole.entries.map { "\($0.event)" })
                #expect(problems == whole.problems)
            }
        }
    }

    @Test("a quote that is never closed does not fill the memory")
    func endlessRow() throws {
        let source = TextSource([0x22] + Array(repeating: 0x0A, count: 1000))
        var parts = ImportParts(
            isTable: true, partBytes: 16, rowBytesMax: 64, source: source.read)
        #expect(throws: ImportParts.RowTooLong(line: 1)) { _ = try parts.next() }
    }

    private static let lines = #"""
        {"type":"profile_updated","event_id":"e1","account_id":"a1","occurred_at":"2026-01-01T00:00:00Z","profile":{"locale":"de"}}

        {"type":"profile_updated"}
        {"type":"profile_updated","event_id":"e2","account_id":"a2","occurred_at":"2026-01-01T00:00:00Z","profile":{"locale":"fr"}}
        """#
}

/// Gives a text in pieces.
private final class TextSource: Sendable {
    private let rest: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) {
        self.rest = Mutex(bytes)
    }

    func read(_ count: Int) -> [UInt8] {
        self.rest.withLock { rest in
            let piece = Array(rest.prefix(count))
            rest.removeFirst(piece.count)
            return piece
        }
    }
}
