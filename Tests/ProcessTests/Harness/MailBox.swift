import Foundation

/// A real SMTP server and what it was given.
struct MailBox {
    let port: Int
    private let folder: String
    private let scratch: Scratch

    static func with<Result>(
        scratch: Scratch, _ body: (MailBox) async throws -> Result
    ) async throws -> Result {
        let folder = scratch.file("mail")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try await PythonServer.with("smtp_sink.py", ["--out", folder], scratch: scratch) {
            try await body(MailBox(port: $0.port, folder: folder, scratch: scratch))
        }
    }

    /// What arrived so far, oldest first: `from`, `to`, `subject`, `text`, `html`, `headers`.
    func messages() async throws -> [JSON] {
        let read = try await run(
            BuildFolder.python, [BuildFolder.server("read_mail.py"), self.folder],
            scratch: self.scratch)
        guard read.code == 0 else { throw ServerRefused(description: read.errors) }
        return try JSON(parsing: read.output).array
    }

    func messages(to address: String) async throws -> [JSON] {
        try await self.messages().filter { $0["to"].string?.contains(address) == true }
    }
}
