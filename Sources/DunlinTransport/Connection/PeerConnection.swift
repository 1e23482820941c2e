package import DunlinWire
package import Logging
package import NIOCore
import Synchronization

/// One connection to a peer, whatever carries its bytes: calls go out and come in over it.
///
/// A shell around the machines of DunlinWire. It takes bytes and calls, asks the machines, and does
/// what they say; it decides nothing itself.
///
/// Threads: every stored `var` is used only on ``loop`` (each entry point checks it or goes there
/// through ``submit(_:)``); what other threads touch is a `let` that is `Sendable` by itself. That
/// is why `@unchecked Sendable` holds.
package final class PeerConnection: @unchecked Sendable {
    /// A piece of work for the loop.
    typealias Job = @Sendable () -> Void

    struct Inbox {
        var jobs: [Job] = []
        var isScheduled = false
        var nextStream: UInt64
    }

    /// Where the connection stands.
    enum Phase {
        case connecting
        /// Exactly then ``talking`` is set.
        case agreed
        case closed(CallError)
    }

    /// The machines of a connection that is agreed on. They are changed in place: a copy would
    /// share their collections and have every change copy them.
    struct Talking {
        var agreement: Agreement
        var client: ClientCalls
        var server: ServerCalls
        var queue: SendQueue
        var window: ReceiveWindow
        var keepAlive: KeepAlive
        var isDraining = false

        var hasOpenCalls: Bool { self.client.hasOpenCalls || self.server.hasOpenCalls }
        var isBackedUp: Bool { self.queue.backlogBytes > WireLimits.backlogBytesMax }
        var hasUnreadAnswers: Bool { self.isBackedUp && self.server.highestStream > 0 }
        var isDrained: Bool { self.isDraining && self.queue.isEmpty && !self.hasOpenCalls }
    }

    package let loop: any EventLoop
    let side: Handshake.Side
    let settings: ConnectionSettings
    let apis: [Api]
    let counters: TransportCounters
    let logger: Logger
    let executor: LoopExecutor
    let inbox: Mutex<Inbox>
    let tasks = HandlerTasks()
    let inbound: AsyncStream<[InboundCall]>
    let inboundContinuation: AsyncStream<[InboundCall]>.Continuation
    /// Set once, when the connection has ended.
    private let hasEnded = Atomic(false)

    /// The connection has ended, whichever side did it. From any thread.
    package var isOver: Bool { self.hasEnded.load(ordering: .acquiring) }

    var phase = Phase.connecting
    var talking: Talking?
    var link: (any ByteLink)?
    var decoder = FrameDecoder()
    var handshake: Handshake
    var handshakeTimeout: Scheduled<Void>?
    var ticker: Scheduled<Void>?
    var tickIsFast = false
    var certifiedName: String?
    var waitingForAgreement: [CheckedContinuation<Result<Agreement, CallError>, Never>] = []
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    var replies: [UInt64: CheckedContinuation<Result<[UInt8], CallError>, Never>] = [:]
    var itemQueues: [UInt64: ItemQueue] = [:]
    var itemsWaiting: [UInt64: WaitingItem] = [:]
    /// Requests of the chunk that is being read, handed over together.
    var arrived: [InboundCall] = []

    /// `handler`'s APIs are what the peer is told; ``serve(_:)`` answers them.
    package init(
        loop: any EventLoop, side: Handshake.Side, settings: ConnectionSettings, apis: [Api],
        counters: TransportCounters, logger: Logger
    ) {
        self.loop = loop
        self.side = side
        self.settings = settings
        self.apis = Api.standard + apis
        self.counters = counters
        self.logger = logger
        self.executor = LoopExecutor(loop)
        self.inbox = Mutex(Inbox(nextStream: side == .opener ? 1 : 2))
        (self.inbound, self.inboundContinuation) = AsyncStream.makeStream()
        var hello = settings.hello
        hello.serves = self.apis.map { PeerHello.Serving(api: $0.key, versions: $0.versions) }
        self.handshake = Handshake(side: side, ours: hello, known: settings.known)
    }

    // MARK: From other threads

    /// Runs `job` on the loop, together with what else was submitted until then.
    func submit(_ job: @escaping Job) {
        let mustSchedule = self.inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        if mustSchedule { self.scheduleJobs() }
    }

    func scheduleJobs() {
        self.loop.execute { self.runJobs() }
    }

    /// Waits for the handshake.
    package func agreed() async throws(CallError) -> Agreement {
        let outcome = await withCheckedContinuation { continuation in
            self.submit {
                switch self.phase {
                case .connecting: self.waitingForAgreement.append(continuation)
                case .agreed:
                    guard let agreement = self.talking?.agreement else { return }
                    continuation.resume(returning: .success(agreement))
                case .closed(let error): continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }

    /// Waits until the connection is gone.
    package func ended() async {
        await withCheckedContinuation { continuation in
            self.submit {
                if case .closed = self.phase {
                    continuation.resume()
                } else {
                    self.waitingForEnd.append(continuation)
                }
            }
        }
    }

    /// Takes no new calls, answers those that are open, then closes.
    package func drain() {
        self.submit {
            switch self.phase {
            case .connecting: self.end(CallError(.unavailable, "The connection was closed."))
            case .closed: return
            case .agreed:
                guard self.talking?.isDraining == false else { return }
                self.talking?.isDraining = true
                if let goaway = self.talking?.server.drain() { self.send(goaway) }
            }
        }
    }

    /// Closes at once; open calls fail.
    package func close() {
        self.submit { self.end(CallError(.unavailable, "The connection was closed here.")) }
    }

    // MARK: On the loop

    private func runJobs() {
        self.loop.preconditionInEventLoop()
        let jobs = self.inbox.withLock { inbox in
            let jobs = inbox.jobs
            inbox.jobs = []
            inbox.isScheduled = false
            return jobs
        }
        for job in jobs { job() }
        self.pump()
    }

    /// There is a way to the peer, perhaps not yet a safe one; from here on time counts.
    func attached(_ link: any ByteLink) {
        self.loop.preconditionInEventLoop()
        if case .closed = self.phase {
            link.close()
            return
        }
        self.counters.opened()
        self.link = link
        self.handshakeTimeout = self.loop.scheduleTask(
            in: .milliseconds(self.settings.handshakeMs)
        ) {
            guard case .connecting = self.phase else { return }
            self.settle(self.handshake.timedOut())
        }
    }

    /// Bytes can flow. `certifiedName`: from the peer's certificate.
    func opened(certifiedName: String?) {
        self.loop.preconditionInEventLoop()
        guard case .connecting = self.phase else { return }
        self.certifiedName = certifiedName
        do throws(WireError) {
            switch try self.handshake.connected() {
            case .send(let frame): self.link?.write(frame.encoded())
            case .wait: break
            }
        } catch {
            self.fail(error)
        }
    }

    func received(_ bytes: UnsafeRawBufferPointer) {
        self.loop.preconditionInEventLoop()
        if case .closed = self.phase { return }
        self.talking?.keepAlive.read(nowMs: self.nowMs)
        self.decoder.append(bytes)
        do throws(WireError) {
            while true {
                if case .closed = self.phase { break }
                guard let frame = try self.decoder.next() else { break }
                self.dispatch(frame)
            }
        } catch {
            self.fail(error)
        }
        if !self.arrived.isEmpty {
            self.counters.requests(self.arrived.count)
            self.inboundContinuation.yield(self.arrived)
            self.arrived = []
        }
        self.pump()
    }

    func writabilityChanged() {
        self.loop.preconditionInEventLoop()
        self.pump()
    }

    /// The way is gone.
    func linkClosed(_ reason: String) {
        self.loop.preconditionInEventLoop()
        self.end(CallError(.unavailable, reason))
    }

    var nowMs: Int64 { Int64(self.loop.now.uptimeNanoseconds / 1_000_000) }

    // MARK: Ends

    /// The peer did what it must not: say so if it can still hear, count it, close.
    func fail(_ error: WireError) {
        if case .closed = self.phase { return }
        self.counters.failed(error.code)
        self.logger.debug(
            "connection closed for what the peer did",
            metadata: ["code": "\(error.code.rawValue)"])
        if case .agreed = self.phase, error.code != .slowReader {
            let status: Status =
                error.code == .tooManyPings ? .resourceExhausted : .invalidArgument
            let goaway = Goaway(status: status, message: "\(error.code.rawValue): \(error.detail)")
            if let frame = try? goaway.frame() { self.link?.write(frame.encoded()) }
        }
        self.end(CallError(.unavailable, "The connection was closed: \(error.detail)."))
    }

    func end(_ error: CallError) {
        if case .closed = self.phase { return }
        let talking = self.talking
        self.talking = nil
        self.phase = .closed(error)
        self.hasEnded.store(true, ordering: .releasing)
        self.handshakeTimeout?.cancel()
        self.ticker?.cancel()
        if self.link != nil { self.counters.closed() }
        self.link?.close()
        self.link = nil
        self.inboundContinuation.finish()
        if var talking {
            let failed = talking.client.closed(
                reason: error.message, notSent: talking.queue.waitingRequests)
            for (stream, error) in failed { self.failCall(stream, error) }
        }
        for waiting in self.itemsWaiting.values {
            waiting.continuation.resume(returning: .failure(error))
        }
        self.itemsWaiting = [:]
        for waiting in self.waitingForAgreement { waiting.resume(returning: .failure(error)) }
        self.waitingForAgreement = []
        for waiting in self.waitingForEnd { waiting.resume() }
        self.waitingForEnd = []
    }
}
