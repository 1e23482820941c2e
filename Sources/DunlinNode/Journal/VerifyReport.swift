package import DunlinCore

/// What a check of a data directory found.
package struct VerifyReport: Sendable, Equatable {
    /// Shards with at least one batch or row.
    package var shards: UInt64 = 0
    package var batches: UInt64 = 0
    package var records: UInt64 = 0
    /// Bytes of records.
    package var bytes: UInt64 = 0
    /// Accounts that the replay ended with.
    package var accounts: UInt64 = 0
    package var openCases: UInt64 = 0
    package var rows: UInt64 = 0
    /// Batches beyond the commit mark: neither good nor damaged, they may yet be dropped.
    package var unconfirmedBatches: UInt64 = 0
    /// Sum over the replayed accounts of a hash of key and packed state, modulo 2^64: equal for
    /// directories that hold the same accounts in the same state.
    package var stateDigest: UInt64 = 0
    /// The first ``damageMax`` findings, in the order of shard and op.
    package var damage: [JournalDamage] = []
    /// All findings, also those that were not kept.
    package var damageCount: UInt64 = 0

    /// What the events add up to. Made of each shard's own, in any order.
    package var books: [BookKey: BookTotals] = [:]

    package struct BookKey: Hashable, Sendable {
        package var tenant: String
        package var currency: Currency

        package init(tenant: String, currency: Currency) {
            self.tenant = tenant
            self.currency = currency
        }
    }

    package static let damageMax = 100

    package init() {}

    package var isGood: Bool { self.damageCount == 0 }
}

/// One thing that is not as it must be, and where.
package struct JournalDamage: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// Batches are missing before this one.
        case gap
        /// The batch's bytes are not those that were written.
        case records
        /// The batch's stored hash is not the one that was written.
        case hash
        /// The records cannot be decoded.
        case encoding
        /// A record is of an entity that lives in another shard.
        case foreign
        /// A record does not point at the record of its entity before it.
        case link
        /// The file cannot be read here.
        case file
        /// A row is not what the journal gives.
        case row
        /// A row is missing.
        case rowMissing
        /// A row is of an entity that the journal does not know.
        case rowUnknown
        /// Rows were folded from batches that the journal does not have.
        case rowsAhead
        /// What the account's events say of money is not what its state holds.
        case imbalance
    }

    package var kind: Kind
    package var shard: UInt32
    /// The batch; for a row the op up to which rows are folded.
    package var op: UInt64
    /// Whom it is about, as far as that can be told.
    package var entity: EntityKey?

    package init(_ kind: Kind, shard: UInt32, op: UInt64, entity: EntityKey? = nil) {
        self.kind = kind
        self.shard = shard
        self.op = op
        self.entity = entity
    }

    package var description: String {
        let entity = self.entity.map { ", \($0)" } ?? ""
        return "shard \(self.shard), op \(self.op)\(entity): \(self.kind.sentence)"
    }
}

extension JournalDamage.Kind {
    fileprivate var sentence: String {
        switch self {
        case .gap: "batches are missing before this one"
        case .records: "the batch's bytes are not those that were written"
        case .hash: "the batch's stored hash is not the one that was written"
        case .encoding: "the records cannot be decoded"
        case .foreign: "a record belongs into another shard"
        case .link: "a record does not follow the one before it of the same entity"
        case .file: "the file cannot be read here"
        case .row: "the row differs from what the journal gives"
        case .rowMissing: "the row is missing"
        case .rowUnknown: "the row is of an entity that the journal does not know"
        case .imbalance: "what its events say of money is not what its state holds"
        case .rowsAhead: "rows were folded from batches that the journal does not have"
        }
    }
}
