import DunlinCluster
import DunlinCore
package import DunlinPorts
package import Logging

/// One of a cluster's coordinators: campaigns, and while it leads decides and answers.
///
/// Requests wait in a queue; the leading loop takes all that wait, hands them to a copy of the pure
/// state one after the other, commits what they changed in one transaction, and answers. At most one
/// transaction is under way.
///
/// 1. Nothing is answered from a change that is not committed, and the transaction compares the
///    leader's token (R10): a leader that was replaced changes nothing.
/// 2. A record that was read is believed once a transaction that compares its revision has gone
///    through: the read may have been old.
/// 3. A lease is granted, and a process told that it was replaced, only within
///    ``CoordinatorSettings/leadershipCheckMs`` of an instant at which the store said that we lead.
package actor Coordinator {
    let options: CoordinatorOptions
    let store: any CoordinatorStore
    let logger: Logger
    private let runtime: any NodeRuntime
    /// Wakes the leading loop; one for each time of leading, since it ends with its listener.
    private var signalled: AsyncStream<Void>.Continuation?
    private var waiting: [WaitingRequest] = []
    private var reign: Reign?
    /// Where the leader is reached, as far as it is known.
    private var knownLeader: String?

    /// What is known while leading.
    private struct Reign {
        var token: LeaderToken
        var state: CoordinatorState
        var stored: StoredRecord
        /// When the latest question was sent that the store answered with "you lead".
        var provenMs: Int64
        var settledMs: Int64
    }

    private enum Ending: Error {
        /// Another leads.
        case deposed
        /// The store's content or disk is unusable.
        case broken(CoordinatorStoreError)
    }

    private static let reloadPauseMs: Int64 = 50

    package init(
        _ options: CoordinatorOptions, store: any CoordinatorStore, runtime: any NodeRuntime,
        logger: Logger
    ) {
        self.options = options
        self.store = store
        self.runtime = runtime
        self.logger = logger
    }

    package var isLeading: Bool { self.reign != nil }
    var token: LeaderToken? { self.reign?.token }

    /// Campaigns and leads until the task is cancelled.
    ///
    /// Throws when the store's disk failed or its content is not understood: the process must stop.
    package func run() async throws(CoordinatorStoreError) {
        while !Task.isCancelled {
            if let token = try await self.campaign() {
                try await self.lead(token)
            } else {
                await self.pause(self.options.campaignEveryMs)
            }
        }
    }

    /// Waits for its turn and for the transaction that it is part of.
    ///
    /// `change` may be called several times, each time with a fresh state; `answer` is called once
    /// its changes are durable.
    func ask<Answer: Sendable>(
        change:
            @escaping @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError)
            -> Void,
        answer:
            @escaping @Sendable (inout CoordinatorState, Int64) throws(CoordinatorError)
            -> Answer
    ) async throws(CoordinatorError) -> Answer {
        guard self.reign != nil else { throw self.notLeading }
        let result: Result<Answer, CoordinatorError> = await withCheckedContinuation {
            continuation in
            self.waiting.append(
                WaitingRequest(change) { state, nowMs, refusal in
                    guard let refusal else {
                        do throws(CoordinatorError) {
                            continuation.resume(returning: .success(try answer(&state, nowMs)))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                        return
                    }
                    continuation.resume(returning: .failure(refusal))
                } fail: {
                    continuation.resume(returning: .failure($0))
                })
            self.signalled?.yield()
        }
        return try result.get()
    }

    private var notLeading: CoordinatorError {
        let leader = self.knownLeader == self.options.address ? nil : self.knownLeader
        let advice = leader.map { "ask \($0)" } ?? "ask another, or again in a moment"
        return CoordinatorError(
            .unavailable, "This coordinator does not lead: \(advice).", leader: leader)
    }

    private func pause(_ ms: Int64) async {
        await withCheckedContinuation { continuation in
            self.runtime.keeper.run(afterMs: ms) { continuation.resume() }
        }
    }
}

// MARK: Campaigning and leading

extension Coordinator {
    private func campaign() async throws(CoordinatorStoreError) -> LeaderToken? {
        do throws(CoordinatorStoreError) {
            let token = try await self.store.campaign(
                Candidacy(
                    key: self.options.leaderKey, value: Array(self.options.address.utf8),
                    termMs: self.options.leaderTermMs))
            if token == nil { try await self.noteLeader() }
            return token
        } catch {
            guard error.code != .broken else { throw error }
            self.knownLeader = nil
            self.logger.warning("the coordinator's store: \(error.message)")
            return nil
        }
    }

    private func noteLeader() async throws(CoordinatorStoreError) {
        let key = self.options.leaderKey
        let entry = try await self.store.read(prefix: key)[key]
        self.knownLeader = entry.map { String(decoding: $0.value, as: UTF8.self) }
    }

    private func lead(_ token: LeaderToken) async throws(CoordinatorStoreError) {
        let startedMs = self.runtime.monotonicMs()
        var failure: CoordinatorStoreError?
        do throws(Ending) {
            let stored = try await self.load(token)
            self.reign = Reign(
                token: token,
                state: CoordinatorState(
                    stored.record, settings: self.options.decisions, startedMs: startedMs),
                stored: stored, provenMs: startedMs, settledMs: startedMs)
            self.knownLeader = self.options.address
            self.logger.notice("this coordinator leads")
            await self.serve(token)
        } catch {
            if case .broken(let reason) = error { failure = reason }
        }
        self.reign = nil
        self.knownLeader = nil
        for request in self.waiting { request.fail(self.notLeading) }
        self.waiting = []
        self.logger.notice("this coordinator does not lead any more")
        // In a task of its own, because this one may be cancelled and the next leader waits for it.
        let store = self.store
        await Task { try? await store.resign(token) }.value
        if let failure { throw failure }
    }

    /// Returns when another leads or the task is cancelled.
    private func serve(_ token: LeaderToken) async {
        let (signal, signalled) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        self.signalled = signalled
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(signal) }
            group.addTask { await self.prove(token) }
            group.addTask { await self.tick() }
            await group.next()
            group.cancelAll()
            self.signalled?.yield()
        }
    }

    private func tick() async {
        while !Task.isCancelled, self.reign != nil {
            await self.pause(self.options.tickMs)
            self.signalled?.yield()
        }
    }

    /// Asks the store again and again whether we lead.
    private func prove(_ token: LeaderToken) async {
        let everyMs = max(
            1, min(self.options.decisions.leadershipCheckMs, self.options.leaderTermMs) / 3)
        while !Task.isCancelled, self.reign != nil {
            await self.proveOnce(token)
            await self.pause(everyMs)
        }
    }

    /// Answers whether we surely led after this was called.
    @discardableResult
    private func proveOnce(_ token: LeaderToken) async -> Bool {
        let sentMs = self.runtime.monotonicMs()
        do throws(CoordinatorStoreError) {
            guard try await self.store.renew(token) else {
                self.reign = nil
                return false
            }
            if self.reign?.token == token { self.noteProof(sentMs) }
            return true
        } catch {
            self.logger.warning("the coordinator's store: \(error.message)")
            return false
        }
    }

    private func noteProof(_ sentMs: Int64) {
        let provenMs = max(self.reign?.provenMs ?? sentMs, sentMs)
        self.reign?.provenMs = provenMs
    }

    private func work(_ signal: AsyncStream<Void>) async {
        for await _ in signal {
            guard !Task.isCancelled, self.reign != nil else { return }
            await self.takeTurn()
            if self.reign == nil { return }
        }
    }

    // MARK: One turn

    private func takeTurn() async {
        guard let reign = self.reign else { return }
        let requests = self.waiting
        self.waiting = []
        let nowMs = self.runtime.monotonicMs()
        var state = reign.state
        state.noteOwnClock(wallMs: self.runtime.wallNow().ms, nowMs: nowMs)
        let refusals = requests.map { $0.refusal(&state, nowMs) }
        if !requests.isEmpty || nowMs - reign.settledMs >= self.options.tickMs {
            state.settle(nowMs: nowMs)
        }
        self.reign?.settledMs = nowMs
        if state.seal() {
            guard await self.commit(state, reign, requests, sentMs: nowMs) else { return }
        } else if refusals.contains(where: { $0 != nil }) {
            // A refusal from a leader that was replaced might stop a process for nothing.
            await self.proveOnce(reign.token)
        }
        guard let provenMs = self.reign?.provenMs else {
            for request in requests { request.fail(self.notLeading) }
            return
        }
        let answeredMs = self.runtime.monotonicMs()
        if answeredMs - provenMs > self.options.decisions.leadershipCheckMs {
            self.reign?.state.keepHearing(of: state)
            let error = CoordinatorError(
                .unavailable, "Whether this coordinator leads is not sure at this moment.")
            for request in requests { request.fail(error) }
            return
        }
        for (request, refusal) in zip(requests, refusals) {
            request.finish(&state, nowMs, refusal)
        }
        self.reign?.state = state
    }

    /// Answers false when it did not go through; its requests are then answered or wait again.
    private func commit(
        _ state: CoordinatorState, _ reign: Reign, _ requests: [WaitingRequest],
        sentMs: Int64
    ) async -> Bool {
        let transaction = reign.stored.transaction(
            to: state.record, token: reign.token, prefix: self.options.prefix)
        do throws(CoordinatorStoreError) {
            switch try await self.store.commit(transaction) {
            case .committed(let revision):
                self.reign?.stored = reign.stored.committed(state.record, at: revision)
                self.noteProof(sentMs)
                return true
            case .conflict:
                // Nothing was done: they are decided again on what the store has now.
                self.waiting = requests + self.waiting
            }
        } catch {
            self.logger.warning("the coordinator's store: \(error.message)")
            let failure = CoordinatorError(
                error.code == .invalid ? .internalError : .unavailable,
                "The coordinator's store did not keep it. Try again.")
            for request in requests { request.fail(failure) }
            if error.code == .unavailable || error.code == .full {
                self.reign?.state.keepHearing(of: state)
                return false
            }
        }
        await self.reload(reign.token, heard: state)
        return false
    }

    private func reload(_ token: LeaderToken, heard: CoordinatorState) async {
        do throws(Ending) {
            let stored = try await self.load(token)
            self.reign?.state.keepHearing(of: heard)
            self.reign?.state.reload(stored.record)
            self.reign?.stored = stored
            self.signalled?.yield()
        } catch {
            self.reign = nil
        }
    }

    /// Reads the record until a transaction has proven that it was the present one; makes the
    /// cluster where there is none.
    private func load(_ token: LeaderToken) async throws(Ending) -> StoredRecord {
        while !Task.isCancelled {
            do throws(CoordinatorStoreError) {
                let entries = try await self.store.read(prefix: self.options.prefix)
                if let stored = try await self.proven(entries, token) { return stored }
                let key = self.options.leaderKey
                let leader = try await self.store.read(prefix: key)[key]
                if let leader, leader.createRevision > token.createRevision { throw Gone.error }
                if try await !self.store.renew(token) { throw Gone.error }
            } catch {
                if error == Gone.error { throw .deposed }
                if error.code == .broken || error.code == .invalid { throw .broken(error) }
                self.logger.warning("the coordinator's store: \(error.message)")
            }
            await self.pause(Self.reloadPauseMs)
        }
        throw .deposed
    }

    /// `nil` after a conflict: what was read was old, or another leads.
    private func proven(
        _ entries: StoredEntries, _ token: LeaderToken
    ) async throws(CoordinatorStoreError) -> StoredRecord? {
        let stored: StoredRecord?
        do throws(RecordTextError) {
            stored = try StoredRecord(entries, prefix: self.options.prefix)
        } catch {
            throw CoordinatorStoreError(.broken, error.description)
        }
        guard let stored else {
            let transaction = StoredRecord.creation(
                of: ClusterRecord(self.options.settings), token: token,
                prefix: self.options.prefix)
            _ = try await self.store.commit(transaction)
            // The next round reads and proves what was made.
            return nil
        }
        var next = stored.record
        next.revision += 1
        let outcome = try await self.store.commit(
            stored.transaction(to: next, token: token, prefix: self.options.prefix))
        guard case .committed(let revision) = outcome else { return nil }
        return stored.committed(next, at: revision)
    }

    /// Says within ``load(_:)`` that another leads.
    private enum Gone {
        static let error = CoordinatorStoreError(.unavailable, "Another coordinator leads.")
    }
}
