import DunlinPorts

/// What ends a command with exit code 1, as a sentence for stderr.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ error: NodeError, at endpoints: Endpoints) {
        self.init("\(error.message) (node \(endpoints), \(error.code))")
    }
}
