import ArgumentParser
import DunlinTransport
import DunlinWire
import Foundation
import NIOCore
import NIOPosix

/// W5: one call after the other on one TCP connection, with so many open at once.
struct WireBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire",
        abstract: "Unary echo of a 150-byte command on one TCP connection: calls/s, p50, p99.",
        discussion: "Beside gRPC: cluster/wire/run.")

    @Option(parsing: .upToNextOption, help: "Calls that are open at once, one measurement each.")
    var windows: [Int] = [1, 16, 256]

    @Option(help: "Bytes of the command.")
    var bytes = 150

    @Option(help: "Calls that are measured for each window.")
    var calls = 200_000

    @Flag(help: "Print a line of JSON for each window.")
    var json = false

    func validate() throws {
        guard self.windows.allSatisfy({ (1...WireLimits.callsDefault).contains($0) }),
            (0...65_536).contains(self.bytes), self.calls > 0
        else {
            throw ValidationError(
                "--windows are 1 to \(WireLimits.callsDefault), --bytes 0 to 65536.")
        }
    }

    func run() async throws {
        let nodeGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: PeerAddress(host: "127.0.0.1", port: 0),
                connection: Self.settings(.node)),
            handler: MirrorHandler(), group: nodeGroup)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run() }
            let connection = try await TCPConnector.connect(
                TCPConnector.Settings(
                    address: PeerAddress(host: "127.0.0.1", port: listener.port),
                    connection: Self.settings(.client)),
                group: clientGroup)
            _ = try await self.measure(connection, window: 16, calls: 20_000)
            for window in self.windows {
                // A window of one takes its time; a tenth of the calls says as much.
                let calls = window == 1 ? max(1, self.calls / 10) : self.calls
                let measured = try await self.measure(connection, window: window, calls: calls)
                if self.json {
                    print(String(decoding: try JSONEncoder().encode(measured), as: UTF8.self))
                } else {
                    print("window \(window): \(measured)")
                }
            }
            connection.close()
            group.cancelAll()
        }
        try await nodeGroup.shutdownGracefully()
        try await clientGroup.shutdownGracefully()
    }

    private func measure(
        _ connection: PeerConnection, window: Int, calls: Int
    ) async throws -> Figures {
        let command = [UInt8](repeating: 0xA5, count: self.bytes)
        let share = max(1, calls / window)
        let clock = ContinuousClock()
        let start = clock.now
        let latencies = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<window {
                group.addTask {
                    var taken: [Int64] = []
                    taken.reserveCapacity(share)
                    for _ in 0..<share {
                        let sent = clock.now
                        _ = try await connection.call(MirrorHandler.mirror, command, CallOptions())
                        taken.append((clock.now - sent).nanoseconds)
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Figures(
            latencies.sorted(), window: window, over: (clock.now - start).nanoseconds)
    }

    private static func settings(_ role: PeerHello.Role) -> ConnectionSettings {
        ConnectionSettings(
            hello: PeerHello(role: role, software: "dunlin-bench"), known: [MirrorHandler.mirror])
    }

    private struct Figures: CustomStringConvertible, Encodable {
        let window: Int
        let callsPerSecond: Int64
        let p50Ns: Int64
        let p99Ns: Int64

        /// `latencies`: Sorted, nanoseconds.
        init(_ latencies: [Int64], window: Int, over elapsedNs: Int64) {
            self.window = window
            let count = Int64(latencies.count)
            self.callsPerSecond = elapsedNs == 0 ? 0 : count * 1_000_000_000 / elapsedNs
            self.p50Ns = latencies[latencies.count / 2]
            self.p99Ns = latencies[latencies.count * 99 / 100]
        }

        var description: String {
            "\(self.callsPerSecond) calls/s, p50 \(self.p50Ns / 1000) µs, "
                + "p99 \(self.p99Ns / 1000) µs"
        }
    }
}

/// The reply is the request; everything between is the wire.
private struct MirrorHandler: CallHandler {
    static let mirror = Api(key: 200, name: "mirror", request: "Bytes", reply: "Bytes")

    var apis: [Api] { [Self.mirror] }

    func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] { call.body }

    func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {
        throw CallError(.unimplemented, "Nothing streams here.")
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
