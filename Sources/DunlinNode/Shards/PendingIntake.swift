import DunlinCore
import DunlinPorts
import Synchronization

/// One call's events, spread over shards, and the answer that waits for all of them.
final class PendingIntake: Sendable {
    private struct Progress {
        var results: [IntakeResult?]
        var shardsLeft: Int
    }

    private let progress: Mutex<Progress>
    private let continuation: CheckedContinuation<[IntakeResult], Never>

    init(
        count: Int, shards: Int, continuation: CheckedContinuation<[IntakeResult], Never>
    ) {
        self.progress = Mutex(
            Progress(results: Array(repeating: nil, count: count), shardsLeft: shards))
        self.continuation = continuation
    }

    /// The results of one shard's part, at their places in the call. Called once a shard.
    func finish(places: [Int], results: [IntakeResult]) {
        let all: [IntakeResult]? = self.progress.withLock { progress in
            for (place, result) in zip(places, results) { progress.results[place] = result }
            progress.shardsLeft -= 1
            guard progress.shardsLeft == 0 else { return nil }
            return progress.results.map { result in
                result ?? .retry(code: "internal", message: "the event was not looked at")
            }
        }
        if let all { self.continuation.resume(returning: all) }
    }
}

/// The part of a call that one shard takes.
final class IntakePart: Sendable {
    let call: PendingIntake
    let events: [IntakeEvent]
    let places: [Int]

    init(call: PendingIntake, events: [IntakeEvent], places: [Int]) {
        self.call = call
        self.events = events
        self.places = places
    }
}
