import Foundation

/// One `dunlin dev` on loopback ports and a data folder of its own, which outlive its restarts.
final class DunlinProcess {
    /// HOST:PORT of the node's protocol.
    let node: String
    /// Base of the HTTP API.
    let http: String
    let data: String
    let scratch: Scratch
    private let arguments: [String]
    private var child: ChildProcess?

    /// `config` is a configuration file's path; without one the simulated tenant runs. `start` is
    /// where the manual clock starts, ISO 8601; `nil` runs on the wall clock.
    init(
        scratch: Scratch, name: String = "node", data: String? = nil, config: String? = nil,
        start: String? = "2026-01-01T00:00:00Z"
    ) throws {
        let (node, http) = (try LoopbackPorts.free(), try LoopbackPorts.free())
        self.node = "127.0.0.1:\(node)"
        self.http = "http://127.0.0.1:\(http)"
        self.data = data ?? scratch.file("\(name)-data")
        self.scratch = scratch
        var arguments = [
            "dev", "--data", self.data, "--listen", self.node, "--http", "127.0.0.1:\(http)",
        ]
        if let config { arguments += ["--config", config] }
        if let start { arguments += ["--clock", "manual", "--start", start] }
        self.arguments = arguments
    }

    var nodePort: Int { Int(self.node.split(separator: ":").last ?? "") ?? 0 }
    var log: String { self.child.map { $0.output + $0.errors } ?? "" }
    var pid: pid_t? { self.child?.pid }
    var isRunning: Bool { self.child?.isRunning ?? false }

    /// Runs it around `body`, which may kill and start it again, and ends it afterwards.
    ///
    /// `ready`: Says when it has started, where it does not answer `/healthz` in clear.
    func whileRunning<Result>(
        ready: (() async throws -> Bool)? = nil,
        _ body: (DunlinProcess) async throws -> Result
    ) async throws -> Result {
        do {
            try await self.start(ready: ready)
            let result = try await body(self)
            try await self.stop()
            return result
        } catch {
            try await self.child?.killHard()
            throw error
        }
    }

    /// Starts it and waits until it says that it is ready.
    func start(ready: (() async throws -> Bool)? = nil) async throws {
        let child = try ChildProcess(
            "dunlin", executable: BuildFolder.dunlin, arguments: self.arguments,
            scratch: self.scratch)
        self.child = child
        try await waitUntil("answer of /healthz (\(child.errorPath))", within: .seconds(60)) {
            guard child.isRunning else {
                throw DunlinEnded(code: try await child.exitCode(), log: self.log)
            }
            guard let ready else { return try await self.isReady() }
            return try await ready()
        }
        try await waitUntil("listener on \(self.node)") {
            (try? RawConnection(port: self.nodePort)) != nil
        }
    }

    /// Starts it where it is expected to refuse; answers how it ended.
    func startRefused(within limit: Duration = .seconds(30)) async throws -> CommandResult {
        let child = try ChildProcess(
            "refused", executable: BuildFolder.dunlin, arguments: self.arguments,
            scratch: self.scratch)
        do {
            let code = try await child.exitCode(within: limit)
            return CommandResult(code: code, output: child.output, errors: child.errors)
        } catch {
            try await child.killHard()
            throw error
        }
    }

    func isReady() async throws -> Bool {
        // Nothing listens for a moment after the start: that is no error yet.
        (try? await HTTPCall.get("\(self.http)/healthz"))?.status == 200
    }

    func killHard() async throws {
        try await self.child?.killHard()
    }

    /// `SIGTERM`: it is to drain and to end with 0.
    func stop() async throws {
        guard let child = self.child, child.isRunning else { return }
        let code = try await child.stop()
        guard code == 0 else { throw DunlinEnded(code: code, log: self.log) }
    }

    /// Waits until it ended by itself.
    func exitCode(within limit: Duration = .seconds(30)) async throws -> Int32? {
        try await self.child?.exitCode(within: limit)
    }

    // MARK: Its commands

    /// Runs a command that talks to this node.
    func command(_ words: String...) async throws -> CommandResult {
        try await run(
            BuildFolder.dunlin, words + ["--connect", self.node], scratch: self.scratch)
    }

    /// Runs a command that must succeed, with `--json`.
    func json(_ words: String...) async throws -> JSON {
        let result = try await run(
            BuildFolder.dunlin, words + ["--connect", self.node, "--json"], scratch: self.scratch)
        guard result.code == 0 else {
            throw CommandFailed(words: words, code: result.code, errors: result.errors)
        }
        return try JSON(parsing: result.output)
    }

    /// Moves the manual clock: `3d`, `90m`.
    func advance(_ span: String) async throws {
        _ = try await self.json("clock", "advance", span)
    }

    // MARK: Its API

    func get(_ path: String) async throws -> HTTPAnswer {
        try await HTTPCall.get(self.http + path)
    }

    /// Sends events and answers whatever came back.
    func send(_ events: String) async throws -> HTTPAnswer {
        try await HTTPCall.post("\(self.http)/v1/events", json: events)
    }

    func account(_ id: String) async throws -> JSON {
        try await self.get("/v1/accounts/\(id)").json
    }

    /// The entries of an account's timeline, oldest first.
    func timeline(_ id: String) async throws -> [JSON] {
        try await self.get("/v1/accounts/\(id)/timeline").json["entries"].array
    }

    /// `full`, `warned`, `limited`, `suspended`, `terminated`.
    func access(_ id: String) async throws -> String {
        try await self.get("/v1/accounts/\(id)/access").json["access"].string ?? ""
    }
}

/// A `dunlin` ended when it should not have, or not as it should have.
struct DunlinEnded: Error, CustomStringConvertible {
    let code: Int32
    let log: String

    var description: String { "dunlin ended with \(self.code): \(self.log.suffix(2000))" }
}

/// A command that was to succeed did not.
struct CommandFailed: Error, CustomStringConvertible {
    let words: [String]
    let code: Int32
    let errors: String

    var description: String {
        "dunlin \(self.words.joined(separator: " ")) ended with \(self.code): \(self.errors)"
    }
}
