import Foundation
import Synchronization

/// An authority for trying TLS out, in a folder: `ca.pem`, `ca.key`, and NAME.pem with NAME.key for
/// each bearer. By way of the `openssl` program.
struct DevelopmentAuthority {
    struct Bearer {
        var name: String
        /// As the certificate's URI says it.
        var role: String
        /// Others connect to it.
        var isReached: Bool
    }

    let folder: String
    let cluster: String
    let hosts: [String]
    let days: Int

    /// Makes the folder and the authority where they are missing.
    func prepare() async throws {
        do {
            try FileManager.default.createDirectory(
                atPath: self.folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure("\(self.folder) cannot be made: \(error.localizedDescription)")
        }
        guard !self.exists("ca.pem") else {
            guard self.exists("ca.key") else {
                throw Failure("\(self.folder)/ca.key is missing: the authority cannot sign.")
            }
            return
        }
        try await self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "\(self.days)", "-subj", "/CN=\(self.cluster) development authority",
            "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key",
            "-out", "ca.pem",
        ])
        try self.close("ca.pem", "ca.key")
    }

    /// Answers false when it was there already.
    func issue(_ bearer: Bearer) async throws -> Bool {
        let name = bearer.name
        guard !self.exists("\(name).pem") else { return false }
        try await self.openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        try self.close("\(name).key")
        let uses = bearer.isReached ? "serverAuth,clientAuth" : "clientAuth"
        let extensions = """
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=\(uses)
            subjectAltName=\(self.names(of: bearer).joined(separator: ","))

            """
        try Data(extensions.utf8).write(to: URL(fileURLWithPath: self.path("\(name).ext")))
        // Under another name until it is whole: what is there is left as it is.
        try await self.openssl([
            "x509", "-req", "-days", "\(self.days)", "-in", "\(name).csr", "-CA", "ca.pem",
            "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "\(name).ext",
            "-out", "\(name).new",
        ])
        try self.close("\(name).new")
        try FileManager.default.moveItem(
            atPath: self.path("\(name).new"), toPath: self.path("\(name).pem"))
        for rest in ["csr", "ext"] {
            try FileManager.default.removeItem(atPath: self.path("\(name).\(rest)"))
        }
        return true
    }

    private func names(of bearer: Bearer) -> [String] {
        let uri = "URI:spiffe://\(self.cluster)/\(bearer.role)/\(bearer.name)"
        guard bearer.isReached else { return [uri] }
        let hosts = self.hosts.map { host in
            let isAddress =
                host.contains(":") || host.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
            return (isAddress ? "IP:" : "DNS:") + host
        }
        return [uri, "DNS:\(bearer.name)", "DNS:localhost", "IP:127.0.0.1"] + hosts
    }

    private func path(_ name: String) -> String { "\(self.folder)/\(name)" }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: self.path(name))
    }

    private func close(_ names: String...) throws {
        for name in names {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: self.path(name))
        }
    }

    private func openssl(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: self.folder)
        let said = Pipe()
        process.standardError = said
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw Failure("openssl cannot be started. Install it: apt-get install openssl")
        }
        let words = (try? said.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let last = String(decoding: words, as: UTF8.self).split(separator: "\n").last ?? ""
            throw Failure(
                process.terminationStatus == 127
                    ? "openssl is missing. Install it: apt-get install openssl"
                    : "openssl failed: \(last)")
        }
    }
}
