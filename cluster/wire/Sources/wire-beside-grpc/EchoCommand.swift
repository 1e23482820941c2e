import ArgumentParser
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOPosix

/// gRPC's half, built as `dunlin-bench wire` is: a server and a client in one process with an event
/// loop each, one connection, so many tasks that each call one after the other.
///
/// The messages are bytes as they are: neither side pays for a codec. HTTP/2 lets as many streams
/// be open as the largest window wants, so that no call waits for a stream. The loops end with the
/// process: a stream may still be about to say that it is closed.
struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "gRPC alone; a line of JSON for each window.")

    @OptionGroup var options: EchoOptions

    private static let method = MethodDescriptor(
        fullyQualifiedService: "dunlin.bench.Mirror", method: "Echo")

    func run() async throws {
        let serverLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let clientLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = GRPCServer(
            transport: HTTP2ServerTransport.Posix(
                address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
                config: .defaults { $0.http2.maxConcurrentStreams = 4096 },
                eventLoopGroup: serverLoops),
            services: [Mirror(method: Self.method)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            guard let port = try await server.listeningAddress?.ipv4?.port else {
                throw ValidationError("The server has no port.")
            }
            let client = GRPCClient(
                transport: try .http2NIOPosix(
                    target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext,
                    eventLoopGroup: clientLoops))
            group.addTask { try await client.runConnections() }
            _ = try await self.measure(client, window: 16, calls: min(20_000, self.options.calls))
            for window in self.options.windows {
                let calls = window == 1 ? max(1, self.options.calls / 10) : self.options.calls
                let figures = try await self.measure(client, window: window, calls: calls)
                print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
            }
            client.beginGracefulShutdown()
            server.beginGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func measure(
        _ client: GRPCClient<HTTP2ClientTransport.Posix>, window: Int, calls: Int
    ) async throws -> Figures {
        let command = [UInt8](repeating: 0xA5, count: self.options.bytes)
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
                        let reply = try await client.unary(
                            request: ClientRequest(message: command), descriptor: Self.method,
                            serializer: PlainBytes(), deserializer: PlainBytes(),
                            options: .defaults
                        ) { try $0.message }
                        guard reply.count == command.count else {
                            throw ValidationError("The echo is not what was sent.")
                        }
                        taken.append((clock.now - sent).nanoseconds)
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Figures(
            window: window, latencies: latencies, over: (clock.now - start).nanoseconds)
    }
}

/// The reply is the request.
private struct Mirror: RegistrableRPCService {
    let method: MethodDescriptor

    func registerMethods(with router: inout RPCRouter<some ServerTransport>) {
        router.registerHandler(
            forMethod: self.method, deserializer: PlainBytes(), serializer: PlainBytes()
        ) { request, _ in
            let single = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: single.message))
        }
    }
}

/// A message that is its own encoding.
private struct PlainBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes {
        Bytes(message)
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { [UInt8]($0) }
    }
}
