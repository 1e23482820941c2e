package import DunlinPorts
import Synchronization

/// A coordinator's store that misbehaves as real ones do, from a seed: answers are lost before or
/// after the deed, deeds come late, reads are old, watches are silent.
package final class SimCoordinatorStore: CoordinatorStore {
    /// How often something goes wrong, in thousandths of the calls.
    package struct Faults: Sendable {
        /// Nothing is done, and that is said.
        package var unavailable: UInt64 = 0
        /// Nothing is done, and it is not known.
        package var lostRequest: UInt64 = 0
        /// It is done, and it is not known.
        package var lostReply: UInt64 = 0
        /// It is not known, and is done some calls later.
        package var late: UInt64 = 0
        /// A read answers what was true some changes ago.
        package var staleRead: UInt64 = 0
        /// A watch does not tell of a change.
        package var droppedHint: UInt64 = 0
        /// A lease ends before its time.
        package var lostLease: UInt64 = 0

        package init() {}

        /// Everything, often.
        package static var many: Faults {
            var faults = Faults()
            faults.unavailable = 50
            faults.lostRequest = 40
            faults.lostReply = 60
            faults.late = 40
            faults.staleRead = 100
            faults.droppedHint = 300
            faults.lostLease = 10
            return faults
        }
    }

    private struct Holding {
        var token: LeaderToken
        var endsMs: Int64
        var termMs: Int64
    }

    private struct State {
        var content = StoreContent()
        /// Earlier contents, oldest first, at most ``SimCoordinatorStore/pastMax``.
        var past: [StoreContent] = []
        /// Deeds that are still to come.
        var late: [StoreTransaction] = []
        var held: [String: Holding] = [:]
        var random: SeededRandom
        var faults: Faults
        var isDown = false
    }

    private let state: Mutex<State>
    private let watchers = StoreWatchers()
    private let nowMs: @Sendable () -> Int64

    private static let pastMax = 8

    package init(
        seed: UInt64, faults: Faults = Faults(), nowMs: @escaping @Sendable () -> Int64
    ) {
        self.state = Mutex(State(random: SeededRandom(seed: seed), faults: faults))
        self.nowMs = nowMs
    }

    package func set(_ faults: Faults) {
        self.state.withLock { $0.faults = faults }
    }

    /// While it is down, nothing is done and nobody answers.
    package func setDown(_ isDown: Bool) {
        self.state.withLock { $0.isDown = isDown }
    }

    /// What is true, whatever reads say.
    package var content: StoreContent { self.state.withLock { $0.content } }

    package func read(prefix: String) async throws(CoordinatorStoreError) -> StoredEntries {
        let answer = self.state.withLock { state -> StoredEntries? in
            guard Self.mayBegin(&state, nowMs: self.nowMs()) else { return nil }
            if !state.past.isEmpty, Self.happens(state.faults.staleRead, &state) {
                let index = Int(state.random.next() % UInt64(state.past.count))
                return state.past[index].read(prefix: prefix)
            }
            return state.content.read(prefix: prefix)
        }
        guard let answer else { throw Self.away }
        return answer
    }

    package func commit(
        _ transaction: StoreTransaction
    ) async throws(CoordinatorStoreError) -> StoreOutcome {
        try transaction.check()
        let result = self.state.withLock { state -> Result<StoreOutcome, CoordinatorStoreError> in
            guard Self.mayBegin(&state, nowMs: self.nowMs()) else { return .failure(Self.away) }
            if Self.happens(state.faults.lostRequest, &state) { return .failure(Self.unknown) }
            if Self.happens(state.faults.late, &state) {
                state.late.append(transaction)
                return .failure(Self.unknown)
            }
            let outcome = Self.apply(transaction, &state)
            if Self.happens(state.faults.lostReply, &state) { return .failure(Self.unknown) }
            return .success(outcome)
        }
        self.hint(transaction)
        return try result.get()
    }

    package func watch(prefix: String, onChange: @escaping @Sendable () -> Void) async {
        await self.watchers.watch(prefix: prefix, onChange: onChange)
    }

    package func campaign(
        _ candidacy: Candidacy
    ) async throws(CoordinatorStoreError) -> LeaderToken? {
        let now = self.nowMs()
        let result = self.state.withLock { state -> Result<LeaderToken?, CoordinatorStoreError> in
            guard Self.mayBegin(&state, nowMs: now) else { return .failure(Self.away) }
            let outcome = Self.apply(
                StoreTransaction(
                    conditions: [.absent(key: candidacy.key)],
                    changes: [.put(key: candidacy.key, value: candidacy.value)]), &state)
            guard case .committed(let revision) = outcome else { return .success(nil) }
            let token = LeaderToken(key: candidacy.key, createRevision: revision, lease: 1)
            state.held[candidacy.key] = Holding(
                token: token, endsMs: now + candidacy.termMs, termMs: candidacy.termMs)
            if Self.happens(state.faults.lostReply, &state) { return .failure(Self.unknown) }
            return .success(token)
        }
        return try result.get()
    }

    package func renew(_ token: LeaderToken) async throws(CoordinatorStoreError) -> Bool {
        let now = self.nowMs()
        let answer = self.state.withLock { state -> Bool? in
            guard Self.mayBegin(&state, nowMs: now) else { return nil }
            guard var held = state.held[token.key], held.token == token else { return false }
            held.endsMs = now + held.termMs
            state.held[token.key] = held
            return true
        }
        guard let answer else { throw Self.away }
        return answer
    }

    package func resign(_ token: LeaderToken) async throws(CoordinatorStoreError) {
        _ = try await self.commit(
            StoreTransaction(
                conditions: [token.condition], changes: [.delete(key: token.key)]))
        self.state.withLock { state in
            if state.held[token.key]?.token == token { state.held[token.key] = nil }
        }
    }

    package func check() async throws(CoordinatorStoreError) {
        let isThere = self.state.withLock { Self.mayBegin(&$0, nowMs: self.nowMs()) }
        guard isThere else { throw Self.away }
    }
}

extension SimCoordinatorStore {
    private static var away: CoordinatorStoreError {
        CoordinatorStoreError(.unavailable, "The simulated store does not answer.")
    }

    private static var unknown: CoordinatorStoreError {
        CoordinatorStoreError(.unknownOutcome, "The simulated store lost an answer.")
    }

    /// What is due comes first: ended leases, late deeds. False when the call fails at once.
    private static func mayBegin(_ state: inout State, nowMs: Int64) -> Bool {
        for key in state.held.keys.sorted() {
            guard let held = state.held[key] else { continue }
            let isEnded = held.endsMs <= nowMs || Self.happens(state.faults.lostLease, &state)
            guard isEnded else { continue }
            state.held[key] = nil
            _ = Self.apply(
                StoreTransaction(
                    conditions: [held.token.condition], changes: [.delete(key: key)]), &state)
        }
        guard !state.isDown else { return false }
        while !state.late.isEmpty, state.random.oneIn(3) {
            _ = Self.apply(state.late.removeFirst(), &state)
        }
        return !Self.happens(state.faults.unavailable, &state)
    }

    private static func apply(
        _ transaction: StoreTransaction, _ state: inout State
    ) -> StoreOutcome {
        let before = state.content
        let outcome = state.content.commit(transaction)
        if state.content.revision != before.revision {
            state.past.append(before)
            if state.past.count > Self.pastMax { state.past.removeFirst() }
        }
        return outcome
    }

    private static func happens(_ perMille: UInt64, _ state: inout State) -> Bool {
        perMille > 0 && state.random.next() % 1000 < perMille
    }

    private func hint(_ transaction: StoreTransaction) {
        let isDropped = self.state.withLock { Self.happens($0.faults.droppedHint, &$0) }
        if !isDropped { self.watchers.tell(transaction.changes.map(\.key)) }
    }
}
