/// One thing that is wrong, or looks wrong, in a file that a person wrote.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// The file is refused.
        case error
        /// The file is taken; somebody should look.
        case warning
    }

    package var severity: Severity
    /// The file's name as the caller gave it.
    package var file: String
    /// Counted from 1; 1 also where the whole file is meant.
    package var line: Int
    /// Counted from 1, in Unicode scalars.
    package var column: Int
    /// The field's path: `policies.standard.access.steps[1].after`. Empty for the whole file.
    package var field: String
    /// What was wrong, as one clause without a full stop.
    package var message: String
    /// What to do about it, as one sentence without a full stop.
    package var remedy: String

    package init(
        severity: Severity, file: String, line: Int, column: Int, field: String, message: String,
        remedy: String
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.field = field
        self.message = message
        self.remedy = remedy
    }

    /// `policy.yaml:12:7: error: policies.standard.retries.tries: …. …`, as compilers write it.
    package var description: String {
        let place = "\(self.file):\(self.line):\(self.column): \(self.severity.rawValue): "
        let field = self.field.isEmpty ? "" : "\(self.field): "
        return "\(place)\(field)\(self.message). \(self.remedy)."
    }
}

/// A file, or a set of files, was refused. It holds everything that was found, not only the first.
package struct PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one of severity ``Finding/Severity/error``; warnings may be among them.
    package var findings: [Finding]

    package init(findings: [Finding]) {
        self.findings = findings
    }

    /// One line for each finding.
    package var description: String {
        self.findings.map(\.description).joined(separator: "\n")
    }
}
