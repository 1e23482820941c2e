package import DunlinCluster
import DunlinPorts
package import DunlinWire
import Synchronization

/// The coordinators of a cluster, seen as one: asks the one that answered last, follows where it is
/// told that another leads, and tries the others when one does not answer.
///
/// Every call may be sent again, so that an answer that did not come is no reason to stop.
package final class RemoteCoordinator: CoordinatorService, ClusterOperator, BundleLibrary {
    /// Gives a way to the coordinator at an address; kept and mended by whoever provides it.
    package typealias Dial = @Sendable (String) async throws(CallError) -> any CallChannel

    private let addresses: [String]
    private let timeoutMs: Int64
    private let dial: Dial
    private let preferred: Mutex<String?>

    package static let timeoutMsDefault: Int64 = 2000
    /// How often one call follows a word about who leads.
    private static let hintsMax = 3

    /// `addresses`: `host:port` of every coordinator; at least one.
    /// `timeoutMs`: How long one coordinator may take to answer.
    package init(
        addresses: [String], timeoutMs: Int64 = RemoteCoordinator.timeoutMsDefault,
        dial: @escaping Dial
    ) {
        self.addresses = addresses
        self.timeoutMs = timeoutMs
        self.dial = dial
        self.preferred = Mutex(addresses.first)
    }

    package func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError) -> RegistrationReply {
        try await self.ask(
            CoordinatorCalls.register,
            { () throws(WireError) in try RegisterCall.request(registration) },
            RegisterCall.reply(packed:))
    }

    package func heartbeat(
        _ heartbeat: Heartbeat
    ) async throws(CoordinatorError) -> HeartbeatReply {
        try await self.ask(
            CoordinatorCalls.heartbeat,
            { () throws(WireError) in try HeartbeatCall.request(heartbeat) },
            HeartbeatCall.reply(packed:))
    }

    package func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError) -> ShardConfiguration {
        try await self.ask(
            CoordinatorCalls.changeInSync,
            { () throws(WireError) in try InSyncCall.request(change) }, InSyncCall.shard)
    }

    package func handOver(
        _ handOver: HandOver
    ) async throws(CoordinatorError) -> ShardConfiguration {
        try await self.ask(
            CoordinatorCalls.handOver,
            { () throws(WireError) in try InSyncCall.request(handOver) }, InSyncCall.shard)
    }

    package func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap? {
        try await self.ask(
            CoordinatorCalls.map,
            { () throws(WireError) in try ClusterMapCall.request(since: revision) },
            ClusterMapCall.map)
    }

    package func operate(_ operation: ClusterOperation) async throws(CoordinatorError) {
        try await self.ask(
            CoordinatorCalls.operate,
            { () throws(WireError) in try ClusterOperateCall.request(operation) },
            ClusterOperateCall.checkReply)
    }

    package func status() async throws(CoordinatorError) -> ClusterStatus {
        try await self.ask(
            CoordinatorCalls.status, ClusterStatusCall.request, ClusterStatusCall.status)
    }
}

extension RemoteCoordinator {
    package func keep(
        bundle: UInt64, source: [UInt8], use former: UInt64?
    ) async throws(CoordinatorError) {
        try await self.ask(
            CoordinatorCalls.keepBundle,
            { () throws(WireError) in
                try KeepBundleCall.request(bundle, source: source, use: former)
            }, KeepBundleCall.checkReply)
    }

    package func source(ofBundle bundle: UInt64) async throws(CoordinatorError) -> [UInt8] {
        try await self.ask(
            CoordinatorCalls.bundle, { () throws(WireError) in try BundleCall.request(bundle) },
            BundleCall.source)
    }

    package func bundles() async throws(CoordinatorError) -> [UInt64] {
        try await self.ask(
            CoordinatorCalls.bundles, BundlesCall.request, BundlesCall.bundles)
    }

    /// Hands a client's call on as it is, for the bearer of a certificate that was seen here.
    package func handOn(_ call: InboundCall) async throws(CallError) -> [UInt8] {
        do throws(CoordinatorError) {
            return try await self.send(
                call.api, call.body,
                metadata: VouchedCaller.metadata(for: call.peer.certifiedName))
        } catch {
            throw CallError(error)
        }
    }

    private func ask<Answer>(
        _ api: Api, _ encode: () throws(WireError) -> [UInt8],
        _ decode: ([UInt8]) throws(WireError) -> Answer
    ) async throws(CoordinatorError) -> Answer {
        let body: [UInt8]
        do throws(WireError) {
            body = try encode()
        } catch {
            throw CoordinatorError(.invalid, "The request cannot be sent: \(error.detail).")
        }
        let answer = try await self.send(api, body)
        do throws(WireError) {
            return try decode(answer)
        } catch {
            throw CoordinatorError(
                .internalError, "The coordinator's answer was not understood: \(error.detail).")
        }
    }

    /// Throws `unavailable` only after every coordinator was asked.
    private func send(
        _ api: Api, _ body: [UInt8], metadata: CallMetadata = CallMetadata()
    ) async throws(CoordinatorError) -> [UInt8] {
        let first = self.preferred.withLock { $0 }
        var left = [first].compactMap { $0 } + self.addresses.filter { $0 != first }
        var hints = 0
        var failure = CoordinatorError(.unavailable, "No coordinator answers.")
        while !left.isEmpty {
            let address = left.removeFirst()
            do throws(CallError) {
                let channel = try await self.dial(address)
                let answer = try await channel.call(
                    api, body, CallOptions(timeoutMs: self.timeoutMs, metadata: metadata))
                self.preferred.withLock { $0 = address }
                return answer
            } catch {
                failure = CoordinatorError(error)
            }
            guard failure.code == .unavailable else { throw failure }
            guard let leader = failure.leader, hints < Self.hintsMax else { continue }
            hints += 1
            left.removeAll { $0 == leader }
            left.insert(leader, at: 0)
        }
        self.preferred.withLock { $0 = nil }
        throw failure
    }
}
