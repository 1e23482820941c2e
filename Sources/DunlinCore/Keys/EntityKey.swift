/// What kind of thing an entity is. The raw value is in records; the name is in the shard hash.
package enum EntityKind: UInt8, Sendable, CaseIterable {
    /// One customer of one tenant at one billing system.
    case account = 1
    /// A card fingerprint at one merchant account: budgets that accounts share.
    case card = 2
    /// A keyed hash of an address: caps across accounts.
    case contact = 3
    /// A merchant account at a gateway: rate, breaker, reconciliation cursor.
    case gateway = 4
    /// A foreign id (invoice, charge, message) that leads to an account.
    case alias = 5
    /// A tenant's own switches: observe or live, pauses.
    case tenant = 6
    /// The shard itself: its records have no key, and no row is kept of it.
    case shard = 7

    /// The kind's name as it is hashed and shown. Never changes.
    package var name: String {
        switch self {
        case .account: "account"
        case .card: "card"
        case .contact: "contact"
        case .gateway: "gateway"
        case .alias: "alias"
        case .tenant: "tenant"
        case .shard: "shard"
        }
    }
}

/// The full name of an entity: tenant, kind and the key within them.
package struct EntityKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The merchant. `main` where an installation serves one merchant only.
    package let tenant: String
    package let kind: EntityKind
    /// For an account the billing system's own id. 1…255 bytes of UTF-8.
    package let key: String

    /// The tenant of an installation that never names one.
    package static let mainTenant = "main"
    /// Whom a shard's own records name: each shard has one, so it is never hashed.
    package static let shard = EntityKey(kind: .shard, key: "")
    /// Longest key and tenant name, in bytes of UTF-8.
    package static let keyBytesMax = 255

    package init(tenant: String = EntityKey.mainTenant, kind: EntityKind = .account, key: String) {
        self.tenant = tenant
        self.kind = kind
        self.key = key
    }

    /// `splitmix64(FNV-1a-64(tenant ‖ 0 ‖ kind ‖ 0 ‖ key))`; test vectors are in `proto/`.
    package var shardHash: UInt64 {
        var hash = FNV1a64()
        hash.combine(self.tenant)
        hash.combine(0)
        hash.combine(self.kind.name)
        hash.combine(0)
        hash.combine(self.key)
        return splitmix64(hash.value)
    }

    /// Equal only byte for byte: Swift's own comparison takes "é" and "e" with an accent for the
    /// same, a billing system does not.
    package static func == (left: EntityKey, right: EntityKey) -> Bool {
        left.kind == right.kind && left.key.hasSameBytes(as: right.key)
            && left.tenant.hasSameBytes(as: right.tenant)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.kind)
        hasher.combine(bytesOf: self.tenant)
        hasher.combine(bytesOf: self.key)
    }

    /// Order by tenant, then kind, then key, each as bytes; the order of rows on disk.
    package static func < (left: EntityKey, right: EntityKey) -> Bool {
        if !left.tenant.hasSameBytes(as: right.tenant) {
            return left.tenant.precedesInBytes(right.tenant)
        }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.key.precedesInBytes(right.key)
    }

    package var description: String { "\(self.tenant)/\(self.kind.name)/\(self.key)" }
}

/// Where a record lies in its shard's journal. Positions of one shard are totally ordered.
package struct RecordPosition: Hashable, Sendable, Comparable {
    /// The batch's number in the shard, counted from 1. Zero means "no record".
    package var op: UInt64
    /// The record's place in the batch, counted from 0.
    package var index: UInt32

    package init(op: UInt64, index: UInt32) {
        self.op = op
        self.index = index
    }

    package static let none = RecordPosition(op: 0, index: 0)

    package static func < (left: RecordPosition, right: RecordPosition) -> Bool {
        left.op != right.op ? left.op < right.op : left.index < right.index
    }
}
