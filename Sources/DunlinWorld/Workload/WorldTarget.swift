package import DunlinCore
package import DunlinPorts

/// What a run of W2 needs of a node or cluster. Every call may be made again when it failed.
package protocol WorldTarget: Sendable {
    func intake(_ events: [IntakeEvent]) async throws -> [IntakeResult]
    /// One state for each key, in order; `nil` for an account that was never heard of.
    func states(_ keys: [EntityKey]) async throws -> [AccountState?]
    /// Returns when everything due until then is done.
    func advance(to instant: Timestamp) async throws
}

/// A node as it is: what fails ends the run.
package struct NodeTarget: WorldTarget {
    private let node: any NodeService

    package init(_ node: any NodeService) {
        self.node = node
    }

    package func intake(_ events: [IntakeEvent]) async throws -> [IntakeResult] {
        try await self.node.intake(events)
    }

    package func states(_ keys: [EntityKey]) async throws -> [AccountState?] {
        try await self.node.accounts(keys).map { $0?.state }
    }

    package func advance(to instant: Timestamp) async throws {
        _ = try await self.node.advanceClock(to: instant)
    }
}
