import DunlinTransport
import DunlinWire
import Foundation
import Testing

/// TLS with certificates that the test makes with `openssl`.
@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    /// An authority, a node's and a client's certificate of it, and a stranger's.
    final class Certificates: Sendable {
        let folder: String

        init() throws {
            self.folder = NSTemporaryDirectory() + "dunlin-tls-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: self.folder, withIntermediateDirectories: true)
            for authority in ["ca", "other-ca"] {
                try self.openssl(
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=\(authority)", "-keyout",
                    self.path("\(authority).key"), "-out", self.path("\(authority).pem"))
            }
            try self.issue("node", by: "ca", "DNS:localhost,IP:127.0.0.1")
            try self.issue("client", by: "ca", "URI:spiffe://test/client/cli")
            try self.issue("stranger", by: "other-ca", "DNS:localhost,IP:127.0.0.1")
        }

        deinit {
            try? FileManager.default.removeItem(atPath: self.folder)
        }

        func path(_ name: String) -> String { "\(self.folder)/\(name)" }

        private func issue(_ name: String, by authority: String, _ names: String) throws {
            try self.openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=\(name)", "-keyout", self.path("\(name).key"), "-out",
                self.path("\(name).csr"))
            let extensions = self.path("\(name).ext")
            try "subjectAltName=\(names)\n".write(
                toFile: extensions, atomically: true, encoding: .utf8)
            try self.openssl(
                "x509", "-req", "-days", "2", "-in", self.path("\(name).csr"), "-CA",
                self.path("\(authority).pem"), "-CAkey", self.path("\(authority).key"),
                "-CAcreateserial", "-extfile", extensions, "-out", self.path("\(name).pem"))
        }

        private func openssl(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments.first ?? "")")
        }

        func settings(
            _ name: String?, trusting authority: String = "ca", requiresClient: Bool = false
        ) -> TLSSettings {
            TLSSettings(
                certificatePath: name.map { self.path("\($0).pem") },
                keyPath: name.map { self.path("\($0).key") },
                trustRootsPath: self.path("\(authority).pem"),
                requiresClientCertificate: requiresClient)
        }
    }

    /// Answers with the caller's certified name.
    struct NameHandler: CallHandler {
        var apis: [Api] { [TestHandler.mirror] }

        func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] {
            Array((call.peer.certifiedName ?? "nobody").utf8)
        }

        func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {}
    }

    /// Listens with `node`'s settings and asks with `client`'s; answers the name that was seen.
    static func ask(_ node: TLSSettings, _ client: TLSSettings?) async throws -> String {
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: PeerAddress(host: "127.0.0.1", port: 0), tls: node,
                connection: .testNode),
            handler: NameHandler())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run() }
            defer { group.cancelAll() }
            var settings = ConnectionSettings.testClient
            settings.handshakeMs = 5000
            let connection = try await TCPConnector.connect(
                TCPConnector.Settings(
                    address: PeerAddress(host: "127.0.0.1", port: listener.port), tls: client,
                    connection: settings))
            defer { connection.close() }
            let answer = try await connection.call(TestHandler.mirror, [], CallOptions())
            return String(decoding: answer, as: UTF8.self)
        }
    }

    @Test("calls go over TLS, with and without a client's certificate")
    func good() async throws {
        let made = try Certificates()
        #expect(try await Self.ask(made.settings("node"), made.settings(nil)) == "nobody")
        let mutual = made.settings("node", requiresClient: true)
        let name = try await Self.ask(mutual, made.settings("client"))
        #expect(name == "spiffe://test/client/cli")
    }

    @Test("who cannot prove itself is refused, on either side")
    func refused() async throws {
        let made = try Certificates()
        let mutual = made.settings("node", requiresClient: true)
        // No certificate; one of an authority that is not trusted; no TLS at all.
        for client in [made.settings(nil), made.settings("stranger"), nil] {
            await #expect(throws: (any Error).self) { try await Self.ask(mutual, client) }
        }
        // A node of an authority that the client does not trust.
        await #expect(throws: (any Error).self) {
            try await Self.ask(made.settings("stranger"), made.settings(nil))
        }
    }

    @Test("settings that cannot work are refused before anything listens")
    func unusable() async throws {
        let made = try Certificates()
        let missing = TLSSettings(
            certificatePath: made.path("none.pem"), keyPath: made.path("node.key"))
        let mixed = TLSSettings(
            certificatePath: made.path("node.pem"), keyPath: made.path("client.key"))
        var rootless = made.settings("node", requiresClient: true)
        rootless.trustRootsPath = nil
        for settings in [missing, mixed, rootless, TLSSettings()] {
            let error = await #expect(throws: TransportError.self) {
                try await TCPListener.bind(
                    TCPListener.Settings(
                        address: PeerAddress(host: "127.0.0.1", port: 0), tls: settings,
                        connection: .testNode),
                    handler: NameHandler())
            }
            #expect(error?.code == .badCertificate)
        }
    }
}
