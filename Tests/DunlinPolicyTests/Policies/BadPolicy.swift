import Testing

/// Policies that are wrong, each with exactly what is found in it.
struct BadPolicy: Sendable, CustomTestStringConvertible {
    /// What is wrong with it.
    let name: String
    let yaml: String
    /// `line:column severity field: message`, in the order of the file.
    let found: [String]

    init(_ name: String, _ yaml: String, finds found: [String]) {
        self.name = name
        self.yaml = yaml
        self.found = found
    }

    var testDescription: String { self.name }
}
