package import DunlinCore
package import DunlinPorts

/// Sends a workload's events, so many in a call and so many calls at once.
package struct EventSender: Sendable {
    private let intake: any EventIntake
    private let eventsPerCall: Int
    private let callsMax: Int

    private static let sendsMax = 1000

    package init(to intake: any EventIntake, eventsPerCall: Int, callsMax: Int) {
        self.intake = intake
        self.eventsPerCall = eventsPerCall
        self.callsMax = callsMax
    }

    /// Sends `event(0)` to `event(count - 1)`, of the accounts `key(0)` to `key(count - 1)`; a call
    /// is made ready while others are under way.
    ///
    /// What hashes alike goes together, in order: a call is for few shards, and each journals its
    /// part as one batch. With an event for every shard in each call, each batch would write a page
    /// of its own.
    ///
    /// Throws ``LadderError`` when an event is refused, ``NodeError`` when the node fails.
    package func send(
        count: Int, key: (Int) -> EntityKey, _ event: (Int) -> IntakeEvent
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var lanes = EventLanes(eventsPerCall: self.eventsPerCall)
            var calls = 0
            var next = 0
            while true {
                while next < count, !lanes.hasCall {
                    lanes.add(next, key(next))
                    next += 1
                }
                if next == count { lanes.close() }
                let places = lanes.nextCall()
                guard !places.isEmpty else { break }
                let events = places.map(event)
                if calls == self.callsMax {
                    try await group.next()
                    calls -= 1
                }
                group.addTask { try await self.send(events) }
                calls += 1
            }
            try await group.waitForAll()
        }
    }

    private func send(_ events: [IntakeEvent]) async throws {
        var left = events
        // Back-pressure is answered by sending what was not taken again, a bounded number of times.
        for _ in 0..<Self.sendsMax {
            let results = try await self.intake.intake(left)
            var again: [IntakeEvent] = []
            for (event, result) in zip(left, results) {
                switch result {
                case .accepted, .repeated, .ignored: break
                case .retry: again.append(event)
                case .refused(let code, let message): throw LadderError.refused(code, message)
                }
            }
            guard !again.isEmpty else { return }
            left = again
        }
        throw LadderError.overloaded
    }
}
