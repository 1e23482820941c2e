import DunlinCluster
package import DunlinCore
package import DunlinPorts

extension Node: NodeService {
    func mustBeReady() throws(NodeError) {
        guard self.phase == .ready else {
            throw NodeError(.unavailable, "the node is \(self.phase.rawValue); try again soon")
        }
    }

    // MARK: Intake

    package func intake(_ events: [IntakeEvent]) async throws(NodeError) -> [IntakeResult] {
        try self.mustBeReady()
        guard !events.isEmpty else { return [] }
        if let shard = self.settings.map.onlyShard(of: events) {
            return await withCheckedContinuation { continuation in
                let call = PendingIntake(
                    count: events.count, shards: 1, continuation: continuation)
                let places = Array(events.indices)
                self.shards[Int(shard)]
                    .intake(IntakePart(call: call, events: events, places: places))
            }
        }
        var byShard: [[Int]] = Array(repeating: [], count: self.shards.count)
        var used: [Int] = []
        for (place, event) in events.enumerated() {
            let shard = Int(self.settings.map.shard(of: event.key))
            if byShard[shard].isEmpty { used.append(shard) }
            byShard[shard].append(place)
        }
        let places = byShard
        let touched = used
        return await withCheckedContinuation { continuation in
            let call = PendingIntake(
                count: events.count, shards: touched.count, continuation: continuation)
            for shard in touched {
                let part = IntakePart(
                    call: call, events: places[shard].map { events[$0] }, places: places[shard])
                self.shards[shard].intake(part)
            }
        }
    }

    package func operate(
        _ key: EntityKey, _ request: OperatorRequest
    ) async throws(NodeError)
        -> CommandAnswer?
    {
        try self.mustBeReady()
        return try await self.shard(of: key).operate(key, request)
    }

    // MARK: Accounts

    package func accounts(_ keys: [EntityKey]) async throws(NodeError) -> [AccountView?] {
        try self.mustBeReady()
        var byShard: [UInt32: [Int]] = [:]
        for (place, key) in keys.enumerated() {
            byShard[self.settings.map.shard(of: key), default: []].append(place)
        }
        var views: [AccountView?] = Array(repeating: nil, count: keys.count)
        let now = self.runtime.clock.now()
        let answers = try await self.packedStates(byShard, keys)
        // Another may lead by now, and have taken more (Law 5).
        let isStale = self.settings.cluster.map { !$0.lease.holds } ?? false
        for (places, states) in answers {
            for (place, packed) in zip(places, states) {
                guard let packed, !packed.isEmpty else { continue }
                guard let state = try? AccountState(packed: packed) else {
                    throw NodeError(.internalError, "an account's state cannot be read")
                }
                views[place] = AccountView(
                    key: keys[place], state: state, asOf: now, isStale: isStale)
            }
        }
        return views
    }

    /// All shards are asked at once: each answer may wait for a commit.
    private func packedStates(
        _ byShard: [UInt32: [Int]], _ keys: [EntityKey]
    ) async throws(NodeError) -> [([Int], [[UInt8]?])] {
        let answers = await withTaskGroup(
            of: ([Int], Result<[[UInt8]?], NodeError>).self
        ) { group in
            for (shard, places) in byShard {
                group.addTask {
                    do throws(NodeError) {
                        let states = try await self.shards[Int(shard)]
                            .packedStates(places.map { keys[$0] })
                        return (places, .success(states))
                    } catch {
                        return (places, .failure(error))
                    }
                }
            }
            var answers: [([Int], Result<[[UInt8]?], NodeError>)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        var parts: [([Int], [[UInt8]?])] = []
        for (places, answer) in answers { parts.append((places, try answer.get())) }
        return parts
    }

    package func contacts(_ key: EntityKey) async throws(NodeError) -> [PersonalContact]? {
        try self.mustBeReady()
        return try await self.shard(of: key).contacts(of: key)
    }

    package func timeline(_ key: EntityKey, limit: Int) async throws(NodeError) -> Timeline? {
        guard (1...10_000).contains(limit) else {
            throw NodeError(.invalid, "limit must be 1 to 10,000")
        }
        guard let view = try await self.accounts([key]).first ?? nil else { return nil }
        let shard = self.settings.map.shard(of: key)
        var entries: [TimelineEntry] = []
        var next = view.state.lastRecord
        var batch: JournalBatch?
        do {
            while next.op != 0, entries.count < limit {
                if batch?.op != next.op {
                    batch = try self.stores.journal.batch(shard: shard, op: next.op)
                }
                guard let found = batch else {
                    return Timeline(entries: entries.reversed(), startsAfter: next)
                }
                guard let record = try BatchReader.record(at: next.index, in: found.records),
                    case .account(let event) = record.content
                else { break }
                entries.append(TimelineEntry(position: next, record: event))
                next = record.previous
            }
        } catch {
            throw NodeError(.storage, "the journal cannot be read: \(error)")
        }
        return Timeline(entries: entries.reversed())
    }

    // MARK: Lists

    package func cases(_ query: CaseQuery) async throws(NodeError) -> CasePage {
        try self.mustBeReady()
        guard (1...1000).contains(query.limit) else {
            throw NodeError(.invalid, "limit must be 1 to 1,000")
        }
        let views = try self.views()
        do {
            return CasePage(rows: try await views.cases(query))
        } catch {
            throw NodeError(.storage, "the views cannot be read: \(error)")
        }
    }

    package func report(_ query: ReportQuery) async throws(NodeError) -> Report {
        try self.mustBeReady()
        let views = try self.views()
        do {
            return Report(
                since: query.since, rows: try await views.report(query),
                renewals: try await views.renewals(query))
        } catch {
            throw NodeError(.storage, "the views cannot be read: \(error)")
        }
    }

    private func views() throws(NodeError) -> any ViewStore {
        guard let views = self.stores.views else {
            throw NodeError(.failedPrecondition, "this node was started without views")
        }
        return views
    }

    package func shards() async throws(NodeError) -> [ShardView] {
        await self.eachShard { $0.view() }
    }

    package func timers(sliceMs: Int64) async throws(NodeError) -> TimersView {
        guard sliceMs >= 0 else { throw NodeError(.invalid, "the slice must not be negative") }
        var merged: [Int64: UInt64] = [:]
        var count: UInt64 = 0
        var overdue: UInt64 = 0
        var next: Timestamp?
        for part in await self.eachShard({ $0.timers(sliceMs: sliceMs) }) {
            count += part.count
            overdue += part.overdue
            if let due = part.next { next = next.map { min($0, due) } ?? due }
            for (slice, number) in part.slices { merged[slice, default: 0] += number }
        }
        let slices = merged.sorted { $0.key < $1.key }.map { slice, number in
            TimersView.Slice(
                from: Timestamp(ms: slice * sliceMs), until: Timestamp(ms: (slice + 1) * sliceMs),
                count: number)
        }
        return TimersView(
            count: count, nextDueAt: next ?? Timestamp(ms: 0), overdue: overdue, slices: slices)
    }
}
