import DunlinCore
import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWorld
import Synchronization

/// A node or cluster that may go away and come back: a call that failed for the moment is made
/// again, over a new connection, until `patienceMs` have passed. Every call of a run may be.
final class PatientTarget: WorldTarget {
    private let endpoint: Endpoint
    private let security: ConnectSecurity
    private let connection: Mutex<PeerConnection?>

    /// How long one call is tried, in milliseconds.
    static let patienceMs: Int64 = 120_000
    private static let pauseMs: Int64 = 200

    init(_ endpoint: Endpoint, _ security: ConnectSecurity) {
        self.endpoint = endpoint
        self.security = security
        self.connection = Mutex(nil)
    }

    func close() {
        self.connection.withLock { held in
            held?.close()
            held = nil
        }
    }

    func intake(_ events: [IntakeEvent]) async throws -> [IntakeResult] {
        try await self.call { try await $0.intake(events) }
    }

    func states(_ keys: [EntityKey]) async throws -> [AccountState?] {
        try await self.call { try await $0.accounts(keys).map { $0?.state } }
    }

    func advance(to instant: Timestamp) async throws {
        try await self.call { node in
            // A call whose answer was lost may have moved it already.
            let reached = try await node.clock().now
            _ = try await node.advanceClock(to: max(instant, reached))
        }
    }

    func call<Answer: Sendable>(
        _ body: @Sendable (any NodeService) async throws -> Answer
    ) async throws -> Answer {
        var waitedMs: Int64 = 0
        while true {
            do {
                return try await body(RemoteNode(try await self.connected()))
            } catch let error as NodeError where Self.mayPass(error.code) {
                guard waitedMs < Self.patienceMs else { throw error }
            } catch let error as TransportError {
                guard waitedMs < Self.patienceMs else {
                    throw NodeError(.unavailable, error.message)
                }
            }
            self.close()
            try await MonotonicClock.wait(
                untilNs: MonotonicClock.nowNs() + UInt64(Self.pauseMs) * 1_000_000)
            waitedMs += Self.pauseMs
        }
    }

    private static func mayPass(_ code: NodeError.Code) -> Bool {
        switch code {
        case .overloaded, .storage, .unknownOutcome, .unavailable, .deadlineExceeded, .notPrimary:
            true
        case .invalid, .notFound, .denied, .failedPrecondition, .internalError: false
        }
    }

    private func connected() async throws(TransportError) -> PeerConnection {
        if let held = self.connection.withLock({ $0 }) { return held }
        let made = try await NodeConnection.connect(self.endpoint, self.security)
        return self.connection.withLock { held in
            if let held {
                made.close()
                return held
            }
            held = made
            return made
        }
    }
}
