package import DunlinCore

/// A backlog as a file: our JSON events, one a line or all in one text, or a table (CSV) whose
/// headers are the events' fields, with dots for nesting (`payment_method.token`).
///
/// A table may leave out `type` (then it is `payment_failed`) and `event_id` (then one is made of
/// account, invoice and time, so that the same file can be imported again without harm).
package struct ImportFile: Sendable {
    /// Largest file, in bytes.
    package static let bytesMax = 256 << 20

    package enum Format: String, Sendable, CaseIterable {
        case json
        case jsonLines = "jsonl"
        case csv

        /// By the file's ending; `nil` for another.
        package init?(fileName: String) {
            let ending = fileName.split(separator: ".").last?.lowercased() ?? ""
            switch ending {
            case "json": self = .json
            case "jsonl", "ndjson": self = .jsonLines
            case "csv", "tsv": self = .csv
            default: return nil
            }
        }
    }

    /// One event of the file.
    package struct Entry: Sendable {
        /// Where it starts, counted from 1; the event's index from 1 in a JSON text.
        package var line: Int
        package var event: IntakeEvent

        package init(line: Int, event: IntakeEvent) {
            self.line = line
            self.event = event
        }
    }

    /// What is wrong, and where in the file.
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package var line: Int
        /// The field; empty when the whole line is meant.
        package var pointer: String
        package var detail: String

        package init(line: Int, pointer: String = "", detail: String) {
            self.line = line
            self.pointer = pointer
            self.detail = detail
        }

        package var description: String {
            self.pointer.isEmpty
                ? "line \(self.line): \(self.detail)"
                : "line \(self.line), \(self.pointer): \(self.detail)"
        }
    }

    package private(set) var entries: [Entry] = []
    package private(set) var problems: [Problem] = []
    package private(set) var warnings: [Problem] = []

    private let reader: EventJSON

    /// Reads a part of a file, with its lines as they are counted in the file.
    package init(
        _ part: ImportPart, format: Format, tenant: String, rules: EventRules = EventRules()
    ) {
        self.init(part.bytes, format: format, tenant: tenant, rules: rules)
        let before = part.linesBefore
        guard before > 0 else { return }
        for index in self.entries.indices { self.entries[index].line += before }
        for index in self.problems.indices { self.problems[index].line += before }
        for index in self.warnings.indices { self.warnings[index].line += before }
    }

    /// Reads all of `bytes`. What cannot be read is a problem, never an error: the rest is read.
    package init(
        _ bytes: [UInt8], format: Format, tenant: String, rules: EventRules = EventRules()
    ) {
        self.reader = EventJSON(tenant: tenant, rules: rules)
        switch format {
        case .json: self.readText(bytes)
        case .jsonLines: self.readLines(bytes)
        case .csv: self.readTable(bytes)
        }
    }

    private mutating func readText(_ bytes: [UInt8]) {
        do {
            let root = try JSONReader.read(bytes)
            let batch = try self.reader.read(root, eventsMax: .max)
            self.take(batch) { $0 + 1 }
        } catch let error as JSONSyntaxError {
            let line = bytes.prefix(error.offset).reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
            self.problems.append(Problem(line: line, detail: error.reason))
        } catch {
            self.problems.append(Problem(line: 1, detail: "\(error)"))
        }
    }

    private mutating func readLines(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            do {
                let batch = try self.reader.read(try JSONReader.read(line), eventsMax: .max)
                self.take(batch) { _ in index + 1 }
            } catch let error as JSONSyntaxError {
                self.problems.append(
                    Problem(line: index + 1, detail: error.reason))
            } catch {
                self.problems.append(Problem(line: index + 1, detail: "\(error)"))
            }
        }
    }

    private mutating func readTable(_ bytes: [UInt8]) {
        let rows: [CSVReader.Row]
        do {
            rows = try CSVReader.read(bytes)
        } catch {
            self.problems.append(Problem(line: error.line, detail: error.reason))
            return
        }
        guard let header = rows.first else { return }
        let columns = header.cells.map { ImportColumn(name: $0.trimmingSpaces()) }
        for row in rows.dropFirst() {
            guard row.cells.count <= columns.count else {
                self.problems.append(
                    Problem(
                        line: row.line, pointer: "",
                        detail: "the row has more cells than the header; quote cells with commas."))
                continue
            }
            let batch = self.reader.batch(of: ImportRow(columns: columns, cells: row.cells).json)
            self.take(batch) { _ in row.line }
        }
    }

    private mutating func take(_ batch: EventBatch, line: (Int) -> Int) {
        for (index, item) in batch.items.enumerated() {
            switch item.content {
            case .event(let event): self.entries.append(Entry(line: line(index), event: event))
            case .refused(let problems):
                self.problems += problems.map {
                    Problem(line: line($0.index), pointer: $0.pointer, detail: $0.detail)
                }
            }
        }
        guard self.warnings.count < EventLimits.problemsMax else { return }
        self.warnings += batch.warnings.map {
            Problem(line: line($0.index), pointer: $0.pointer, detail: $0.detail)
        }
    }
}

/// A column of a table: the field of the event that its cells say.
private struct ImportColumn {
    let name: String
    let path: [String]

    init(name: String) {
        self.name = name
        self.path = name.split(separator: ".", maxSplits: 2).map(String.init)
    }
}

/// One row of a table as the JSON event that it stands for.
private struct ImportRow {
    let columns: [ImportColumn]
    let cells: [String]

    var json: JSONValue {
        var members: [JSONValue.Member] = []
        members.reserveCapacity(self.columns.count + 2)
        var event = JSONValue.object(members)
        for (column, cell) in zip(self.columns, self.cells) {
            let text = cell.trimmingSpaces()
            guard !column.path.isEmpty, !text.isEmpty else { continue }
            event.set(column.path[...], to: Self.value(column.name, text))
        }
        if event["type"] == nil {
            event.set(["type"], to: .string(EventJSON.Kind.paymentFailed.rawValue))
        }
        if event["event_id"] == nil {
            event.set(["event_id"], to: .string(Self.eventID(of: event)))
        }
        return event
    }

    private static func value(_ name: String, _ text: String) -> JSONValue {
        switch name {
        case "amount_minor", "payment_method.expiry_month", "payment_method.expiry_year":
            if text.utf8.first != 0x30, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                return .number(text)
            }
            // What is no number stays text, and is refused as such.
            if let number = try? JSONReader.read(Array(text.utf8)), case .number = number {
                return number
            }
            return .string(text)
        case "approved", "payment_method.default", "payment_method.backup":
            switch text.lowercased() {
            case "true", "yes", "1": return true
            case "false", "no", "0": return false
            default: return .string(text)
            }
        case "earlier_attempts":
            return .array(
                text.split { $0 == ";" || $0 == " " || $0 == "," }.map { .string(String($0)) })
        default: return .string(text)
        }
    }

    /// The same for the same row, whenever it is imported.
    private static func eventID(of event: JSONValue) -> String {
        var hash = FNV1a64()
        for name in ["account_id", "type", "invoice_id", "subscription_id", "occurred_at"] {
            if case .string(let text)? = event[name] { hash.combine(text.utf8) }
            hash.combine(0)
        }
        return "import-\(hexadecimal(hash.value))"
    }
}

extension JSONValue {
    /// Sets the member at `path`, objects on the way made where they lack.
    fileprivate mutating func set(_ path: ArraySlice<String>, to value: JSONValue) {
        guard let name = path.first, case .object(var members) = self else {
            self = value
            return
        }
        // The members are held once only, so that they are changed in place.
        self = .null
        let rest = path.dropFirst()
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value.set(rest, to: value)
        } else if rest.isEmpty {
            members.append(Member(name: name, value: value))
        } else {
            var inner = JSONValue.object([])
            inner.set(rest, to: value)
            members.append(Member(name: name, value: inner))
        }
        self = .object(members)
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        // Mostly there are none at the ends: printable ASCII that is no space.
        guard let first = self.utf8.first, let last = self.utf8.last else { return self }
        if first > 0x20, first < 0x7F, last > 0x20, last < 0x7F { return self }
        var text = self[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}

extension ImportFile.Entry {
    /// Whether this is a payment that failed more than `ms` before `now`. News of customers and
    /// methods have no such age.
    package func failedLongerAgo(thanMs ms: Int64, at now: Timestamp) -> Bool {
        guard case .paymentFailed = self.event.facts.fact else { return false }
        return now.ms.decreased(by: self.event.facts.occurredAt.ms) > ms
    }
}
