import DunlinCoordinator
import Foundation

/// An etcd of Debian's package `etcd-server`, with ports and a folder of its own.
final class EtcdServer {
    let endpoint: String
    private let process: Process
    private let input: Pipe
    private let folder: URL

    private static let program = "/usr/bin/etcd"

    private init(endpoint: String, process: Process, input: Pipe, folder: URL) {
        self.endpoint = endpoint
        self.process = process
        self.input = input
        self.folder = folder
    }

    /// Starts one, waits until it answers, and ends it after `body`.
    static func with<Result>(_ body: (EtcdServer) async throws -> Result) async throws -> Result {
        let server = try Self.start()
        do {
            try await server.waitUntilHealthy()
            let result = try await body(server)
            server.stop()
            return result
        } catch {
            server.stop()
            throw error
        }
    }

    private static func start() throws -> EtcdServer {
        guard FileManager.default.isExecutableFile(atPath: Self.program) else {
            throw EtcdProblem("\(Self.program) is missing. Run cluster/setup --tests.")
        }
        let folder = URL(fileURLWithPath: NSTemporaryDirectory())
            .appending(path: "dunlin-etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let client = "http://127.0.0.1:\(try freePort())"
        let peer = "http://127.0.0.1:\(try freePort())"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // It ends with whoever holds its input, so that none outlives a test that was killed.
        process.arguments = [
            "-c", "\"$0\" \"$@\" >log 2>&1 </dev/null & read -r end; kill -9 $!", Self.program,
            "--data-dir", "data", "--listen-client-urls", client, "--advertise-client-urls",
            client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", "default=\(peer)", "--logger", "zap",
        ]
        process.currentDirectoryURL = folder
        let input = Pipe()
        process.standardInput = input
        try process.run()
        return EtcdServer(endpoint: client, process: process, input: input, folder: folder)
    }

    private func waitUntilHealthy() async throws {
        let store = try EtcdCoordinatorStore(EtcdSettings(endpoints: [self.endpoint]))
        var isHealthy = false
        for _ in 0..<400 where !isHealthy {
            guard self.process.isRunning else { break }
            do {
                try await store.check()
                isHealthy = true
            } catch {
                usleep(25_000)
            }
        }
        await store.shutdown()
        if !isHealthy { throw EtcdProblem("etcd does not answer. \(self.log)") }
    }

    private var log: String {
        let text = try? String(contentsOf: self.folder.appending(path: "log"), encoding: .utf8)
        return String((text ?? "").suffix(500))
    }

    private func stop() {
        try? self.input.fileHandleForWriting.close()
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(at: self.folder)
    }
}

struct EtcdProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A port that nobody listened on a moment ago.
func freePort() throws -> UInt16 {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
    }
    guard bound else { throw EtcdProblem("no free port") }
    return UInt16(bigEndian: address.sin_port)
}
