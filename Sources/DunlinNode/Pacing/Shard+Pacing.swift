import DunlinPorts

/// Due accounts of one tenant that wait until its gateway takes more, in the order of their
/// instants.
struct HeldBack {
    let tenant: TenantHandle
    private var entries: [TimerHeap.Entry] = []
    private var first = 0

    init(_ tenant: TenantHandle) {
        self.tenant = tenant
    }

    var count: Int { self.entries.count - self.first }

    mutating func append(_ entry: TimerHeap.Entry) { self.entries.append(entry) }

    mutating func popFirst() -> TimerHeap.Entry? {
        guard self.first < self.entries.count else { return nil }
        let entry = self.entries[self.first]
        self.first += 1
        if self.first > 256, self.first * 2 > self.entries.count {
            self.entries.removeFirst(self.first)
            self.first = 0
        }
        return entry
    }

    /// Drops the entries of accounts that are not kept in memory.
    mutating func keep(_ isKept: (Account) -> Bool) {
        self.entries.removeFirst(self.first)
        self.first = 0
        self.entries.removeAll { !isKept($0.account) }
    }
}

extension Shard {
    /// Puts a due account aside if its gateway is at its limit. Otherwise the attempt is counted:
    /// ``uncount(_:)`` when the turn came to none.
    func isHeldBack(_ entry: TimerHeap.Entry) -> Bool {
        let tenant = entry.account.tenant
        guard let pace = tenant.pace else { return false }
        let place = self.heldBack.firstIndex { $0.tenant === tenant }
        // What came first goes first.
        if place.map({ self.heldBack[$0].count == 0 }) ?? true, pace.mayFire() { return false }
        if let place {
            self.heldBack[place].append(entry)
        } else {
            var queue = HeldBack(tenant)
            queue.append(entry)
            self.heldBack.append(queue)
        }
        return true
    }

    /// The next account that was put aside and whose turn has come.
    func popHeldBack() -> TimerHeap.Entry? {
        for place in self.heldBack.indices where self.heldBack[place].count > 0 {
            guard self.heldBack[place].tenant.pace?.mayFire() ?? true else { continue }
            return self.heldBack[place].popFirst()
        }
        return nil
    }

    /// The turn that was counted as an attempt charges nothing.
    func uncount(_ tenant: TenantHandle) {
        guard let pace = tenant.pace else { return }
        let charges = self.seats.tasks.contains { task in
            if case .charge = task { return true }
            return false
        }
        if !charges { pace.giveBack() }
    }

    var hasHeldBack: Bool { self.heldBack.contains { $0.count > 0 } }

    /// Looks again soon, whatever the clock of the domain does.
    func wakeForHeldBack() {
        guard self.hasHeldBack, !self.isPollingHeldBack else { return }
        self.isPollingHeldBack = true
        self.executor.run(afterMs: GatewayPace.heldPollMs) {
            self.assumeIsolated { shard in
                shard.isPollingHeldBack = false
                shard.afterWork()
            }
        }
    }
}
