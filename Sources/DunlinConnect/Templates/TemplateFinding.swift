/// What is wrong with a template, where, and what to do.
package struct TemplateFinding: Sendable, Equatable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// The template is used all the same.
        case warning
        /// The file is not used: the bundled template of that name is used where there is one.
        case error
    }

    package var severity: Severity
    /// The file's name without its folder.
    package var file: String
    /// Counted from 1; 0 when it concerns the whole file.
    package var line: Int
    package var message: String

    package init(_ severity: Severity, file: String, line: Int, _ message: String) {
        self.severity = severity
        self.file = file
        self.line = line
        self.message = message
    }

    package var description: String {
        let place = self.line == 0 ? self.file : "\(self.file):\(self.line)"
        return "\(place): \(self.severity.rawValue): \(self.message)"
    }
}
