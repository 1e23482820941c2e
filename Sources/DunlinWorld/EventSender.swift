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

    /// Sends `event(0)` to `event(count - 1)`; a call is made ready while others are under way.
    ///
    /// Throws ``LadderError`` when an event is refused, ``NodeError`` when the node fails.
    package func send(
        count: Int, _ event: @escaping @Sendable (Int) -> IntakeEvent
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var first = 0
            var calls = 0
            while first < count {
                let last = min(count, first + self.eventsPerCall)
                let events = (first..<last).map { event($0) }
                if calls == self.callsMax {
                    try await group.next()
                    calls -= 1
                }
                group.addTask { try await self.send(events) }
                calls += 1
                first = last
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
