package import DunlinCluster
import DunlinPorts

extension Coordinator: CoordinatorService {
    package func register(
        _ registration: NodeRegistration
    ) async throws(CoordinatorError) -> RegistrationReply {
        try await self.ask(
            change: { state, nowMs throws(CoordinatorError) in
                try state.register(registration, nowMs: nowMs)
            },
            answer: { state, _ throws(CoordinatorError) in
                guard let reply = state.registrationReply(registration.id) else {
                    throw CoordinatorError(.internalError, "A registration left no trace.")
                }
                return reply
            })
    }

    package func heartbeat(
        _ heartbeat: Heartbeat
    ) async throws(CoordinatorError) -> HeartbeatReply {
        try await self.ask(
            change: { state, nowMs throws(CoordinatorError) in
                try state.heartbeat(heartbeat, nowMs: nowMs)
            },
            answer: { state, nowMs in
                state.heartbeatReply(to: heartbeat, nowMs: nowMs)
            })
    }

    package func changeInSync(
        _ change: InSyncChange
    ) async throws(CoordinatorError) -> ShardConfiguration {
        try await self.ask(
            change: { state, nowMs throws(CoordinatorError) in
                try state.changeInSync(change, nowMs: nowMs)
            },
            answer: { state, _ in
                state.record.shards[Int(change.shard)].configuration
            })
    }

    package func handOver(
        _ handOver: HandOver
    ) async throws(CoordinatorError) -> ShardConfiguration {
        try await self.ask(
            change: { state, nowMs throws(CoordinatorError) in
                try state.handOver(handOver, nowMs: nowMs)
            },
            answer: { state, _ in
                state.record.shards[Int(handOver.shard)].configuration
            })
    }

    package func map(since revision: UInt64) async throws(CoordinatorError) -> ClusterMap? {
        try await self.ask(
            change: { _, _ in },
            answer: { state, _ in
                state.record.revision == revision ? nil : state.record.map
            })
    }
}

extension Coordinator: ClusterOperator {
    package func operate(_ operation: ClusterOperation) async throws(CoordinatorError) {
        if case .useBundle(let bundle, _) = operation {
            _ = try await self.source(ofBundle: bundle)
        }
        try await self.decide(operation)
    }

    func decide(_ operation: ClusterOperation) async throws(CoordinatorError) {
        try await self.ask(
            change: { state, nowMs throws(CoordinatorError) in
                try state.operate(operation, nowMs: nowMs)
            }, answer: { _, _ in })
    }

    package func status() async throws(CoordinatorError) -> ClusterStatus {
        let leader = self.options.address
        return try await self.ask(
            change: { _, _ in },
            answer: { state, nowMs in
                state.status(leader: leader, nowMs: nowMs)
            })
    }
}
