/// What was waited for and did not come.
struct DeadlinePassed: Error, CustomStringConvertible {
    let description: String
}

/// Asks `condition` every `poll` until it gives a value; the only way a process test waits.
///
/// Throws ``DeadlinePassed`` naming `what` after `limit`; what `condition` throws passes through.
func eventually<Found>(
    _ what: String, within limit: Duration = .seconds(20), poll: Duration = .milliseconds(25),
    _ condition: () async throws -> Found?
) async throws -> Found {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while true {
        if let found = try await condition() { return found }
        guard clock.now < end else {
            throw DeadlinePassed(description: "within \(limit) there was no \(what)")
        }
        try await clock.sleep(for: poll)
    }
}

/// Waits until `condition` holds.
func waitUntil(
    _ what: String, within limit: Duration = .seconds(20), poll: Duration = .milliseconds(25),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, poll: poll) {
        try await condition() ? true : nil
    }
}
