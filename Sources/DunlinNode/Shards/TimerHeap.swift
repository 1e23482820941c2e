/// The due instants of one shard's resident accounts: a binary heap of 16-byte entries.
///
/// An account whose instant changed gets a new entry; the old one is recognised when it comes up,
/// because the account's own `dueMs` differs. Each account has at most a few entries at a time.
struct TimerHeap {
    struct Entry {
        var dueMs: Int64
        var account: Account
    }

    private var entries: [Entry] = []

    var count: Int { self.entries.count }
    var nextDueMs: Int64? { self.entries.first?.dueMs }

    mutating func push(_ account: Account, dueMs: Int64) {
        self.entries.append(Entry(dueMs: dueMs, account: account))
        self.siftUp(self.entries.count - 1)
    }

    private mutating func siftUp(_ place: Int) {
        var child = place
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.precedes(child, parent) else { break }
            self.entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the earliest entry that is due at `limitMs`.
    mutating func pop(dueBy limitMs: Int64) -> Entry? {
        guard let first = self.entries.first, first.dueMs <= limitMs else { return nil }
        let last = self.entries.removeLast()
        guard !self.entries.isEmpty else { return first }
        self.entries[0] = last
        self.siftDown(0)
        return first
    }

    private mutating func siftDown(_ place: Int) {
        var parent = place
        while true {
            var child = 2 * parent + 1
            guard child < self.entries.count else { break }
            if child + 1 < self.entries.count, self.precedes(child + 1, child) { child += 1 }
            guard self.precedes(child, parent) else { break }
            self.entries.swapAt(child, parent)
            parent = child
        }
    }

    /// Drops the entries of accounts that are not kept, so that nothing holds them in memory.
    mutating func keep(_ isKept: (Account) -> Bool) {
        self.entries.removeAll { !isKept($0.account) }
        for place in stride(from: self.entries.count / 2 - 1, through: 0, by: -1) {
            self.siftDown(place)
        }
    }

    mutating func removeAll() {
        self.entries.removeAll()
    }

    /// By instant; of equal ones by the account's hash and id, so that the order is the same in
    /// every run.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (self.entries[left], self.entries[right])
        if a.dueMs != b.dueMs { return a.dueMs < b.dueMs }
        if a.account.hash != b.account.hash { return a.account.hash < b.account.hash }
        return a.account.id < b.account.id
    }
}
