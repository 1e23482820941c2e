import DunlinCluster

/// What somebody waits for an answer to. Answered once: by `finish` or by `fail`.
struct WaitingRequest: Sendable {
    private let change: @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError) -> Void
    private let answer: @Sendable (inout CoordinatorState, Int64, CoordinatorError?) -> Void
    let fail: @Sendable (CoordinatorError) -> Void

    init(
        _ change:
            @escaping @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError)
            -> Void,
        answer: @escaping @Sendable (inout CoordinatorState, Int64, CoordinatorError?) -> Void,
        fail: @escaping @Sendable (CoordinatorError) -> Void
    ) {
        self.change = change
        self.answer = answer
        self.fail = fail
    }

    /// Changes the state; answers why not, and leaves it alone, when it may not.
    func refusal(_ state: inout CoordinatorState, _ nowMs: Int64) -> CoordinatorError? {
        var changed = state
        do throws(CoordinatorError) {
            try self.change(&changed, nowMs)
            state = changed
            return nil
        } catch {
            return error
        }
    }

    func finish(_ state: inout CoordinatorState, _ nowMs: Int64, _ refusal: CoordinatorError?) {
        self.answer(&state, nowMs, refusal)
    }
}
