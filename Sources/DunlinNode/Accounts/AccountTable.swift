/// The resident accounts of one shard: open addressing over references, by shard hash.
///
/// Eight bytes a slot instead of a dictionary's key, value and metadata: with millions of accounts
/// that is a tenth of all memory. Deletion leaves no tombstone: the run behind it is moved up.
struct AccountTable {
    private var slots: [Account?]
    private(set) var count = 0
    private var mask: Int

    init() {
        self.slots = Array(repeating: nil, count: 16)
        self.mask = 15
    }

    func find(hash: UInt64, tenant: TenantHandle, id: String) -> Account? {
        var slot = self.home(hash)
        let id = CompactID(id)
        while let account = self.slots[slot] {
            if account.hash == hash, account.tenant === tenant, account.compactID == id {
                return account
            }
            slot = (slot + 1) & self.mask
        }
        return nil
    }

    /// The account must not be in the table.
    mutating func insert(_ account: Account) {
        if (self.count + 1) * 4 > self.slots.count * 3 { self.grow() }
        self.place(account)
        self.count += 1
    }

    mutating func remove(_ account: Account) {
        var slot = self.home(account.hash)
        while let found = self.slots[slot], found !== account { slot = (slot + 1) & self.mask }
        guard self.slots[slot] != nil else { return }
        self.slots[slot] = nil
        self.count -= 1
        var next = (slot + 1) & self.mask
        while let moved = self.slots[next] {
            self.slots[next] = nil
            self.place(moved)
            next = (next + 1) & self.mask
        }
    }

    mutating func removeAll() {
        self = AccountTable()
    }

    /// All accounts, in the order of slots.
    var accounts: some Sequence<Account> { self.slots.lazy.compactMap { $0 } }

    /// The accounts in up to `limit` slots from `start` on, and where to go on.
    func sweep(from start: Int, limit: Int) -> (accounts: [Account], next: Int) {
        var found: [Account] = []
        var slot = start & self.mask
        for _ in 0..<min(limit, self.slots.count) {
            if let account = self.slots[slot] { found.append(account) }
            slot = (slot + 1) & self.mask
        }
        return (found, slot)
    }

    /// The low bits chose the shard; the high ones are still free.
    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 24) & self.mask }

    private mutating func place(_ account: Account) {
        var slot = self.home(account.hash)
        while self.slots[slot] != nil { slot = (slot + 1) & self.mask }
        self.slots[slot] = account
    }

    private mutating func grow() {
        let old = self.slots
        self.slots = Array(repeating: nil, count: old.count * 2)
        self.mask = self.slots.count - 1
        for case let account? in old { self.place(account) }
    }
}
