import Synchronization

/// A queue of effects with bounded concurrency: one for each tenant and kind of effect, so that a
/// slow mail server delays no charge.
///
/// What waits here is also listed in its account's state, so the queue holds no more than that.
final class EffectLane<Work: Sendable>: Sendable {
    let concurrencyMax: Int
    private let stream: AsyncStream<Work>
    private let continuation: AsyncStream<Work>.Continuation

    init(concurrencyMax: Int) {
        precondition(concurrencyMax > 0, "a lane that lets nothing through")
        self.concurrencyMax = concurrencyMax
        (self.stream, self.continuation) = AsyncStream.makeStream(of: Work.self)
    }

    func submit(_ work: Work) {
        self.continuation.yield(work)
    }

    /// Lets `run` return once what was submitted is performed.
    func finish() {
        self.continuation.finish()
    }

    /// Performs what is submitted, at most ``concurrencyMax`` at a time, until finished. Before each,
    /// in order, waits for `admitting`, and passes over what it refuses.
    func run(
        admitting: (Work) async -> Bool = { _ in true },
        _ perform: @escaping @Sendable (Work) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await work in self.stream {
                if running >= self.concurrencyMax {
                    await group.next()
                    running -= 1
                }
                guard await admitting(work) else { continue }
                group.addTask { await perform(work) }
                running += 1
            }
        }
    }
}
