import DunlinCluster
import DunlinCore
import DunlinPorts

/// The check of one shard: its chain, its replay, its rows.
struct ShardCheck {
    private(set) var report = VerifyReport()
    private let shard: UInt32
    private let map: ShardMap
    private let foldedOp: UInt64
    private var previous: JournalHead
    private var accounts: [EntityKey: AccountState] = [:]
    private var tenants: [EntityKey: TenantState] = [:]
    private var budgets: [EntityKey: SharedBudget] = [:]
    private var books: [EntityKey: AccountBook] = [:]
    /// A batch could not be replayed, so the states after it prove nothing.
    private var isBroken = false
    /// The batch before did not match; what its hash would have to be.
    private var expectedHash: [UInt8]?

    /// The batch before could not be read, so its hash is not known.
    private var skipHash = false
    private var unreadable = 0

    private static let pageBatches = 16
    /// Where so many batches of a shard cannot be read, the rest is not tried.
    private static let unreadableMax = 64

    init(shard: UInt32, map: ShardMap, anchor: JournalHead?, foldedOp: UInt64) {
        self.shard = shard
        self.map = map
        self.foldedOp = foldedOp
        self.previous =
            anchor ?? JournalHead(shard: shard, op: 0, epoch: 0, hash: HashChain.start)
    }

    /// `committed`: Batches beyond are only counted; at most `head`.
    mutating func run(
        _ journal: any JournalStore, _ rows: any RowStore, committed: UInt64, head: UInt64
    ) {
        self.report.unconfirmedBatches = head - committed
        if self.foldedOp == self.previous.op { self.compare(rows) }
        var pageBatches = Self.pageBatches
        while self.previous.op < committed, self.unreadable < Self.unreadableMax {
            let next = self.previous.op + 1
            do throws(StoreError) {
                let page = try journal.batches(shard: self.shard, fromOp: next, limit: pageBatches)
                guard let first = page.first, first.op <= committed else {
                    self.note(.gap, op: next)
                    break
                }
                for batch in page where batch.op <= committed {
                    self.take(batch)
                    if batch.op == self.foldedOp { self.compare(rows) }
                }
            } catch {
                // One by one from here: a single one of the page may be unreadable.
                if pageBatches == 1 { self.skipUnreadable(next) }
                pageBatches = 1
            }
        }
        if self.foldedOp > committed { self.note(.rowsAhead, op: self.foldedOp) }
        self.sumUp()
    }

    private mutating func skipUnreadable(_ op: UInt64) {
        self.note(.file, op: op)
        self.unreadable += 1
        self.isBroken = true
        self.skipHash = true
        self.expectedHash = nil
        self.previous.op = op
    }

    private mutating func take(_ batch: JournalBatch) {
        if batch.op != self.previous.op + 1 {
            self.note(.gap, op: batch.op)
            self.isBroken = true
            self.skipHash = true
        }
        self.report.batches += 1
        self.report.bytes += UInt64(batch.records.count)
        if !self.isIntact(batch) { self.isBroken = true }
        self.replay(batch)
        let isWhole = batch.hash.count == HashChain.bytes
        self.skipHash = !isWhole
        self.previous = JournalHead(
            shard: batch.shard, op: batch.op, epoch: batch.epoch,
            hash: isWhole ? batch.hash : HashChain.start)
    }

    /// After a mismatch the chain goes on from the stored hash, so that one flipped byte is one
    /// finding. If the next batch follows the hash that was computed and not the stored one, the
    /// stored hash was the damage.
    private mutating func isIntact(_ batch: JournalBatch) -> Bool {
        guard batch.hash.count == HashChain.bytes else {
            self.note(.hash, op: batch.op)
            self.expectedHash = nil
            return false
        }
        let computed = Self.hash(batch, after: self.previous.hash)
        if computed == batch.hash || self.skipHash {
            self.expectedHash = nil
            return true
        }
        if let expected = self.expectedHash, Self.hash(batch, after: expected) == batch.hash {
            self.expectedHash = nil
            self.amendLastDamage(to: .hash)
            return true
        }
        self.note(.records, op: batch.op, entity: self.suspect(in: batch))
        self.expectedHash = computed
        return false
    }

    private static func hash(_ batch: JournalBatch, after previous: [UInt8]) -> [UInt8] {
        HashChain.next(
            previous: previous, shard: batch.shard, op: batch.op, epoch: batch.epoch,
            records: batch.records)
    }

    /// Of a damaged batch, the entity whose record cannot be right: in another shard, or not after
    /// its own last one; or the only one that there is. `nil` when it could be any.
    private func suspect(in batch: JournalBatch) -> EntityKey? {
        var reader = BatchReader(batch.records)
        var seen: [EntityKey: RecordPosition] = [:]
        while true {
            let position = RecordPosition(op: batch.op, index: reader.index)
            guard let record = try? reader.next() else {
                return seen.count == 1 ? seen.keys.first : nil
            }
            let last =
                record.key.kind == .shard
                ? .none : seen[record.key] ?? self.lastRecord(of: record.key)
            if record.previous != last || self.isForeign(record.key) { return record.key }
            seen[record.key] = position
        }
    }

    private func lastRecord(of key: EntityKey) -> RecordPosition {
        switch key.kind {
        case .tenant: self.tenants[key]?.lastRecord ?? .none
        case .card, .contact: self.budgets[key]?.lastRecord ?? .none
        // A shard's own records point to none: nobody walks them back.
        case .shard: .none
        default: self.accounts[key]?.lastRecord ?? .none
        }
    }

    private func isForeign(_ key: EntityKey) -> Bool {
        switch key.kind {
        case .account, .card, .contact: self.map.shard(of: key) != self.shard
        case .gateway, .alias, .tenant, .shard: false
        }
    }

    /// Once the shard is broken its records are only decoded: what would be made of them proves
    /// nothing, and damaged ones may hold numbers that no node wrote.
    private mutating func replay(_ batch: JournalBatch) {
        var reader = BatchReader(batch.records)
        do throws(RecordError) {
            while true {
                let position = RecordPosition(op: batch.op, index: reader.index)
                guard let record = try reader.next() else { return }
                self.report.records += 1
                self.apply(record, at: position)
            }
        } catch {
            self.note(.encoding, op: batch.op)
            self.isBroken = true
        }
    }

    private mutating func apply(_ record: JournalRecord, at position: RecordPosition) {
        if self.isForeign(record.key) { self.note(.foreign, op: position.op, entity: record.key) }
        guard !self.isBroken else { return }
        if record.previous != self.lastRecord(of: record.key) {
            self.note(.link, op: position.op, entity: record.key)
        }
        switch record.content {
        case .account(let recorded):
            self.accounts[record.key, default: AccountState()].evolve(recorded, at: position)
            self.books[record.key, default: AccountBook()].take(recorded.event)
        case .tenant(let event, let instant):
            self.tenants[record.key, default: TenantState()]
                .evolve(event, at: instant, position: position)
        case .budget(let event, let instant):
            self.budgets[record.key, default: SharedBudget()]
                .evolve(event, at: instant, position: position)
        case .shard: break
        }
    }

    /// Compares the rows with the states as they are now, at the folded op.
    private mutating func compare(_ rows: any RowStore) {
        guard !self.isBroken else { return }
        var findings: [(JournalDamage.Kind, EntityKey)] = []
        var missing = Set(self.accounts.keys).union(self.tenants.keys).union(self.budgets.keys)
        var count: UInt64 = 0
        do throws(StoreError) {
            try rows.scan(shard: self.shard) { row in
                count += 1
                if missing.remove(row.key) == nil {
                    findings.append((.rowUnknown, row.key))
                } else if self.expectedRow(row.key) != row {
                    findings.append((.row, row.key))
                }
                return true
            }
        } catch {
            self.note(.file, op: self.foldedOp)
            return
        }
        self.report.rows += count
        for (kind, key) in findings { self.note(kind, op: self.foldedOp, entity: key) }
        for key in missing.sorted() { self.note(.rowMissing, op: self.foldedOp, entity: key) }
    }

    private func expectedRow(_ key: EntityKey) -> EntityRow? {
        if let account = self.accounts[key] {
            return EntityRow(key: key, dueAt: account.rowDueAt, body: account.packed())
        }
        if let budget = self.budgets[key] { return budget.row(of: key) }
        return self.tenants[key].map {
            EntityRow(key: key, dueAt: Timestamp(ms: 0), body: $0.packed())
        }
    }

    /// The books against the states, and both into the report.
    private mutating func balance() {
        for (key, book) in self.books {
            for (currency, totals) in book.totals {
                let name = VerifyReport.BookKey(tenant: key.tenant, currency: currency)
                self.report.books[name, default: BookTotals()].add(totals)
            }
            guard !self.isBroken, let state = self.accounts[key] else { continue }
            for _ in book.imbalances(with: state) {
                self.note(.imbalance, op: self.previous.op, entity: key)
            }
        }
    }

    private mutating func sumUp() {
        self.balance()
        self.report.accounts = UInt64(self.accounts.count)
        for (key, state) in self.accounts {
            self.report.openCases += UInt64(state.cases.count(where: \.isOpen))
            var hash = FNV1a64()
            hash.combine(key.tenant.utf8)
            hash.combine(0)
            hash.combine(key.key.utf8)
            hash.combine(0)
            hash.combine(state.packed())
            self.report.stateDigest &+= splitmix64(hash.value)
        }
    }

    private mutating func note(_ kind: JournalDamage.Kind, op: UInt64, entity: EntityKey? = nil) {
        self.report.damageCount += 1
        guard self.report.damage.count < VerifyReport.damageMax else { return }
        self.report.damage.append(
            JournalDamage(kind, shard: self.shard, op: op, entity: entity))
    }

    private mutating func amendLastDamage(to kind: JournalDamage.Kind) {
        let last = self.report.damage.lastIndex {
            $0.op == self.previous.op && $0.kind == .records
        }
        if let last { self.report.damage[last].kind = kind }
    }
}
