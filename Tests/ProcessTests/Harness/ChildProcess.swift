import Foundation

/// A program that a test started: its output goes into files, and it is ended by its own pid.
///
/// Not safe for concurrent use; a test drives its processes one step at a time.
final class ChildProcess {
    let name: String
    let outputPath: String
    let errorPath: String
    private let process: Process
    /// Kept open: servers of the tests end when it closes, however this process ends.
    private let input: Pipe

    var pid: pid_t { self.process.processIdentifier }
    var isRunning: Bool { self.process.isRunning }
    var output: String { contents(ofFile: self.outputPath) }
    var errors: String { contents(ofFile: self.errorPath) }

    /// Starts `executable`; its output is added to `NAME.out` and `NAME.err` in the scratch folder.
    init(
        _ name: String, executable: String, arguments: [String], scratch: Scratch,
        environment: [String: String] = [:]
    ) throws {
        self.name = name
        self.outputPath = scratch.file("\(name).out")
        self.errorPath = scratch.file("\(name).err")
        self.input = Pipe()
        self.process = Process()
        self.process.executableURL = URL(fileURLWithPath: executable)
        self.process.arguments = arguments
        self.process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { _, new in new }
        self.process.standardInput = self.input
        let output = try Self.append(to: self.outputPath)
        let errors = try Self.append(to: self.errorPath)
        self.process.standardOutput = output
        self.process.standardError = errors
        try self.process.run()
        // The child has its own: a test that starts hundreds keeps none of theirs open.
        try output.close()
        try errors.close()
        try self.input.fileHandleForReading.close()
    }

    private static func append(to path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        return handle
    }

    /// Sends a signal to this process alone.
    func signal(_ number: Int32) {
        if self.process.isRunning { kill(self.pid, number) }
    }

    /// Waits for the end and answers the exit code; a signal that ended it is answered negative.
    func exitCode(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await waitUntil("end of \(self.name)", within: limit, poll: .milliseconds(10)) {
            !self.process.isRunning
        }
        try? self.input.fileHandleForWriting.close()
        let status = self.process.terminationStatus
        return self.process.terminationReason == .uncaughtSignal ? -status : status
    }

    /// What ends servers that live as long as somebody holds their input.
    func closeInput() { try? self.input.fileHandleForWriting.close() }

    /// Ends it as `kill -9` does, and waits until it is gone.
    func killHard() async throws {
        self.signal(SIGKILL)
        _ = try await self.exitCode()
    }

    /// Asks it to end; ends it the hard way when it does not listen.
    func stop(within limit: Duration = .seconds(20)) async throws -> Int32 {
        self.signal(SIGTERM)
        do {
            return try await self.exitCode(within: limit)
        } catch let late as DeadlinePassed {
            try await self.killHard()
            throw late
        }
    }
}

/// What a program said and how it ended.
struct CommandResult {
    let code: Int32
    let output: String
    let errors: String
}

/// Runs a program to its end.
func run(
    _ executable: String, _ arguments: [String], scratch: Scratch,
    within limit: Duration = .seconds(60)
) async throws -> CommandResult {
    let name = "command-\(UInt32.random(in: 0...UInt32.max))"
    let child = try ChildProcess(
        name, executable: executable, arguments: arguments, scratch: scratch)
    do {
        let code = try await child.exitCode(within: limit)
        return CommandResult(code: code, output: child.output, errors: child.errors)
    } catch {
        try await child.killHard()
        throw error
    }
}
