import DunlinCluster
package import DunlinCore
package import DunlinPorts

extension ClusterRouter {
    /// Events of one shard stay in order: what could not be taken is sent again before what follows
    /// it in the same shard.
    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        guard !events.isEmpty else { return [] }
        let startMs = self.node.runtime.monotonicMs()
        var results: [IntakeResult?] = Array(repeating: nil, count: events.count)
        var left = Array(events.indices)
        if let shard = self.node.settings.map.onlyShard(of: events) {
            let taken = await self.take(events, at: self.owner(of: shard))
            left = left.filter { taken[$0].mayBeSentAgain }
            guard !left.isEmpty else { return taken }
            results = taken
            await self.pause()
        }
        let keys = events.map(\.key)
        while true {
            let groups = self.byOwner(left, keys)
            let answers = await self.take(groups, events)
            left = []
            for (places, answer) in answers {
                for (place, result) in zip(places, answer) {
                    results[place] = result
                    if result.mayBeSentAgain { left.append(place) }
                }
            }
            left.sort()
            guard !left.isEmpty,
                self.node.runtime.monotonicMs() - startMs < Self.patienceMs
            else { break }
            await self.pause()
        }
        return results.map { $0 ?? Self.nobody }
    }

    private static let nobody = IntakeResult.retry(
        code: "unavailable", message: "nobody leads the shard now; send again in a few seconds")

    /// Sends each group to its owner, all at once.
    private func take(
        _ groups: [(Owner, [Int])], _ events: [IntakeEvent]
    ) async -> [([Int], [IntakeResult])] {
        guard groups.count > 1 else {
            guard let (owner, places) = groups.first else { return [] }
            return [(places, await self.take(places.map { events[$0] }, at: owner))]
        }
        return await withTaskGroup(of: ([Int], [IntakeResult]).self) { tasks in
            for (owner, places) in groups {
                tasks.addTask {
                    (places, await self.take(places.map { events[$0] }, at: owner))
                }
            }
            var answers: [([Int], [IntakeResult])] = []
            for await answer in tasks { answers.append(answer) }
            return answers
        }
    }

    private func take(_ events: [IntakeEvent], at owner: Owner) async -> [IntakeResult] {
        guard let service = self.service(owner) else { return events.map { _ in Self.nobody } }
        do throws(NodeError) {
            return try await service.intake(events)
        } catch {
            let result = IntakeResult.retry(code: error.code.name, message: error.message)
            return events.map { _ in result }
        }
    }
}

extension IntakeResult {
    /// Nothing was done, or it cannot be told and a repeat is recognised; and waiting helps.
    fileprivate var mayBeSentAgain: Bool {
        guard case .retry(let code, _) = self else { return false }
        return code == "notPrimary" || code == "unavailable" || code == "unknownOutcome"
    }
}
