/// The due instants of one shard's resident accounts: a binary heap of 16-byte entries.
///
/// An account whose instant changed gets a new entry; the old one is recognised when it comes up,
/// because the account's own `dueMs` differs. Each account has at most a few entries at a time.
struct TimerHeap {
    struct Entry {
        /// The instant in the high 44 bits, the account's hash in the low 20: entries of one
        /// instant are ordered without looking at their accounts.
        fileprivate var rank: UInt64
        let account: Account

        fileprivate init(_ account: Account, dueMs: Int64) {
            self.rank = Self.rank(dueMs) | account.hash >> (64 - Self.hashBits)
            self.account = account
        }

        /// Whether the entry was made for an account that is due at this instant.
        func isFor(dueMs: Int64) -> Bool {
            self.rank >> Self.hashBits == Self.rank(dueMs) >> Self.hashBits
        }

        fileprivate static let hashBits: UInt64 = 20
        /// The last instant that a rank can say, in ms: the year 2527.
        private static let dueMaxMs: Int64 = 1 << 44 - 1

        fileprivate static func rank(_ dueMs: Int64) -> UInt64 {
            UInt64(max(0, min(dueMs, Self.dueMaxMs))) << Self.hashBits
        }

        fileprivate var dueMs: Int64 { Int64(self.rank >> Self.hashBits) }
    }

    private var entries: [Entry] = []

    var count: Int { self.entries.count }
    var nextDueMs: Int64? { self.entries.first?.dueMs }

    /// Entries that are due by then; some may be of accounts that have moved on.
    func count(dueBy limitMs: Int64) -> UInt64 {
        self.entries.reduce(0) { $0 + ($1.dueMs <= limitMs ? 1 : 0) }
    }

    mutating func push(_ account: Account, dueMs: Int64) {
        self.entries.append(Entry(account, dueMs: dueMs))
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
        let (a, b) = (self.entries[left].rank, self.entries[right].rank)
        if a != b { return a < b }
        return Self.precedes(self.entries[left].account, self.entries[right].account)
    }

    private static func precedes(_ left: Account, _ right: Account) -> Bool {
        left.hash != right.hash ? left.hash < right.hash : left.id < right.id
    }
}
