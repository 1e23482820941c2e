import DunlinPorts
import Synchronization

// What a node asks of all its shards at once. Shards of one loop are visited together: a task for
// each of 256 shards costs more than what most of them have to say.

extension Node {
    /// Asks every shard; the answers are in the order of shards.
    func eachShard<Answer: Sendable>(
        _ ask: @escaping @Sendable (isolated Shard) -> Answer
    ) async -> [Answer] {
        let loops = self.loops
        let parts = await withCheckedContinuation { continuation in
            let visit = LoopVisit<[Answer]>(count: loops.count) {
                continuation.resume(returning: $0)
            }
            for (place, shards) in loops.enumerated() {
                shards[0].executor.run {
                    visit.finish(place, shards.map { $0.assumeIsolated { ask($0) } })
                }
            }
        }
        return self.shards.indices.map { parts[$0 % loops.count][$0 / loops.count] }
    }

    /// Every shard fires what is due by now; returns when all of them have become quiet.
    ///
    /// Idle shards are visited in one go. Of those that have something to fire, each loop has a few
    /// under way at a time: a commit's answers then find their accounts decoded.
    func advanceEveryShard() async {
        let loops = self.loops
        let count = self.shards.count
        await withCheckedContinuation { continuation in
            let visit = LoopVisit<Void>(count: count) { _ in continuation.resume() }
            for shards in loops {
                shards[0].executor.run {
                    let due = shards.filter { shard in
                        shard.assumeIsolated { shard in
                            guard !shard.hasDue else { return true }
                            let place = Int(shard.index)
                            shard.advance { visit.finish(place, ()) }
                            return false
                        }
                    }
                    let parade = LoopParade(due) { visit.finish($0, ()) }
                    for _ in 0..<LoopParade.most { parade.startNext() }
                }
            }
        }
    }

    /// The shards of each loop that has any, each in their order.
    private var loops: [[Shard]] {
        let count = min(self.runtime.executors.count, self.shards.count)
        return (0..<count).map { loop in
            stride(from: loop, to: self.shards.count, by: count).map { self.shards[$0] }
        }
    }
}

/// Answers that are still to come, and what is done when all are there.
private final class LoopVisit<Answer: Sendable>: Sendable {
    private struct Progress {
        var answers: [Answer?]
        var left: Int
    }

    private let progress: Mutex<Progress>
    private let done: @Sendable ([Answer]) -> Void

    init(count: Int, done: @escaping @Sendable ([Answer]) -> Void) {
        self.progress = Mutex(Progress(answers: Array(repeating: nil, count: count), left: count))
        self.done = done
    }

    /// Called once for each place.
    func finish(_ place: Int, _ answer: Answer) {
        let all: [Answer]? = self.progress.withLock { progress in
            progress.answers[place] = answer
            progress.left -= 1
            return progress.left == 0 ? progress.answers.compactMap { $0 } : nil
        }
        if let all { self.done(all) }
    }
}

/// Shards of a loop that fire what is due, so many at a time, in their order.
private final class LoopParade: Sendable {
    /// Shards of a loop that are under way at a time.
    static let most = 8

    private let shards: [Shard]
    private let started = Atomic(0)
    private let done: @Sendable (_ shard: Int) -> Void

    init(_ shards: [Shard], done: @escaping @Sendable (_ shard: Int) -> Void) {
        self.shards = shards
        self.done = done
    }

    /// Starts the next shard; when that is quiet, the one after.
    func startNext() {
        let place = self.started.add(1, ordering: .relaxed).oldValue
        guard place < self.shards.count else { return }
        let shard = self.shards[place]
        shard.post { shard in
            let index = Int(shard.index)
            shard.advance {
                self.done(index)
                self.startNext()
            }
        }
    }
}
