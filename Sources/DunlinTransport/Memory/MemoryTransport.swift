package import DunlinWire
import Logging
package import NIOCore
import Synchronization

/// Connections inside one process, over the same code as TCP: for tests and for the simulator.
package final class MemoryTransport: Sendable {
    private let handler: any CallHandler
    private let settings: ConnectionSettings
    private let group: any EventLoopGroup
    private let chunkBytes: Int
    private let accepted: AsyncStream<PeerConnection>
    private let continuation: AsyncStream<PeerConnection>.Continuation
    private let open = Mutex<[PeerConnection]>([])
    package let counters = TransportCounters()

    /// `chunkBytes`: Longest piece in which bytes arrive; small ones cut every frame.
    package init(
        settings: ConnectionSettings, handler: any CallHandler, group: any EventLoopGroup,
        chunkBytes: Int = 16_384
    ) {
        self.handler = handler
        self.settings = settings
        self.group = group
        self.chunkBytes = chunkBytes
        (self.accepted, self.continuation) = AsyncStream.makeStream()
    }

    /// Answers calls until drained or cancelled.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await connection in self.accepted {
                    group.addTask {
                        await connection.serve(self.handler)
                        await connection.ended()
                        self.open.withLock { $0.removeAll { $0 === connection } }
                    }
                }
                if Task.isCancelled { group.cancelAll() }
            }
        } onCancel: {
            self.continuation.finish()
            for connection in self.all { connection.close() }
        }
    }

    package func drain() {
        self.continuation.finish()
        for connection in self.all { connection.drain() }
    }

    /// Connects and agrees.
    package func connect(
        _ settings: ConnectionSettings
    ) async throws(CallError) -> PeerConnection {
        let client = PeerConnection(
            loop: self.group.next(), side: .opener, settings: settings, apis: [],
            counters: TransportCounters(), logger: Logger(label: "dunlin.memory"))
        let (near, far) = self.pair(client.loop)
        // The far end listens before the near end speaks.
        self.accept(far)
        Self.attach(client, to: near)
        _ = try await client.agreed()
        return client
    }

    func pair(_ loop: any EventLoop) -> (near: MemoryEnd, far: MemoryEnd) {
        MemoryEnd.makePair(loops: (loop, self.group.next()), chunkBytes: self.chunkBytes)
    }

    func accept(_ end: MemoryEnd) {
        let server = PeerConnection(
            loop: end.loop, side: .acceptor, settings: self.settings, apis: self.handler.apis,
            counters: self.counters, logger: Logger(label: "dunlin.memory"))
        self.open.withLock { $0.append(server) }
        self.continuation.yield(server)
        Self.attach(server, to: end)
    }

    private static func attach(_ connection: PeerConnection, to end: MemoryEnd) {
        end.loop.execute {
            end.attach(
                onBytes: { bytes in bytes.withUnsafeBytes { connection.received($0) } },
                onWritable: { connection.writabilityChanged() },
                onClosed: { connection.linkClosed("The connection was lost.") })
            connection.attached(end)
            connection.opened(certifiedName: nil)
        }
    }

    private var all: [PeerConnection] { self.open.withLock { $0 } }
}
