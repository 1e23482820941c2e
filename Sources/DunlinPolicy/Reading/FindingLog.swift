import Yams

/// Where something stands in a file, counted from 1.
struct Position {
    var line: Int
    var column: Int

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension Node {
    var position: Position? { self.mark.map(Position.init) }
}

/// Everything found in one file so far, and where each field of it stands.
///
/// A class because many readers of one file write to it; it never leaves the call that reads.
final class FindingLog {
    let file: String
    private(set) var findings: [Finding] = []
    private var marks: [String: Position] = [:]

    /// Most findings of one file; a file that is wrong everywhere says so once more and ends.
    static let findingsMax = 200

    init(file: String) {
        self.file = file
    }

    var errorCount: Int { self.findings.count { $0.severity == .error } }

    /// Remembers where a field stands, for findings that are made after reading.
    func place(_ field: String, at mark: Position?) {
        self.marks[field] = mark
    }

    /// `field`: A path; where it was never written, its nearest parent gives the position.
    /// `at`: The position, where it is not the field's own.
    func error(_ field: String, at mark: Position? = nil, _ message: String, remedy: String) {
        self.add(.error, field, at: mark, message, remedy: remedy)
    }

    func warning(_ field: String, at mark: Position? = nil, _ message: String, remedy: String) {
        self.add(.warning, field, at: mark, message, remedy: remedy)
    }

    private func add(
        _ severity: Finding.Severity, _ field: String, at mark: Position?, _ message: String,
        remedy: String
    ) {
        guard self.findings.count < Self.findingsMax else { return }
        let found = mark ?? self.mark(of: field)
        self.findings.append(
            Finding(
                severity: severity, file: self.file, line: found?.line ?? 1,
                column: found?.column ?? 1, field: field, message: message, remedy: remedy))
    }

    private func mark(of field: String) -> Position? {
        var path = Substring(field)
        while true {
            if let mark = self.marks[String(path)] { return mark }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else {
                return self.marks[""]
            }
            path = path[..<cut]
        }
    }

    /// In the order of the file.
    var ordered: [Finding] {
        self.findings.enumerated()
            .sorted {
                ($0.element.line, $0.element.column, $0.offset)
                    < ($1.element.line, $1.element.column, $1.offset)
            }
            .map(\.element)
    }
}
