import DunlinCore

/// The cards and addresses of one shard that are in memory: open addressing over places in packed
/// chunks, by shard hash.
///
/// With millions of them a dictionary of keys and buffers is as large as the accounts themselves;
/// here one that a single account holds takes about 70 bytes, its key included.
///
///     entry   room   3 bytes, low first: bytes after these that the entry may use
///             flags  1 byte: changed since the last fold, owes words
///             key    bytes of its text (2 bytes), kind, tenant's number (2 bytes), text or packed hash
///             body   count (3 bytes), the resting budget
///
/// A budget that grew beyond its room is written anew; what it leaves is given back when half of all
/// is such waste. Entries are found by the slots only. A chunk holds one entry that is larger than
/// all chunks are, or several smaller ones.
struct BudgetTable {
    /// Where an entry begins: the chunk's number and the byte in it, counted from 1; 0 for none.
    private var slots: [UInt32] = []
    private var chunks: [[UInt8]] = []
    private var tenants: [String] = []
    private(set) var count = 0
    private var usedBytes = 0
    private var wastedBytes = 0

    private static let chunkBits: UInt32 = 13
    private static let chunkBytes = 1 << 13
    private static let headBytes = 4
    /// The number of a key's bytes.
    private static let countBytes = 2
    /// Of a key, before its text.
    private static let kindBytes = 3
    /// Room for a body at least: that of a budget which one account holds.
    private static let bodyBytesMin = 36
    private static let isDirty: UInt8 = 1
    private static let owesWords: UInt8 = 2
    /// Beside the kind: the key's text is a hash in half its bytes.
    private static let isPackedHash: UInt8 = 0x80

    /// The budget, or `nil` when it is not in memory.
    func budget(_ key: EntityKey) throws(RecordError) -> SharedBudget? {
        guard let name = self.name(key), let place = self.find(name, key.shardHash) else {
            return nil
        }
        return try SharedBudget(resting: self.body(place))
    }

    func contains(_ key: EntityKey) -> Bool {
        guard let name = self.name(key) else { return false }
        return self.find(name, key.shardHash) != nil
    }

    /// Keeps a budget. Answers whether it was not there.
    mutating func put(_ budget: SharedBudget, _ key: EntityKey, isDirty: Bool) -> Bool {
        let name = self.naming(key)
        var body: [UInt8] = []
        budget.rest(into: &body)
        let flags = (isDirty ? Self.isDirty : 0) | (budget.owesWords ? Self.owesWords : 0)
        let hash = key.shardHash
        if let slot = self.slot(name, hash) {
            self.replace(slot, flags, name, body)
            return false
        }
        if (self.count + 1) * 4 > self.slots.count * 3 { self.grow() }
        self.place(self.append(flags, name, body), hash)
        self.count += 1
        return true
    }

    /// Hands out every budget that has changed since the last fold; from here on none has.
    mutating func takeDirty(_ body: (EntityKey, SharedBudget) -> Void) throws(RecordError) {
        for place in self.slots where place != 0 && self.flags(place) & Self.isDirty != 0 {
            body(self.key(place), try SharedBudget(resting: self.body(place)))
            self.setFlags(place, self.flags(place) & ~Self.isDirty)
        }
    }

    /// They could not be folded.
    mutating func markDirty(_ keys: [EntityKey]) {
        for key in keys {
            guard let name = self.name(key), let place = self.find(name, key.shardHash) else {
                continue
            }
            self.setFlags(place, self.flags(place) | Self.isDirty)
        }
    }

    /// Those that owe an account a word, in the order of keys.
    var owing: [EntityKey] {
        self.slots.filter { $0 != 0 && self.flags($0) & Self.owesWords != 0 }
            .map { self.key($0) }.sorted()
    }

    /// Lets go of what rows can bring back; answers of how many.
    mutating func letGoOfClean() -> Int {
        let before = self.count
        let kept = self.slots.filter { $0 != 0 && self.flags($0) & Self.isDirty != 0 }
        self.rebuild(kept)
        return before - self.count
    }

    // MARK: Names

    /// The bytes of a key; `nil` when its tenant was never named here.
    private func name(_ key: EntityKey) -> [UInt8]? {
        self.tenants.firstIndex { $0.utf8.elementsEqual(key.tenant.utf8) }.map {
            Self.name(key, $0)
        }
    }

    private mutating func naming(_ key: EntityKey) -> [UInt8] {
        if let name = self.name(key) { return name }
        self.tenants.append(key.tenant)
        return Self.name(key, self.tenants.count - 1)
    }

    private static func name(_ key: EntityKey, _ tenant: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let text = key.key.utf8
        bytes.reserveCapacity(4 + text.count)
        let hash = PackedHash(key.key)
        bytes.append(key.kind.rawValue | (hash == nil ? 0 : Self.isPackedHash))
        bytes.append(UInt8(truncatingIfNeeded: tenant))
        bytes.append(UInt8(truncatingIfNeeded: tenant >> 8))
        if let hash {
            for word in [hash.high, hash.low] {
                for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (shift * 8))) }
            }
        } else {
            bytes += text
        }
        return bytes
    }

    private func key(_ place: UInt32) -> EntityKey {
        let (chunk, start) = Self.split(place)
        let bytes = self.chunks[chunk]
        let at = start + Self.headBytes
        let begin = at + Self.countBytes
        let name = bytes[begin..<begin + self.nameCount(chunk, at)]
        let first = name.startIndex
        let text = name[(first + Self.kindBytes)...]
        let tenant = self.tenants[Int(name[first + 1]) | Int(name[first + 2]) << 8]
        let kind = EntityKind(rawValue: name[first] & ~Self.isPackedHash) ?? .card
        guard name[first] & Self.isPackedHash != 0 else {
            return EntityKey(tenant: tenant, kind: kind, key: String(decoding: text, as: UTF8.self))
        }
        var words: [UInt64] = [0, 0]
        for (offset, byte) in text.enumerated() {
            words[offset / 8] |= UInt64(byte) << UInt64(offset % 8 * 8)
        }
        return EntityKey(
            tenant: tenant, kind: kind, key: PackedHash(high: words[0], low: words[1]).text)
    }

    // MARK: Slots

    private func find(_ name: [UInt8], _ hash: UInt64) -> UInt32? {
        self.slot(name, hash).map { self.slots[$0] }
    }

    private func slot(_ name: [UInt8], _ hash: UInt64) -> Int? {
        guard !self.slots.isEmpty else { return nil }
        var slot = self.home(hash)
        while self.slots[slot] != 0 {
            if self.isNamed(self.slots[slot], name) { return slot }
            slot = (slot + 1) & (self.slots.count - 1)
        }
        return nil
    }

    private func isNamed(_ place: UInt32, _ name: [UInt8]) -> Bool {
        let (chunk, start) = Self.split(place)
        let at = start + Self.headBytes
        guard self.nameCount(chunk, at) == name.count else { return false }
        let begin = at + Self.countBytes
        for offset in name.indices where self.chunks[chunk][begin + offset] != name[offset] {
            return false
        }
        return true
    }

    /// The low bits chose the shard; the high ones are still free.
    private func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 24) & (self.slots.count - 1)
    }

    private mutating func place(_ place: UInt32, _ hash: UInt64) {
        var slot = self.home(hash)
        while self.slots[slot] != 0 { slot = (slot + 1) & (self.slots.count - 1) }
        self.slots[slot] = place
    }

    private mutating func grow() {
        let old = self.slots
        self.slots = Array(repeating: 0, count: max(16, old.count * 2))
        for place in old where place != 0 { self.place(place, self.key(place).shardHash) }
    }

    // MARK: Entries

    private static func split(_ place: UInt32) -> (chunk: Int, start: Int) {
        let at = place - 1
        return (Int(at >> Self.chunkBits), Int(at & (1 << Self.chunkBits - 1)))
    }

    private func flags(_ place: UInt32) -> UInt8 {
        let (chunk, start) = Self.split(place)
        return self.chunks[chunk][start + 3]
    }

    private mutating func setFlags(_ place: UInt32, _ flags: UInt8) {
        let (chunk, start) = Self.split(place)
        self.chunks[chunk][start + 3] = flags
    }

    private func body(_ place: UInt32) -> [UInt8] {
        let (chunk, start) = Self.split(place)
        let name = start + Self.headBytes
        let count = name + Self.countBytes + self.nameCount(chunk, name)
        return Array(
            self.chunks[chunk][count + 3..<count + 3 + self.number(chunk, count)])
    }

    /// Bytes of a key, its kind and tenant included.
    private func nameCount(_ chunk: Int, _ at: Int) -> Int {
        let count = Int(self.chunks[chunk][at]) | Int(self.chunks[chunk][at + 1]) << 8
        return Self.kindBytes + count
    }

    private func number(_ chunk: Int, _ at: Int) -> Int {
        Int(self.chunks[chunk][at]) | Int(self.chunks[chunk][at + 1]) << 8
            | Int(self.chunks[chunk][at + 2]) << 16
    }

    private static func entry(_ flags: UInt8, _ name: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        let spare = max(0, Self.bodyBytesMin - body.count)
        let room = Self.countBytes + name.count + 3 + body.count + spare
        bytes.reserveCapacity(room + Self.headBytes)
        for shift in 0..<3 { bytes.append(UInt8(truncatingIfNeeded: room >> (shift * 8))) }
        bytes.append(flags)
        let count = name.count - Self.kindBytes
        bytes.append(UInt8(truncatingIfNeeded: count))
        bytes.append(UInt8(truncatingIfNeeded: count >> 8))
        bytes += name
        for shift in 0..<3 { bytes.append(UInt8(truncatingIfNeeded: body.count >> (shift * 8))) }
        bytes += body
        for _ in 0..<spare { bytes.append(0) }
        return bytes
    }

    private mutating func append(_ flags: UInt8, _ name: [UInt8], _ body: [UInt8]) -> UInt32 {
        self.append(Self.entry(flags, name, body))
    }

    private mutating func append(_ entry: [UInt8]) -> UInt32 {
        if self.chunks.isEmpty
            || self.chunks[self.chunks.count - 1].count + entry.count > Self.chunkBytes
        {
            var chunk: [UInt8] = []
            // The first grows as it is filled: most shards of a small node need no more.
            if !self.chunks.isEmpty { chunk.reserveCapacity(Self.chunkBytes) }
            self.chunks.append(chunk)
        }
        let chunk = self.chunks.count - 1
        let start = self.chunks[chunk].count
        self.chunks[chunk] += entry
        self.usedBytes += entry.count
        return UInt32(truncatingIfNeeded: chunk << Int(Self.chunkBits) + start) + 1
    }

    private mutating func replace(_ slot: Int, _ flags: UInt8, _ name: [UInt8], _ body: [UInt8]) {
        let place = self.slots[slot]
        let (chunk, start) = Self.split(place)
        let room = self.number(chunk, start)
        guard Self.countBytes + name.count + 3 + body.count > room else {
            var at = start + Self.headBytes + Self.countBytes + name.count
            self.chunks[chunk][start + 3] = flags
            for shift in 0..<3 {
                self.chunks[chunk][at] = UInt8(truncatingIfNeeded: body.count >> (shift * 8))
                at += 1
            }
            for byte in body {
                self.chunks[chunk][at] = byte
                at += 1
            }
            return
        }
        self.wastedBytes += room + Self.headBytes
        self.slots[slot] = self.append(flags, name, body)
        if self.wastedBytes > Self.chunkBytes, self.wastedBytes * 2 > self.usedBytes {
            self.rebuild(self.slots.filter { $0 != 0 })
        }
    }

    /// Makes the table anew of the entries at these places.
    private mutating func rebuild(_ places: [UInt32]) {
        var next = BudgetTable()
        next.tenants = self.tenants
        for place in places {
            let key = self.key(place)
            if (next.count + 1) * 4 > next.slots.count * 3 { next.grow() }
            let entry = Self.entry(
                self.flags(place), Self.name(key, self.tenant(place)),
                self.body(place))
            next.place(next.append(entry), key.shardHash)
            next.count += 1
        }
        self = next
    }

    private func tenant(_ place: UInt32) -> Int {
        let (chunk, start) = Self.split(place)
        let name = start + Self.headBytes + Self.countBytes
        return Int(self.chunks[chunk][name + 1]) | Int(self.chunks[chunk][name + 2]) << 8
    }
}
