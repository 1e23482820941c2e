import DunlinCluster
import DunlinNode
import DunlinTesting
import DunlinWire

/// Ways between nodes, the coordinator and the callers: slow, losing, repeating and reordering what
/// they carry, and cut one way or both.
///
/// `@unchecked Sendable`: everything runs on the scheduler's one thread.
final class SimNetwork: @unchecked Sendable {
    /// One direction between two ends.
    struct Way: Hashable {
        var from: String
        var to: String
    }

    private let scheduler: SimScheduler
    private(set) var cut: Set<Way> = []
    private var lossPermille: UInt64 = 0
    private var repeatPermille: UInt64 = 0
    private var slowPermille: UInt64 = 0
    private var slowMsMax: UInt64 = 1
    private(set) var lost = 0

    init(scheduler: SimScheduler) {
        self.scheduler = scheduler
    }

    func cut(_ from: String, _ to: String) { self.cut.insert(Way(from: from, to: to)) }
    func mend(_ from: String, _ to: String) { self.cut.remove(Way(from: from, to: to)) }

    func set(_ mix: SimMix) {
        self.lossPermille = mix.lossPermille
        self.repeatPermille = mix.repeatPermille
        self.slowPermille = mix.slowPermille
        self.slowMsMax = mix.slowMsMax
    }

    func heal() {
        self.cut = []
        self.lossPermille = 0
        self.repeatPermille = 0
        self.slowPermille = 0
    }

    /// Carries one message: `arrive` is called never, once or twice.
    func carry(
        _ from: String, _ to: String, mayRepeat: Bool = false,
        _ arrive: @escaping @Sendable () -> Void
    ) {
        let times = mayRepeat && self.scheduler.random.chance(permille: self.repeatPermille) ? 2 : 1
        for _ in 0..<times { self.carryOnce(from, to, arrive) }
    }

    private func carryOnce(
        _ from: String, _ to: String, _ arrive: @escaping @Sendable () -> Void
    ) {
        let way = Way(from: from, to: to)
        let isLost = self.scheduler.random.chance(permille: self.lossPermille)
        // Some overtake others by far, and arrive in another epoch than they left in.
        let isSlow = self.scheduler.random.chance(permille: self.slowPermille)
        let delay = 1 + Int64(self.scheduler.random.below(isSlow ? self.slowMsMax : 12))
        guard !isLost, !self.cut.contains(way) else {
            self.lost += 1
            return
        }
        self.scheduler.after(ms: delay, survives: true) {
            guard !self.cut.contains(way) else {
                self.lost += 1
                return
            }
            arrive()
        }
    }

    /// A request and its answer; `nil` after `timeoutMs` without one.
    func ask<Answer: Sendable>(
        _ from: String, _ to: String, timeoutMs: Int64, mayRepeat: Bool = false,
        arrive: @escaping @Sendable (_ reply: @escaping @Sendable (Answer) -> Void) -> Void
    ) async -> Answer? {
        await withUnsafeContinuation { continuation in
            let end = End(continuation)
            self.carry(from, to, mayRepeat: mayRepeat) {
                arrive { answer in self.carry(to, from) { end.resume(answer) } }
            }
            self.scheduler.after(ms: timeoutMs, survives: true) { end.resume(nil) }
        }
    }

    /// Takes the first of several answers. Resuming what a dead process waited for does nothing:
    /// its executors take no more work.
    private final class End<Answer: Sendable>: @unchecked Sendable {
        private var continuation: UnsafeContinuation<Answer?, Never>?

        init(_ continuation: UnsafeContinuation<Answer?, Never>) {
            self.continuation = continuation
        }

        func resume(_ answer: Answer?) {
            let continuation = self.continuation
            self.continuation = nil
            continuation?.resume(returning: answer)
        }
    }
}

/// How one node reaches the others, by the calls of the real protocol.
struct SimPeers: PeerDirectory {
    let me: NodeID
    let cluster: SimCluster

    func channel(to node: NodeID) -> (any CallChannel)? {
        SimChannel(me: self.me.name, target: node.name, cluster: self.cluster)
    }
}

/// A connection that is never closed for good.
private struct SimChannel: CallChannel {
    let me: String
    let target: String
    let cluster: SimCluster

    func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8] {
        let cluster = self.cluster
        let target = self.target
        let answer: Result<[UInt8], CallError>? = await cluster.network.ask(
            self.me, target, timeoutMs: max(1, options.timeoutMs), mayRepeat: true
        ) { reply in
            guard let seat = cluster.seats[target], let process = seat.process,
                let node = seat.node
            else { return reply(.failure(CallError(.unavailable, "the node is not there"))) }
            process.begin {
                let call = InboundCall(api: api, version: 1, stream: 1, body: body)
                do throws(CallError) {
                    reply(.success(try await ReplicaCallServer(node).answer(call)))
                } catch {
                    reply(.failure(error))
                }
            }
        }
        guard let answer else { throw CallError(.deadlineExceeded, "no answer came in time") }
        let bytes = try answer.get()
        self.watch(api, bytes)
        return bytes
    }

    /// A copy says so when a primary lacks what is committed: no primary may.
    private func watch(_ api: Api, _ bytes: [UInt8]) {
        guard api == ReplicaCalls.prepare, let reply = try? PrepareCall.results(packed: bytes)
        else {
            return
        }
        for result in reply.results where result.outcome == .forked {
            self.cluster.note(
                "\(self.target) holds committed batches of shard \(result.shard) that its primary "
                    + "\(self.me) lacks")
        }
    }

    func notify(_ api: Api, _ body: [UInt8], _ options: CallOptions) async throws(CallError) {
        throw CallError(.unimplemented, "nodes send nothing without an answer")
    }

    func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError) {
        throw CallError(.unimplemented, "nodes stream nothing here")
    }
}
