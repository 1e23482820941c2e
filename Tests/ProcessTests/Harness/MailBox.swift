import Foundation

/// A real SMTP server and what it was given.
struct MailBox {
    let port: Int
    private let folder: String

    static func with<Result>(
        scratch: Scratch, _ body: (MailBox) async throws -> Result
    ) async throws -> Result {
        let folder = scratch.file("mail")
        return try await PythonServer.with("smtp_sink.py", ["--out", folder], scratch: scratch) {
            try await body(MailBox(port: $0.port, folder: folder))
        }
    }

    /// What arrived so far, oldest first, as smtp_sink.py writes it: `from`, `to`, `headers`,
    /// `text`, `html`, `defects`, ….
    func messages() throws -> [JSON] {
        try contents(ofFile: "\(self.folder)/envelopes.jsonl").split(separator: "\n")
            .map { try JSON(parsing: String($0)) }
    }

    func messages(to address: String) throws -> [JSON] {
        try self.messages().filter { $0["to"].array.contains(.string(address)) }
    }
}
