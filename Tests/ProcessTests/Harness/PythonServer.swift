import Foundation

/// One of the programs in Tests/Servers, on a port of its choice.
final class PythonServer {
    let port: Int
    let child: ChildProcess

    var base: String { "http://127.0.0.1:\(self.port)" }

    private init(port: Int, child: ChildProcess) {
        self.port = port
        self.child = child
    }

    /// Starts it, waits until it listens, and ends it after `body`.
    static func with<Result>(
        _ file: String, _ arguments: [String] = [], scratch: Scratch,
        _ body: (PythonServer) async throws -> Result
    ) async throws -> Result {
        let name = file.replacingOccurrences(of: ".py", with: "")
        let child = try ChildProcess(
            name, executable: BuildFolder.python,
            arguments: [BuildFolder.server(file), "--port", "0", "--until-stdin-closes"]
                + arguments, scratch: scratch, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        do {
            let port = try await eventually("port of \(name) (\(child.errorPath))") { () -> Int? in
                guard child.isRunning else { throw ServerEnded(name: name, errors: child.errors) }
                let lines = child.output.split(separator: "\n")
                return lines.first.flatMap { Int($0.dropFirst("listening on ".count)) }
            }
            let result = try await body(PythonServer(port: port, child: child))
            try await child.killHard()
            return result
        } catch {
            try await child.killHard()
            throw error
        }
    }

    /// Calls the server's own `/_control/NAME`; a body makes it a POST.
    func control(_ name: String, _ json: String? = nil) async throws -> JSON {
        let url = "\(self.base)/_control/\(name)"
        let answer =
            if let json {
                try await HTTPCall.post(url, json: json)
            } else {
                try await HTTPCall.get(url)
            }
        guard answer.status == 200 else {
            throw ServerRefused(description: "\(name): \(answer.status) \(answer.body)")
        }
        return answer.json
    }
}

/// A server of the tests ended by itself.
struct ServerEnded: Error, CustomStringConvertible {
    let name: String
    let errors: String

    var description: String {
        "\(self.name) ended; run cluster/setup --tests. It said: \(self.errors.suffix(500))"
    }
}

/// A server of the tests did not do what it was asked.
struct ServerRefused: Error, CustomStringConvertible {
    let description: String
}
