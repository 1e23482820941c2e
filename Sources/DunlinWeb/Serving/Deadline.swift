import DunlinPorts

/// Runs `operation`, and gives up after `timeout` of real time.
///
/// Giving up cancels it. What the node had already begun may still be done: the error says so, and
/// events and verbs may be sent again, since repeats are recognised.
func withDeadline<Answer: Sendable>(
    _ timeout: Duration, _ operation: @Sendable @escaping () async throws -> Answer
) async throws -> Answer {
    try await withThrowingTaskGroup(of: Answer.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: timeout, clock: .continuous)
            throw NodeError(
                .deadlineExceeded,
                "No answer within \(timeout.components.seconds) s; whether it was done is not "
                    + "known. Send it again: repeats are recognised.")
        }
        defer { group.cancelAll() }
        guard let answer = try await group.next() else { throw CancellationError() }
        return answer
    }
}
