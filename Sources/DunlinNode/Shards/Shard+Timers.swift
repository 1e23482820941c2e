import DunlinCore
import DunlinPorts
import Logging

extension Shard {
    /// Due instants up to here may fire.
    private var fireUntilMs: Int64 { self.now.ms }

    var hasDue: Bool {
        guard let next = self.heap.nextDueMs else { return false }
        return next <= self.fireUntilMs
    }

    /// Fires what is due, in batches, as far as the open batch has room.
    func fireDue() {
        guard self.state == .active else { return }
        guard self.mayAct else {
            self.wakeWithLease()
            return
        }
        let limit = self.fireUntilMs
        self.loadAhead(limit)
        var fired = 0
        let most = min(self.environment.limits.timerBatchMax, self.slowRoom())
        let realNow = self.environment.runtime.wallNow()
        while self.hasRoom, fired < most, let entry = self.popHeldBack() {
            fired += self.fire(entry, realNow: realNow) ? 1 : 0
        }
        while self.hasRoom, fired < most, let entry = self.heap.pop(dueBy: limit) {
            if self.isHeldBack(entry) { continue }
            fired += self.fire(entry, realNow: realNow) ? 1 : 0
        }
        self.slowStart?.note(fired)
        self.wakeForHeldBack()
        if fired >= self.environment.limits.timerBatchMax, self.hasDue, !self.isFlushScheduled {
            // Other work of this executor has its turn before the next batch of timers.
            self.isFlushScheduled = true
            self.post { shard in
                shard.isFlushScheduled = false
                shard.afterWork()
            }
        }
        self.scheduleWake()
    }

    /// Timers that may fire now, as far as the shard starts slowly.
    private func slowRoom() -> Int {
        guard let slowStart = self.slowStart else { return .max }
        let room = slowStart.room(nowMs: self.environment.runtime.monotonicMs())
        if room == nil { self.slowStart = nil }
        return room ?? .max
    }

    /// Answers whether the account had a turn.
    private func fire(_ entry: TimerHeap.Entry, realNow: Timestamp) -> Bool {
        let account = entry.account
        guard let context = self.context(of: account.tenant) else { return false }
        let position = self.open.nextPosition
        // Under a manual clock a timer is given its own instant, so that the end state does not
        // depend on how far the clock was moved at once.
        let isManual = self.environment.isManual
        let now = isManual ? nil : self.now
        let fired: TimerResult
        do {
            fired = try self.fire(
                entry, context: context, now: now, realNow: realNow, at: position)
        } catch {
            self.unreadable(error)
            return false
        }
        guard case .fired(let result, let isDueStill) = fired else {
            account.tenant.pace?.giveBack()
            return false
        }
        self.record(result, of: account)
        self.uncount(account.tenant)
        // Nothing moved: paused, or waiting for a bundle. It comes again when settings change.
        if isDueStill { self.held.append(account) }
        return true
    }

    /// Loads accounts that are not in memory and fall due within the look-ahead window.
    private func loadAhead(_ limitMs: Int64) {
        guard self.hasColdRows, limitMs != .min else { return }
        let lookAhead = self.environment.limits.lookAheadMs
        // Exactly when it is woken for it, too: else it would be woken for ever in that instant.
        guard self.loadedUntilMs == .min || limitMs >= self.nextColdDueMs else { return }
        let until = Timestamp(ms: limitMs).advanced(byMs: lookAhead)
        do {
            if try self.nextColdRowMs() < until.ms { try self.loadRows(before: until) }
            self.loadedUntilMs = until.ms
        } catch {
            self.log.error("due accounts could not be loaded", metadata: ["error": "\(error)"])
        }
    }

    /// Loads what is due from where the window ended until there. What is due before was loaded
    /// then, and is resident still: nothing is let go that is due so soon.
    private func loadRows(before until: Timestamp) throws(StoreError) {
        var last = DueKey(before: Timestamp(ms: self.loadedUntilMs))
        while true {
            let page = try self.environment.rows.dueKeys(
                shard: self.index, after: last, before: until, limit: Self.duePageCount)
            try self.loadRows(self.absentAccounts(page).map(\.key))
            guard page.count == Self.duePageCount, let next = page.last else { return }
            last = next
        }
    }

    /// When the first account that is not in memory falls due; never earlier than the window's end.
    ///
    /// Asked once for each such account, and again when rows or residents have changed.
    private func nextColdRowMs() throws(StoreError) -> Int64 {
        guard self.hasColdRows else { return Account.never }
        if let known = self.coldDueMs, known >= self.loadedUntilMs { return known }
        var last = DueKey(before: Timestamp(ms: self.loadedUntilMs))
        while true {
            let page = try self.environment.rows.dueKeys(
                shard: self.index, after: last, before: Timestamp(ms: .max),
                limit: Self.duePageCount)
            // A row of a resident account speaks no more: the heap does.
            let first = self.absentAccounts(page).first
            if first != nil || page.count < Self.duePageCount {
                let due = first?.dueAt.ms ?? Account.never
                self.coldDueMs = due
                return due
            }
            last = page.last ?? last
        }
    }

    private func absentAccounts(_ due: [DueKey]) -> [DueKey] {
        due.filter { $0.key.kind == .account && self.resident($0.key) == nil }
    }

    /// Due rows that are read at a time.
    static let duePageCount = 1024

    /// On the wall's clock: comes back when the next instant is due, or after a minute to see
    /// whether the clock has jumped.
    func scheduleWake() {
        guard !self.environment.isManual, self.state == .active else { return }
        let next = min(self.heap.nextDueMs ?? Account.never, self.nextColdDueMs)
        guard next != Account.never else { return }
        let nowMs = self.environment.runtime.monotonicMs()
        var delay = Self.wakeDelayMs(
            untilDue: next - self.now.ms, hasRoom: self.hasRoom,
            most: self.environment.limits.wakeMaxMs)
        if let slowStart = self.slowStart, slowStart.room(nowMs: nowMs) == 0 {
            delay = max(delay, slowStart.nextMs(nowMs: nowMs) - nowMs)
        }
        let at = nowMs + delay
        guard at < self.wakeAtMs else { return }
        self.wakeAtMs = at
        self.executor.run(afterMs: delay) {
            self.assumeIsolated { shard in
                guard shard.wakeAtMs == at else { return }
                shard.wakeAtMs = Account.never
                shard.afterWork()
            }
        }
    }

    /// Without room nothing can fire, however long it has been due: whatever makes room looks at the
    /// timers then.
    static func wakeDelayMs(untilDue: Int64, hasRoom: Bool, most: Int64) -> Int64 {
        hasRoom ? min(max(0, untilDue), most) : most
    }

    /// When rows that are not in memory must be looked at again.
    private var nextColdDueMs: Int64 {
        guard self.hasColdRows, self.loadedUntilMs != .min else { return Account.never }
        return self.loadedUntilMs - self.environment.limits.lookAheadMs / 2
    }

    /// Without a lease nothing is fired: it would only be decided not to be sent.
    private func wakeWithLease() {
        guard !self.isFlushScheduled, self.hasDue else { return }
        self.isFlushScheduled = true
        self.executor.run(afterMs: self.environment.limits.leaseWaitMs) {
            self.assumeIsolated { shard in
                shard.isFlushScheduled = false
                shard.afterWork()
            }
        }
    }

    // MARK: Manual clock

    /// Fires everything that is due by now and returns when the shard is quiet.
    func advance() async {
        await withCheckedContinuation { continuation in self.advance { continuation.resume() } }
    }

    /// Fires everything that is due by now and calls `done` when the shard is quiet.
    func advance(_ done: @escaping @Sendable () -> Void) {
        guard self.state != .following, self.state != .stopped else { return done() }
        // It waits before it starts: the shard may become quiet at any moment, and says so once.
        self.quietWaiters.append(done)
        self.afterWork()
        self.becomeQuietIfDone()
    }

    /// The earliest instant at which an account of this shard needs a turn.
    func nextDue() throws(StoreError) -> Timestamp? {
        guard self.state != .following else { return nil }
        var next = self.heap.nextDueMs
        // Nothing cold is due before the window's end.
        if self.hasColdRows, (next ?? .max) > self.loadedUntilMs {
            let cold = try self.nextColdRowMs()
            if cold != Account.never { next = min(next ?? .max, cold) }
        }
        return next.map { Timestamp(ms: $0) }
    }

    /// Adds this shard's due instants to a histogram by slice number, and says how many there are.
    func countTimers(
        sliceMs: Int64, into slices: inout [Int64: UInt64]
    ) -> (
        count: UInt64, overdue: UInt64
    ) {
        var count: UInt64 = 0
        var overdue: UInt64 = 0
        let now = self.now.ms
        for account in self.table.accounts {
            let due = account.assumeIsolated { $0.dueMs }
            guard due != Account.never else { continue }
            count += 1
            if due < now { overdue += 1 }
            if sliceMs > 0 { slices[due.flooredDivision(by: sliceMs), default: 0] += 1 }
        }
        return (count, overdue)
    }
}
