import Foundation
import Testing

/// A real SMTP server for one test: Tests/Servers/smtp_sink.py on a free port of the loopback
/// address. It ends with the test, and with the test's process at the latest.
final class SMTPSink {
    let port: UInt16
    let folder: URL
    private let process: Process
    private let input: Pipe

    /// `DUNLIN_TEST_PYTHON` names a Python that has aiosmtpd; without it the test fails.
    init(_ options: [String] = []) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dunlin-smtp-\(UUID().uuidString)")
        let python = ProcessInfo.processInfo.environment["DUNLIN_TEST_PYTHON"] ?? "python3"
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Servers/smtp_sink.py").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [python, "-B", script, "--port", "0", "--out", folder.path, "--until-stdin-closes"]
            + options
        let output = Pipe()
        let input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else {
                throw SinkDidNotStart()
            }
            line += bytes
        }
        let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0.isNewline }
        self.port = try #require(words.last.flatMap { UInt16($0) })
        self.folder = folder
        self.process = process
        self.input = input
    }

    deinit {
        try? self.input.fileHandleForWriting.close()
        self.process.terminate()
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// The messages that were accepted, in order: a message is listed before its sender is told.
    func received() throws -> [Received] {
        let file = self.folder.appendingPathComponent("envelopes.jsonl")
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.map { try JSONDecoder().decode(Received.self, from: Data($0.utf8)) }
    }

    func bytes(_ received: Received) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: self.folder.appendingPathComponent(received.file)))
    }

    /// What smtp_sink.py says about one message, as Python's parser read it.
    struct Received: Decodable {
        var number: Int
        var file: String
        var from: String
        var to: [String]
        var tls: Bool
        var user: String?
        var connection: Int
        var headers: [String: String]
        var text: String?
        var html: String?
        var defects: [String]
    }

    struct SinkDidNotStart: Error, CustomStringConvertible {
        let description =
            "smtp_sink.py did not start (see its message above): run cluster/setup --tests and set"
            + " DUNLIN_TEST_PYTHON to .build-servers/venv/bin/python"
    }
}

/// A certificate for 127.0.0.1 and localhost, signed by itself, made by openssl for one test.
final class TestCertificate {
    let certificate: String
    let key: String
    private let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dunlin-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        self.certificate = self.folder.appendingPathComponent("certificate.pem").path
        self.key = self.folder.appendingPathComponent("key.pem").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", self.key, "-out",
            self.certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl made no certificate")
    }

    deinit {
        try? FileManager.default.removeItem(at: self.folder)
    }
}
