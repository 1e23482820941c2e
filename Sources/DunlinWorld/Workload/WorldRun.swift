package import DunlinCore
import DunlinPolicy

/// Plays W2 against a node or a cluster: tells what happens, moves the clock hour by hour, and
/// looks at what customers were sent.
///
/// Step for step: the clock is moved; what happens at the step is told; everything that follows
/// from it at once is awaited; then messages that may have moved a customer are looked at, and what
/// the customer does is told at a later step.
package struct WorldRun: Sendable {
    package let workload: WorldWorkload
    /// Events of one call, and calls at a time.
    package var eventsPerCall = 1024
    package var callsMax = 4
    /// Events a second, at most; 0 for as many as are taken. Latencies count from the moment at
    /// which an event was due to be sent (open loop), whatever the earlier ones took.
    package var eventsPerSecond = 0
    /// Nanoseconds of a clock that never goes back.
    package var clock: @Sendable () -> UInt64
    /// Waits until that clock shows so much.
    package var wait: @Sendable (UInt64) async throws -> Void
    /// Told at each step: how many are done.
    package var onStep: @Sendable (Int) -> Void
    /// Told right before the clock is moved to an instant, and again when all is done there.
    package var onHour: @Sendable (Timestamp) -> Void

    package init(
        _ workload: WorldWorkload, clock: @escaping @Sendable () -> UInt64,
        wait: @escaping @Sendable (UInt64) async throws -> Void,
        onStep: @escaping @Sendable (Int) -> Void = { _ in },
        onHour: @escaping @Sendable (Timestamp) -> Void = { _ in }
    ) {
        self.workload = workload
        self.clock = clock
        self.wait = wait
        self.onStep = onStep
        self.onHour = onHour
    }

    /// What was sent, and how long it took.
    package struct Sent: Sendable {
        package var events = 0
        package var looks = 0
        /// From the moment an event was due to be sent until it was durable.
        package var latency = LatencyHistogram()
        /// Accounts that ever failed, ascending.
        package var accounts: [UInt32] = []

        package init() {}
    }

    /// Throws ``WorldRunError`` when an event is refused, and what the target throws.
    package func play(_ node: any WorldTarget) async throws -> Sent {
        var sent = Sent()
        var agenda = WorldAgenda(
            self.workload, accounts: 0..<UInt64(self.workload.subscriptions))
        let paid = self.workload.sendsSuccesses ? PaidRenewals(self.workload) : nil
        for step in 0..<self.workload.steps {
            try await self.advance(node, toStep: step)
            var entries = agenda.takeNews(at: step)
            if let paid { entries += paid.entries(at: step, self.workload) }
            entries = try await self.withoutEnded(entries, node, &sent)
            if !entries.isEmpty {
                try await self.tell(entries, atStep: step, node, &sent)
                for entry in entries where entry.news == .renewalFailed {
                    self.begin(entry, at: step, &agenda)
                    sent.accounts.append(entry.index)
                }
                try await node.advance(to: self.workload.world.instant(ofStep: step))
            }
            try await self.look(agenda.takeLooks(at: step), at: step, node, &agenda, &sent)
            self.onStep(step + 1)
        }
        try await self.advance(node, toStep: self.workload.steps)
        sent.accounts.sort()
        sent.accounts = sent.accounts.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        return sent
    }

    /// Reads the end states and sums them up.
    package func tally(_ node: any WorldTarget, _ accounts: [UInt32]) async throws -> WorldTally {
        var tally = WorldTally(reasons: self.workload.world.parameters.reasons.count)
        var first = 0
        while first < accounts.count {
            let part = accounts[first..<min(accounts.count, first + Self.readsPerCall)]
            let states = try await node.states(part.map { self.workload.key(UInt64($0)) })
            for (index, state) in zip(part, states) {
                guard let state else { throw WorldRunError.missing }
                tally.add(state, of: UInt64(index), self.workload)
            }
            first += Self.readsPerCall
        }
        return tally
    }

    private static let readsPerCall = 2048

    // MARK: One step

    /// Hour by hour, so that what is due within one sees the clock at its end, whoever else is due.
    private func advance(_ node: any WorldTarget, toStep step: Int) async throws {
        let until = self.workload.world.instant(ofStep: step)
        guard step > 0 else {
            self.onHour(until)
            try await node.advance(to: until)
            return
        }
        var at = self.workload.world.instant(ofStep: step - 1)
        while at < until {
            at = at.advanced(byMs: Milliseconds.hour)
            self.onHour(at)
            try await node.advance(to: at)
        }
    }

    /// Without renewals of subscriptions that have ended.
    private func withoutEnded(
        _ entries: [WorldAgenda.Entry], _ node: any WorldTarget, _ sent: inout Sent
    ) async throws -> [WorldAgenda.Entry] {
        let doubtful = entries.indices.filter { place in
            let entry = entries[place]
            let isRenewal = entry.news == .renewalFailed || entry.news == .renewalPaid
            return isRenewal && entry.renewal > 1
                && self.workload.failedBefore(UInt32(entry.renewal), of: UInt64(entry.index))
        }
        guard !doubtful.isEmpty else { return entries }
        let states = try await self.states(of: doubtful.map { entries[$0].index }, node, &sent)
        var kept = entries.map { Optional($0) }
        for (place, state) in zip(doubtful, states) {
            if let state, self.workload.hasEnded(state) { kept[place] = nil }
        }
        return kept.compactMap { $0 }
    }

    private func states(
        of indices: [UInt32], _ node: any WorldTarget, _ sent: inout Sent
    ) async throws -> [AccountState?] {
        var states: [AccountState?] = []
        var first = 0
        while first < indices.count {
            let part = indices[first..<min(indices.count, first + Self.readsPerCall)]
            states += try await node.states(part.map { self.workload.key(UInt64($0)) })
            first += Self.readsPerCall
        }
        sent.looks += indices.count
        return states
    }

    private func begin(_ entry: WorldAgenda.Entry, at step: Int, _ agenda: inout WorldAgenda) {
        let (index, renewal) = (UInt64(entry.index), UInt32(entry.renewal))
        let customer = self.workload.world.customer(index)
        let episode = self.workload.world.episode(renewal, of: customer)
        if let step = self.workload.spontaneousStep(episode, of: index) {
            agenda.tell(.cardGiven, index, renewal, at: step)
        }
        agenda.look(
            index, renewal, at: self.workload.nextLook(episode, of: customer, from: step))
    }

    private func look(
        _ entries: [WorldAgenda.Entry], at step: Int, _ node: any WorldTarget,
        _ agenda: inout WorldAgenda, _ sent: inout Sent
    ) async throws {
        guard !entries.isEmpty else { return }
        let states = try await self.states(of: entries.map(\.index), node, &sent)
        for (entry, state) in zip(entries, states) {
            guard let state else { throw WorldRunError.missing }
            let (index, renewal) = (UInt64(entry.index), UInt32(entry.renewal))
            let customer = self.workload.world.customer(index)
            let episode = self.workload.world.episode(renewal, of: customer)
            switch self.workload.sight(state, episode, of: customer, inStep: step) {
            case .over: break
            case .nothing:
                let next = self.workload.nextLook(episode, of: customer, from: step + 1)
                agenda.look(index, renewal, at: next)
            case .deed(let deed):
                let at = self.workload.step(of: deed, of: index, after: step)
                agenda.tell(deed.news, index, renewal, at: at)
            }
        }
    }

    // MARK: Telling

    private func tell(
        _ entries: [WorldAgenda.Entry], atStep step: Int, _ node: any WorldTarget,
        _ sent: inout Sent
    ) async throws {
        let began = self.clock()
        let perCall = self.eventsPerSecond == 0 ? self.eventsPerCall : self.eventsPerPacedCall
        try await withThrowingTaskGroup(of: LatencyHistogram.self) { group in
            var (first, calls) = (0, 0)
            while first < entries.count {
                let part = entries[first..<min(entries.count, first + perCall)]
                if calls == self.callsMax, let latency = try await group.next() {
                    sent.latency.add(latency)
                    calls -= 1
                }
                let dueNs = began + self.dueNs(ofEvent: first)
                if self.eventsPerSecond > 0 { try await self.wait(dueNs) }
                group.addTask {
                    let events = part.compactMap { entry in
                        entry.news.map {
                            self.workload.event(
                                $0, UInt64(entry.index), renewal: UInt32(entry.renewal),
                                atStep: step)
                        }
                    }
                    let sentNs = self.eventsPerSecond > 0 ? dueNs : self.clock()
                    try await self.send(events, to: node)
                    var latency = LatencyHistogram()
                    let now = self.clock()
                    latency.record(
                        ns: now > sentNs ? now - sentNs : 0, times: UInt64(events.count))
                    return latency
                }
                calls += 1
                first += perCall
            }
            for try await latency in group { sent.latency.add(latency) }
        }
        sent.events += entries.count
    }

    /// Small calls, so that events leave near their own moments.
    private var eventsPerPacedCall: Int {
        max(1, min(self.eventsPerCall, self.eventsPerSecond / 200))
    }

    private func dueNs(ofEvent number: Int) -> UInt64 {
        guard self.eventsPerSecond > 0 else { return 0 }
        return UInt64(number) * 1_000_000_000 / UInt64(self.eventsPerSecond)
    }

    private func send(_ events: [IntakeEvent], to node: any WorldTarget) async throws {
        var left = events
        // Back-pressure is answered by sending what was not taken again, a bounded number of times.
        for _ in 0..<Self.sendsMax {
            let results = try await node.intake(left)
            var again: [IntakeEvent] = []
            for (event, result) in zip(left, results) {
                switch result {
                case .accepted, .repeated, .ignored: break
                case .retry: again.append(event)
                case .refused(let code, let message): throw WorldRunError.refused(code, message)
                }
            }
            guard !again.isEmpty else { return }
            left = again
        }
        throw WorldRunError.overloaded
    }

    private static let sendsMax = 1000
}

/// Accounts in the order of their slot, for renewals that are paid.
private struct PaidRenewals {
    private var bySlot: [[UInt32]]

    init(_ workload: WorldWorkload) {
        self.bySlot = Array(repeating: [], count: workload.world.slots)
        for index in 0..<workload.subscriptions {
            self.bySlot[workload.world.slot(of: UInt64(index))].append(UInt32(index))
        }
    }

    func entries(
        at step: Int, _ workload: WorldWorkload
    ) -> [WorldAgenda.Entry] {
        let renewal = UInt32(step / workload.world.slots + 1)
        return self.bySlot[step % workload.world.slots].compactMap { index in
            guard !workload.world.fails(renewal, of: UInt64(index)) else { return nil }
            return WorldAgenda.Entry(
                index: index, renewal: UInt16(clamping: renewal), news: .renewalPaid)
        }
    }
}

/// Why a run could not be finished.
package enum WorldRunError: Error, Equatable, Sendable, CustomStringConvertible {
    case refused(String, String)
    case overloaded
    case missing

    package var description: String {
        switch self {
        case .refused(let code, let message): "the node refused an event: \(code): \(message)"
        case .overloaded: "the node stayed overloaded"
        case .missing: "an account that had failed is not known to the node"
        }
    }
}
