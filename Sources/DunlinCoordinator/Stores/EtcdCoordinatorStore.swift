import AsyncHTTPClient
package import DunlinPorts
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The coordinator's state in etcd, by its JSON gateway: for several coordinators of which one
/// leads.
///
/// 1. Every change is one transaction whose compares carry all that must hold.
/// 2. Watches and leases are hints: 3.4's may be late, lost or wrong, and correctness comes from
///    the compares of create and mod revisions alone.
/// 3. A transaction is sent to one endpoint. Only when it surely never left is another tried; after
///    anything else its outcome is unknown.
package final class EtcdCoordinatorStore: CoordinatorStore {
    private let settings: EtcdSettings
    private let client: HTTPClient
    /// The endpoint that answered last.
    private let preferred = Mutex(0)

    /// Most bytes of an answer that are read.
    private static let answerBytesMax = 64 * 1024 * 1024
    private static let watchAgainMs: Int64 = 1000

    /// Throws code `invalid` for settings that cannot be used. ``shutdown()`` must be called.
    package init(_ settings: EtcdSettings) throws(CoordinatorStoreError) {
        let problems = settings.problems
        guard problems.isEmpty else {
            throw CoordinatorStoreError(.invalid, problems.joined(separator: " "))
        }
        self.settings = settings
        do {
            self.client = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: try settings.clientConfiguration())
        } catch {
            throw CoordinatorStoreError(
                .invalid, "etcd's certificate or key cannot be read. Check that they are PEM files."
            )
        }
    }

    package func shutdown() async {
        try? await self.client.shutdown()
    }

    package func read(prefix: String) async throws(CoordinatorStoreError) -> StoredEntries {
        let reply: EtcdRangeReply = try await self.ask(
            "kv/range", EtcdRange(prefix: prefix), changes: false)
        let entries = (reply.kvs ?? []).map(\.stored).sorted {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        return StoredEntries(
            entries: entries, revision: reply.header?.revision?.unsigned ?? 0)
    }

    package func commit(
        _ transaction: StoreTransaction
    ) async throws(CoordinatorStoreError) -> StoreOutcome {
        try transaction.check()
        return try await self.send(EtcdTransaction(transaction))
    }

    package func watch(prefix: String, onChange: @escaping @Sendable () -> Void) async {
        while !Task.isCancelled {
            try? await self.watchOnce(prefix: prefix, onChange)
            guard !Task.isCancelled else { return }
            // Whatever happened meanwhile was missed.
            onChange()
            let pause = self.client.eventLoopGroup.next().scheduleTask(
                in: .milliseconds(Self.watchAgainMs)
            ) {}
            try? await pause.futureResult.get()
        }
    }

    package func campaign(
        _ candidacy: Candidacy
    ) async throws(CoordinatorStoreError) -> LeaderToken? {
        let seconds = UInt64(clamping: max(1, (candidacy.termMs + 999) / 1000))
        let present = try await self.read(prefix: candidacy.key)[candidacy.key]
        // Asking for a lease that is of no use costs the store a write.
        if present != nil { return nil }
        let grant: EtcdLeaseReply = try await self.ask(
            "lease/grant", EtcdLeaseRequest(seconds: EtcdNumber(seconds)), changes: false)
        guard let lease = grant.id?.unsigned, lease > 0 else {
            throw CoordinatorStoreError(.unavailable, "etcd granted no lease.")
        }
        let transaction = StoreTransaction(
            conditions: [.absent(key: candidacy.key)],
            changes: [.put(key: candidacy.key, value: candidacy.value)])
        try transaction.check()
        switch try await self.send(EtcdTransaction(transaction, lease: lease)) {
        case .committed(let revision):
            return LeaderToken(key: candidacy.key, createRevision: revision, lease: lease)
        case .conflict:
            try? await self.revoke(lease)
            return nil
        }
    }

    package func renew(_ token: LeaderToken) async throws(CoordinatorStoreError) -> Bool {
        let reply: EtcdStreamed<EtcdLeaseReply> = try await self.ask(
            "lease/keepalive", EtcdLeaseRequest(id: EtcdNumber(token.lease)), changes: false)
        // An ended lease is answered without a time to live.
        guard (reply.result?.seconds?.value ?? 0) > 0 else { return false }
        let held = try await self.read(prefix: token.key)[token.key]
        return held?.createRevision == token.createRevision
    }

    package func resign(_ token: LeaderToken) async throws(CoordinatorStoreError) {
        _ = try await self.commit(
            StoreTransaction(
                conditions: [token.condition], changes: [.delete(key: token.key)]))
        try? await self.revoke(token.lease)
    }

    package func check() async throws(CoordinatorStoreError) {
        let _: EtcdRangeReply = try await self.ask(
            "kv/range", EtcdRange(key: "dunlin-check"), changes: false)
    }
}

extension EtcdCoordinatorStore {
    private func send(
        _ transaction: EtcdTransaction
    ) async throws(CoordinatorStoreError) -> StoreOutcome {
        let reply: EtcdTransactionReply = try await self.ask(
            "kv/txn", transaction, changes: true)
        let revision = reply.header.revision?.unsigned ?? 0
        if reply.succeeded == true { return .committed(revision: revision) }
        let entries = (reply.responses ?? []).flatMap { $0.range?.kvs ?? [] }
        return .conflict(
            StoredEntries(
                entries: entries.map(\.stored).sorted {
                    $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
                }, revision: revision))
    }

    private func revoke(_ lease: UInt64) async throws(CoordinatorStoreError) {
        let _: EtcdLeaseReply = try await self.ask(
            "lease/revoke", EtcdLeaseRequest(id: EtcdNumber(lease)), changes: false)
    }

    /// `changes`: Something is done that must not be done twice, so that another endpoint is asked
    /// only when the first was surely not.
    private func ask<Reply: Decodable>(
        _ path: String, _ request: some Encodable, changes: Bool
    ) async throws(CoordinatorStoreError) -> Reply {
        guard let body = try? JSONEncoder().encode(request) else {
            throw CoordinatorStoreError(.invalid, "A request to etcd cannot be written.")
        }
        let first = self.preferred.withLock { $0 }
        var failure = CoordinatorStoreError(.unavailable, "etcd does not answer.")
        for step in 0..<self.settings.endpoints.count {
            let index = (first + step) % self.settings.endpoints.count
            do throws(CoordinatorStoreError) {
                let answer = try await self.post(path, body, to: index, changes: changes)
                self.preferred.withLock { $0 = index }
                guard let reply = try? JSONDecoder().decode(Reply.self, from: answer) else {
                    throw CoordinatorStoreError(
                        changes ? .unknownOutcome : .unavailable,
                        "etcd gave an answer that was not understood.")
                }
                return reply
            } catch {
                // A guard: the compiler does not survive a catch with a condition here.
                guard error.code == .unavailable else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func post(
        _ path: String, _ body: Data, to index: Int, changes: Bool
    ) async throws(CoordinatorStoreError) -> Data {
        var request = HTTPClientRequest(url: "\(self.settings.endpoints[index])/v3/\(path)")
        request.method = .POST
        request.headers = ["content-type": "application/json"]
        request.body = .bytes(ByteBuffer(bytes: body))
        let status: UInt
        let answer: ByteBuffer
        do {
            let response = try await self.client.execute(
                request, deadline: .now() + .milliseconds(self.settings.timeoutMs))
            status = response.status.code
            answer = try await response.body.collect(upTo: Self.answerBytesMax)
        } catch {
            guard changes, !Self.wasNotSent(error) else {
                throw CoordinatorStoreError(.unavailable, "etcd does not answer.")
            }
            throw CoordinatorStoreError(
                .unknownOutcome, "etcd did not say whether it was done.")
        }
        let content = Data(answer.readableBytesView)
        guard status == 200 else { throw Self.refusal(status, content, changes: changes) }
        return content
    }

    /// The connection was not there, so that no byte of the request left.
    private static func wasNotSent(_ error: any Error) -> Bool {
        if error is NIOConnectionError { return true }
        if let system = error as? IOError {
            return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(system.errnoCode)
        }
        guard let known = error as? HTTPClientError else { return false }
        return known == .connectTimeout || known == .getConnectionFromPoolTimeout
    }

    /// Numbers of gRPC: 3 and 11 say that the request is wrong, 5 that something named is not
    /// there, 8 that the store is full or busy. All others may come after the deed.
    private static func refusal(
        _ status: UInt, _ content: Data, changes: Bool
    ) -> CoordinatorStoreError {
        let code = (try? JSONDecoder().decode(EtcdFailure.self, from: content))?.code
        switch code {
        case 3, 11:
            return CoordinatorStoreError(.invalid, "etcd refused a request as wrong.")
        case 5: return CoordinatorStoreError(.unavailable, "etcd has no such lease.")
        case 8:
            return CoordinatorStoreError(
                .full, "etcd is full or busy. Check its alarms with etcdctl alarm list.")
        case 7, 16:
            return CoordinatorStoreError(
                .invalid, "etcd does not let us in. Switch its users off, and use certificates.")
        default:
            return CoordinatorStoreError(
                changes ? .unknownOutcome : .unavailable,
                "etcd answered with HTTP status \(status).")
        }
    }

    private func watchOnce(
        prefix: String, _ onChange: @Sendable () -> Void
    ) async throws {
        let index = self.preferred.withLock { $0 }
        var request = HTTPClientRequest(url: "\(self.settings.endpoints[index])/v3/watch")
        request.method = .POST
        request.headers = ["content-type": "application/json"]
        request.body = .bytes(
            ByteBuffer(
                bytes: try JSONEncoder().encode(
                    EtcdWatchRequest(creation: EtcdRange(prefix: prefix)))))
        let response = try await self.client.execute(request, timeout: .hours(1))
        guard response.status.code == 200 else { return }
        // Any word is a reason to look; what it says is not.
        for try await _ in response.body { onChange() }
    }
}
