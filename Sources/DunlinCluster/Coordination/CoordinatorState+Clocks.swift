import DunlinCore

extension CoordinatorState {
    /// The coordinator's own wall clock, one among the nodes'.
    package mutating func noteOwnClock(wallMs: Int64, nowMs: Int64) {
        self.ownClockMs = wallMs.decreased(by: nowMs)
    }

    /// The time that a majority of the living nodes' clocks and the coordinator's agrees on; `nil`
    /// when there is none, and for a cluster whose time is moved by hand.
    func agreedMs(nowMs: Int64) -> Int64? {
        self.agreedAheadMs(nowMs: nowMs).map { nowMs.increased(by: $0) }
    }

    /// What the agreed time is ahead of the coordinator's monotonic clock.
    private func agreedAheadMs(nowMs: Int64) -> Int64? {
        ClusterTime.agreed(
            aheadMs: self.nodeClocks(nowMs: nowMs) + [self.ownClockMs].compactMap { $0 })
    }

    private func nodeClocks(nowMs: Int64) -> [Int64] {
        self.record.nodes.compactMap { node in
            guard self.isAlive(node.record.id, nowMs: nowMs) else { return nil }
            return self.liveness[node.record.id]?.clockMs
        }
    }

    /// How the clocks stand, for operators.
    func clockStanding(nowMs: Int64) -> ClusterStatus.Clocks {
        let agreed = self.agreedAheadMs(nowMs: nowMs)
        let base = agreed ?? self.ownClockMs ?? 0
        return ClusterStatus.Clocks(
            agree: agreed != nil || self.nodeClocks(nowMs: nowMs).isEmpty,
            coordinatorAheadMs: self.ownClockMs.map { $0.decreased(by: base) } ?? 0)
    }

    /// By how much a node's clock is ahead of the agreed time, or else of the coordinator's; 0 for
    /// unknown.
    func clockAheadMs(of id: NodeID, nowMs: Int64) -> Int64 {
        guard self.isAlive(id, nowMs: nowMs), let clock = self.liveness[id]?.clockMs,
            let base = self.agreedAheadMs(nowMs: nowMs) ?? self.ownClockMs
        else { return 0 }
        return clock.decreased(by: base)
    }
}
