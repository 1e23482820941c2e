import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP/1 server on loopback that answers as a test says, and remembers what it was asked.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: String
        /// Path without query.
        var path: String
        var query: String
        var headers: HTTPHeaders
        var body: String

        /// `POST /v1/invoices/in_1/pay`
        var line: String { "\(self.method) \(self.path)" }
    }

    enum Reply: Sendable {
        case json(Int, String, headers: [(String, String)] = [])
        /// Reads the whole request, then closes without a word.
        case drop
        /// Reads the whole request and never answers.
        case silence
        /// Announces a longer body than it sends, then closes.
        case cut(Int, String)
        /// Announces a longer body than it sends, and keeps the connection open.
        case stuck(Int, String)
        /// Answers, and listens no more.
        case last(Int, String)
    }

    typealias Script = @Sendable (Request) -> Reply

    private let memory: Memory
    let port: Int

    /// In the order of their arrival.
    var requests: [Request] { self.memory.requests.withLock { $0 } }
    var lines: [String] { self.requests.map(\.line) }
    var base: String { "http://127.0.0.1:\(self.port)" }

    /// Runs `body` with a server that is gone afterwards.
    static func run<Answer>(
        _ script: @escaping Script, _ body: (ScriptedServer) async throws -> Answer
    ) async throws -> Answer {
        let memory = Memory()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(script: script, memory: memory))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(port: channel.localAddress?.port ?? 0, memory: memory)
        do {
            let answer = try await body(server)
            try? await channel.close()
            return answer
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private init(port: Int, memory: Memory) {
        self.port = port
        self.memory = memory
    }

    /// What was asked, shared by all connections.
    private final class Memory: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let script: Script
        private let memory: Memory
        private var head: HTTPRequestHead?
        private var body = ""

        init(script: @escaping Script, memory: Memory) {
            self.script = script
            self.memory = memory
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                self.body = ""
            case .body(let bytes): self.body += String(buffer: bytes)
            case .end: self.answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            guard let head = self.head else { return }
            let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
            let request = Request(
                method: head.method.rawValue, path: parts.first ?? "",
                query: parts.count > 1 ? parts[1] : "", headers: head.headers, body: self.body)
            self.memory.requests.withLock { $0.append(request) }
            switch self.script(request) {
            case .json(let status, let text, let headers):
                self.write(context, status, text, length: text.utf8.count, headers)
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            case .drop: context.close(promise: nil)
            case .silence: break
            case .cut(let status, let text):
                self.write(context, status, text, length: text.utf8.count + 100, [])
                context.flush()
                context.close(promise: nil)
            case .stuck(let status, let text):
                self.write(context, status, text, length: text.utf8.count + 100, [])
                context.flush()
            case .last(let status, let text):
                context.channel.parent?.close(promise: nil)
                self.write(
                    context, status, text, length: text.utf8.count, [("connection", "close")])
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
                context.close(promise: nil)
            }
        }

        private func write(
            _ context: ChannelHandlerContext, _ status: Int, _ text: String, length: Int,
            _ more: [(String, String)]
        ) {
            var headers = HTTPHeaders(more)
            headers.replaceOrAdd(name: "content-type", value: "application/json")
            headers.replaceOrAdd(name: "content-length", value: String(length))
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status),
                headers: headers)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
            context.write(
                self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
    }
}
